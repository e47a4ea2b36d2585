"""Answers that a client can use: none that unpacks without end, none that leads somewhere else."""

import zlib
from collections.abc import Iterator

import httpx

LARGEST = 8 * 2**20
"""Bytes of an answer, unpacked; the longest pages that are asked for have a quarter of that."""
PACKED = ("gzip", "deflate")
ANY_HEAD = 32 + zlib.MAX_WBITS
"""Lets zlib see by itself which of the two it is."""
REBUILT = ("content-encoding", "content-length", "transfer-encoding")


class Bounded(httpx.BaseTransport):
    """Hands requests on, and answers back whole, if they are not too large.

    No API that is spoken here redirects, and a redirect must not pass for a refusal of the post.

    Raises:
        httpx.RemoteProtocolError: the answer leads somewhere else.
        httpx.DecodingError: it is larger than `LARGEST`, broken, or packed in another way.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; one that says its size and is not packed is passed on as it is."""
        response = self._inner.handle_request(request)
        if response.has_redirect_location:
            response.close()
            words = f"the answer {response.status_code} leads somewhere else"
            raise httpx.RemoteProtocolError(words, request=request)
        if response.is_stream_consumed:  # somebody has read it whole already
            return response
        packed = response.headers.get("content-encoding", "identity").strip().lower()
        said = response.headers.get("content-length", "")
        if packed == "identity" and said.isdigit() and int(said) <= LARGEST:
            return response
        try:
            content = _read(response, request, packed)
        finally:
            response.close()
        headers = [
            pair for pair in response.headers.multi_items() if pair[0].lower() not in REBUILT
        ]
        return httpx.Response(
            response.status_code, headers=headers, content=content, extensions=response.extensions
        )

    def close(self) -> None:
        """Give the connections back."""
        self._inner.close()


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
    return bytes(content)


def _unpacked(response: httpx.Response) -> Iterator[bytes]:
    """The content, never more at a time than one may be large, however little it came as."""
    unpacker = zlib.decompressobj(ANY_HEAD)
    for part in response.iter_raw():
        yield unpacker.decompress(part, LARGEST + 1)
    yield unpacker.flush()
