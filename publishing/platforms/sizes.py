"""Answers that a client can use: none that unpacks without end, none that leads somewhere else."""

import zlib
from collections.abc import Iterable, Iterator

import httpx

LARGEST = 8 * 2**20
"""Bytes of an answer, unpacked; the longest pages that are asked for have a quarter of that."""
STEP = 2**18
"""Bytes that are unpacked at a time."""
PACKED = ("gzip", "deflate")
ANY_HEAD = 32 + zlib.MAX_WBITS
"""Lets zlib see by itself which of the two it is."""
ASKED_AS = "gzip"
"""What requests ask for: httpx would ask for all that it unpacks, brotli too where that is there,
and some servers send `deflate` without its head."""
REBUILT = ("content-encoding", "content-length", "transfer-encoding")


class LeadsElsewhere(httpx.RemoteProtocolError):
    """The answer is a redirect; its words name both hosts, and nothing that may be a secret."""


class Bounded(httpx.BaseTransport):
    """Hands requests on, and answers back whole, if they are not too large.

    No API that is spoken here redirects, and a redirect must not pass for a refusal of the post.

    Raises:
        LeadsElsewhere: the answer is a redirect; a `base_url` may lack its `https` or `www`.
        httpx.DecodingError: it is larger than `LARGEST`, or than there is memory for, broken, or
            packed in another way.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; one that says its size and is not packed is passed on as it is."""
        response = self._inner.handle_request(request)
        if response.has_redirect_location:
            response.close()
            words = f"{request.url.host} answers {response.status_code}, {_led(request, response)}"
            raise LeadsElsewhere(words, request=request)
        if response.is_stream_consumed:  # somebody has read it whole already
            return response
        packed = response.headers.get("content-encoding", "").strip().lower() or "identity"
        said = response.headers.get("content-length", "")
        if packed == "identity" and said.isdigit() and int(said) <= LARGEST:
            return response
        try:
            content = _read(response, request, packed)
        finally:
            response.close()
        return rebuilt(response, response.headers.multi_items(), content)

    def close(self) -> None:
        """Give the connections back."""
        self._inner.close()


def _led(request: httpx.Request, response: httpx.Response) -> str:
    """Where a redirect leads: a path or a query may hold a secret, so the host alone is named."""
    try:
        there = request.url.join(response.headers["location"])
    except (httpx.InvalidURL, ValueError):
        return "which leads nowhere"
    if (there.scheme, there.netloc) == (request.url.scheme, request.url.netloc):
        return "which leads to another page there"
    return f"which leads to {there.scheme}://{there.host}"


def rebuilt(
    response: httpx.Response, headers: Iterable[tuple[str, str]], content: bytes
) -> httpx.Response:
    """The same answer with these headers and this content, which is whole and unpacked."""
    return httpx.Response(
        response.status_code,
        headers=[pair for pair in headers if pair[0].lower() not in REBUILT],
        content=content,
        extensions=response.extensions,
    )


def _read(response: httpx.Response, request: httpx.Request, packed: str) -> bytes:
    if packed not in ("identity", *PACKED):
        raise httpx.DecodingError(f"the answer is packed as {packed}", request=request)
    content = bytearray()
    try:
        for part in response.iter_raw() if packed == "identity" else _unpacked(response):
            content += part
            if len(content) > LARGEST:
                words = f"the answer is over {LARGEST} bytes"
                raise httpx.DecodingError(words, request=request)
    except zlib.error as exc:
        raise httpx.DecodingError(f"the answer is no {packed} ({exc})", request=request) from exc
    except MemoryError as exc:
        words = "there is no memory left to read the answer"
        raise httpx.DecodingError(words, request=request) from exc
    return bytes(content)


def _unpacked(response: httpx.Response) -> Iterator[bytes]:
    """The content, never more than `STEP` at a time, however little it came as."""
    unpacker = zlib.decompressobj(ANY_HEAD)
    for packed in response.iter_raw():
        part = packed
        while part:
            yield unpacker.decompress(part, STEP)
            part = unpacker.unconsumed_tail
    yield unpacker.flush()
