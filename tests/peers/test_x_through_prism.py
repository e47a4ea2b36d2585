"""The X loop as it stands, with Prism and X's own OpenAPI between the adapter and the sandbox.

Prism breaks the bytes of multipart bodies on their way, so those requests go past it. A lost answer
is Prism's own 500.
"""

import json
from functools import partial

import httpx
import pytest

from publishing.platforms.base import Access, Secret
from publishing.platforms.x import X
from publishing.platforms.x_api import XOptions
from tests.peers.servers import prism
from tests.publishing import test_x_loop as suite
from tests.publishing.loop import Loop, sandbox

PROBLEM = "application/problem+json"
globals().update({name: test for name, test in vars(suite).items() if name.startswith("test_")})


class Detour(httpx.HTTPTransport):
    """To Prism, or past it with a multipart body; `told` is what Prism said, request by request."""

    def __init__(self, direct: str) -> None:
        super().__init__(trust_env=False)
        self._direct = httpx.URL(direct)
        self.told: dict[str, list[str]] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("content-type", "").startswith("multipart/"):
            path = self._direct.raw_path + request.url.raw_path
            request.url = self._direct.copy_with(raw_path=path)
            return super().handle_request(request)
        response = super().handle_request(request)
        said = json.loads(response.headers.get("sl-violations", "[]"))
        asked = f"{request.method} {request.url.path} {response.status_code}"
        self.told.setdefault(asked, []).extend(map(json.dumps, said))
        return response


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("x"), **suite.PLACE) as url:
        yield url


@pytest.fixture(scope="module")
def proxy(url, tmp_path_factory, shared_specs):
    folder = tmp_path_factory.mktemp("prism")
    spec = json.loads((shared_specs / "x" / "openapi-2.166.json").read_text("utf-8"))
    (folder / "x.json").write_text(json.dumps(as_prism_reads(spec)), "utf-8")
    with prism(folder, folder / "x.json", f"{url}/x") as address:
        yield address


def as_prism_reads(spec):
    """The spec with one of its two forms of errors: Prism judges all by the first that it finds.

    And a number in a form may be a number as well as its digits: to Prism it is both.
    """
    for path in spec["paths"].values():
        for method in path.values():
            errors = method["responses"].get("default", {}).get("content", {})
            if PROBLEM in errors:
                errors.pop("application/json", None)
    segments = spec["components"]["schemas"]["MediaSegments"]
    segments["anyOf"] = segments.pop("oneOf")
    return spec


def adapter(detour, account, *, secret, clock, sending_allowed, media):
    assert not sending_allowed
    access = Access(account, Secret(secret), clock, account.base_url, media, detour)
    return X(access, XOptions(chunk_bytes=1000))


@pytest.fixture
def loop(url, proxy, tmp_path):
    detour = Detour(f"{url}/x")
    made = Loop(
        url,
        f"sqlite:///{tmp_path}/ledger.sqlite",
        folder=tmp_path,
        network=partial(adapter, detour),
        base_url=proxy,
        **suite.PLACE,
    )
    yield made
    made.close()
    assert detour.told
    assert {} == {asked: told for asked, told in detour.told.items() if told}


def test_counts_own_posts_and_mentions_are_read_as_the_spec_has_them(loop):
    delivery_id = loop.plan("What do you think?")
    loop.run()
    post = loop.look(delivery_id).platform_id

    message = loop.first_message(post)
    (row,) = loop.network.metrics([post])

    assert (post, post) == (row.post_id, message.in_reply_to)
    assert post in [own.platform_id for own in loop.network.own_posts(loop.start)]


def test_prism_does_see_what_breaks_the_spec(proxy):
    headers = {"authorization": "Bearer sandbox-x-bergquell"}
    answer = httpx.get(f"{proxy}/2/users/7/mentions?max_results=1", headers=headers)

    assert "max_results" in answer.headers["sl-violations"]
