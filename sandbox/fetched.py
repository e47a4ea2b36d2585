"""Files that a platform fetches by URL: really fetched over HTTP, from this machine only."""

import ipaddress
import ssl
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import httpx

from sandbox.media_bytes import Kind, kind_of

TIMEOUT = 5.0
LARGEST = 300 * 2**20


class Unfetchable(Exception):
    """The URL leads nowhere that the sandbox goes, or gives no file."""


@dataclass(frozen=True, slots=True)
class File:
    """A file and what its bytes say that it is; `kind` is None where they say nothing."""

    content: bytes
    kind: Kind | None

    @property
    def mime(self) -> str:
        """Its true type, empty where there is none."""
        return self.kind.mime if self.kind else ""

    @property
    def is_video(self) -> bool:
        """Whether it is a clip."""
        return self.kind is not None and self.kind.is_video

    @property
    def ratio(self) -> float:
        """Width by height of a picture, 0 of anything else."""
        return (
            self.kind.width / self.kind.height
            if self.kind and self.kind.width and self.kind.height
            else 0
        )

    @property
    def pixels(self) -> int:
        """Width times height, 0 where nothing is known."""
        return (self.kind.width or 0) * (self.kind.height or 0) if self.kind else 0

    @property
    def summary(self) -> str:
        """For a line of the ledger."""
        size = f" {self.kind.width}x{self.kind.height}" if self.kind and self.kind.width else ""
        return f"{self.mime or 'unknown'}{size}, {len(self.content)} bytes"


def fetch(url: str) -> File:
    """The file behind a URL of this machine; redirects are not followed.

    Raises:
        Unfetchable: it lies elsewhere, is too large, or was not given.
    """
    if not is_loopback(url):
        raise Unfetchable("the sandbox fetches from this machine only")
    content = b""
    try:
        with _asked(url) as response:
            if response.status_code != 200:
                raise Unfetchable(f"the file's server answers {response.status_code}")
            for part in response.iter_bytes():
                content += part
                if len(content) > LARGEST:
                    raise Unfetchable("the file is larger than any platform takes")
    except httpx.HTTPError as exc:
        raise Unfetchable(f"the file cannot be fetched ({type(exc).__name__})") from exc
    return look_at(content)


def _asked(url: str) -> AbstractContextManager[httpx.Response]:
    return httpx.stream("GET", url, timeout=TIMEOUT, trust_env=False, verify=_trusted())


@cache
def _trusted() -> ssl.SSLContext:
    # it reads all certificates of the machine, at every call
    return httpx.create_ssl_context(trust_env=False)


def look_at(content: bytes) -> File:
    """What some bytes are."""
    return File(content, kind_of(content))


def is_loopback(url: str) -> bool:
    """Whether the URL leads to this machine, as far as that can be seen without asking anybody."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https"):
        return False
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
