"""Which network an IP address lies in."""

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.ip_network("64:ff9b::/96")
SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "fec0::/10", "3fff::/20"),
    )
)
"""What Python takes for global, in whole or in part: IETF protocol assignments (one cloud's
metadata among them), 6to4 relays, another cloud's metadata, the older site-local networks,
documentation."""
NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")


def is_public(address: str) -> bool:
    """Whether an IP address lies in the open internet, whatever other address it carries inside.

    Judged by the IANA special-purpose registries as Python knows them, and by the IPv4 address
    inside an IPv4-mapped, NAT64, 6to4 or Teredo address. A network without IPv4 reaches every
    IPv4 host by NAT64, so there, as in a mapped address, the inner one alone is judged.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return _is_open(ip)
    is_wrapping = ip in NAT64 or ip.ipv4_mapped is not None
    return all(map(_is_open, _inside(ip))) and (is_wrapping or _is_open(ip))


def _is_open(ip: Address) -> bool:
    special = ip.is_multicast or ip.is_reserved or any(ip in network for network in SPECIAL)
    return ip.is_global and not special


def _inside(ip: ipaddress.IPv6Address) -> Iterable[ipaddress.IPv4Address]:
    if ip in NAT64_LOCAL:
        yield ipaddress.IPv4Address("127.0.0.1")  # the operator's own network, by definition
    if ip in NAT64:
        yield ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    if ip.ipv4_mapped:
        yield ip.ipv4_mapped
    if ip.sixtofour:
        yield ip.sixtofour
    if ip.teredo:
        yield from ip.teredo
