"""An answer that no client can use fills no memory and passes for no refusal."""

import gzip
import zlib

import httpx
import pytest

from publishing.platforms.base import client
from publishing.platforms.sizes import LARGEST, LeadsElsewhere
from sandbox.gate import BOMB_MEBIBYTES, bomb

WORDS = b'{"data": {"id": "7"}}'


def answered(response):
    """What a client makes of an answer."""
    transport = httpx.MockTransport(lambda _request: response)
    with client("https://api.example.org", transport) as one:
        return one.get("/2/tweets", headers={"Authorization": "Bearer token"})


def packed(content, coding="gzip", **more):
    return httpx.Response(200, stream=Raw(content), headers={"Content-Encoding": coding, **more})


class Raw(httpx.SyncByteStream):
    """Bytes as they come over the wire, in one piece."""

    def __init__(self, content):
        self._content = content

    def __iter__(self):
        yield self._content


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_packed_answer_is_unpacked(coding, pack):
    assert {"data": {"id": "7"}} == answered(packed(pack(WORDS), coding)).json()


def test_what_came_beside_a_packed_answer_stays():
    found = answered(packed(gzip.compress(WORDS), **{"Retry-After": "30"}))

    assert "30" == found.headers["retry-after"]
    assert str(len(WORDS)) == found.headers["content-length"]


def test_an_answer_that_unpacks_without_end_is_given_up():
    assert len(bomb()) < 2**20 < LARGEST < BOMB_MEBIBYTES * 2**20

    with pytest.raises(httpx.DecodingError, match=f"over {LARGEST} bytes"):
        answered(packed(bomb()))


def test_an_answer_that_never_ends_is_given_up():
    class Endless(httpx.SyncByteStream):
        def __iter__(self):
            while True:
                yield bytes(2**20)

    with pytest.raises(httpx.DecodingError, match=f"over {LARGEST} bytes"):
        answered(httpx.Response(200, stream=Endless()))


def test_an_answer_for_which_no_memory_is_left_is_given_up_and_ends_no_worker():
    class TooMuch(httpx.SyncByteStream):
        def __iter__(self):
            yield WORDS
            raise MemoryError("Unable to allocate output buffer.")

    with pytest.raises(httpx.DecodingError, match="no memory left"):
        answered(httpx.Response(200, stream=TooMuch()))


def test_a_long_packed_answer_comes_whole():
    content = bytes(range(256)) * 2**14  # 4 MiB, many steps

    assert content == answered(packed(gzip.compress(content))).content


@pytest.mark.parametrize(("content", "coding"), [(b"{}", "gzip"), (b"", "gzip, gzip"), (b"", "br")])
def test_what_is_packed_in_no_known_way_is_no_answer(content, coding):
    with pytest.raises(httpx.DecodingError):
        answered(packed(content, coding))


def test_no_packing_is_asked_for_that_could_not_be_unpacked():
    asked = []
    transport = httpx.MockTransport(lambda request: asked.append(request) or httpx.Response(200))
    with client("https://api.example.org", transport) as one:
        one.get("/2/tweets")

    assert ["gzip"] == [one.headers["accept-encoding"] for one in asked]


def test_an_answer_that_names_no_packing_is_read_as_it_is():
    assert {"data": {"id": "7"}} == answered(packed(WORDS, "")).json()


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("", "which leads to another page there"),
        ("/login?token=s3cret", "which leads to another page there"),
        ("https://www.example.org/s3cret?token=s3cret", "which leads to https://www.example.org"),
        ("http://a:b", "which leads nowhere"),
    ],
)
def test_a_redirect_is_no_refusal_and_names_the_hosts_but_no_secret(location, words):
    with pytest.raises(LeadsElsewhere) as caught:
        answered(httpx.Response(307, headers={"Location": location}))

    assert f"api.example.org answers 307, {words}" == str(caught.value)
