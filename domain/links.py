"""Whether a link can be followed by everybody, as far as its spelling tells."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from domain.addresses import is_public
from domain.text import find_links

WEB = ("http://", "https://")
OWN = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa")
"""Endings of names that mean something in one's own network only (RFC 6761, 6762, 8375; the rest
by habit)."""
HEX, OCTAL = "0x", "0"


def inside_links(text: str, beside: Sequence[str] = ()) -> list[str]:
    """The web addresses in a text, and `beside` it, that only one's own network can follow."""
    found = dict.fromkeys((*beside, *(span.text for span in find_links(text))))
    return [link for link in found if link.casefold().startswith(WEB) and leads_inside(link)]


def leads_inside(link: str) -> bool:
    """Whether a web address leads into this machine or the network around it.

    Names are not resolved; numbers are read in each way that a browser reads them: `127.1`,
    `0x7f000001` and `017700000001` are all this machine.
    """
    try:
        host = (urlsplit(link).hostname or "").rstrip(".").partition("%")[0]
    except ValueError:
        return False
    try:
        return not is_public(host)
    except ValueError:
        number = _number(host)
    if number is None:
        return bool(host) and ("." not in host or host.endswith(tuple(f".{o}" for o in OWN)))
    return not is_public(str(ipaddress.IPv4Address(number)))


def _number(host: str) -> int | None:
    """An IPv4 address in the old ways of writing one (`inet_aton`); None where it is a name."""
    try:
        *first, last = [_part(part) for part in host.split(".")]
    except ValueError:
        return None
    room = 4 - len(first)
    if room < 1 or last >= 256**room or any(part > 255 for part in first):
        return None
    return sum(part << 8 * (3 - at) for at, part in enumerate(first)) + last


def _part(text: str) -> int:
    if text.startswith(HEX):
        return int(text, 16)
    return int(text, 8 if text.startswith(OCTAL) and len(text) > 1 else 10)
