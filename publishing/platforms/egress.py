"""Where a request may lead: to the platform that the operator named, else to public addresses.

A URL from outside (an upload address in an answer, a link in a post, a redirect) must not reach
this machine or the network around it. The check stands where the connection is made: the name is
resolved once, every address is judged, and the connection goes to a judged address, so neither
spelling nor a second look-up nor a redirect leads past it.
"""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable
from functools import cache
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from domain.addresses import is_public
from domain.errors import Rejected

Resolver = Callable[[str, int], list[str]]
DEFAULT_PORTS = {"http": 80, "https": 443}


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system resolves it; raises httpcore.ConnectError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        raise httpcore.ConnectError(f"{host} cannot be resolved") from exc
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class PublicBackend(httpcore.SyncBackend):
    """Connects to public addresses only.

    Raises:
        Rejected: the host is, or may be, an address that is not public.
    """

    def __init__(self, resolver: Resolver = resolve) -> None:
        self._resolve = resolver

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve once, judge every address, connect to the first."""
        addresses = self._resolve(host, port)
        if not addresses or not all(is_public(address) for address in addresses):
            raise Rejected(
                f"a link leads to {host}, which is no public address; use an address that "
                "everybody can reach"
            )
        return super().connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Refuse."""
        raise Rejected(f"a link leads to the socket {path}; use a public https address")


class PublicTransport(httpx.HTTPTransport):
    """HTTP to public addresses over https, without proxies."""

    def __init__(self, resolver: Resolver = resolve) -> None:
        super().__init__(verify=ssl_context(), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context(), network_backend=PublicBackend(resolver)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse anything but https, then send."""
        if request.url.scheme != "https":
            raise Rejected(
                f"a link leads to {request.url.scheme}://{request.url.host}; only https is used"
            )
        return super().handle_request(request)


class PlatformTransport(httpx.BaseTransport):
    """Requests to the operator's own base URL as the operator's network has it, others publicly."""

    def __init__(self, base_url: str, *, others: httpx.BaseTransport | None = None) -> None:
        self._origin = origin(httpx.URL(base_url))
        self._own = httpx.HTTPTransport(
            verify=ssl_context(), trust_env=False, proxy=proxy_for(httpx.URL(base_url))
        )
        self._others = others or PublicTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send it the way that its origin allows."""
        is_own = origin(request.url) == self._origin
        return (self._own if is_own else self._others).handle_request(request)

    def close(self) -> None:
        """Give the connections back."""
        self._own.close()
        self._others.close()


def origin(url: httpx.URL) -> tuple[str, str, int | None]:
    """Scheme, host and port of a URL."""
    return url.scheme, url.host, url.port or DEFAULT_PORTS.get(url.scheme)


def proxy_for(url: httpx.URL) -> str | None:
    """The proxy that the environment names for a URL; none for this machine itself."""
    if is_loopback(url.host) or proxy_bypass(url.host):
        return None
    proxies = getproxies()
    return proxies.get(url.scheme) or proxies.get("all")


def is_loopback(host: str) -> bool:
    """Whether a host as written is this machine itself."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name like 127.0.0.1.example is somebody else's


@cache
def ssl_context() -> ssl.SSLContext:
    """One context for all clients of the process: to build it takes longer than a request."""
    return httpx.create_ssl_context()
