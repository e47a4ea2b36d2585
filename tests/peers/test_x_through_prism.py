"""The X loop as it stands, with Prism and X's own OpenAPI between the adapter and the sandbox."""

from urllib.parse import urlsplit

import pytest

from tests.peers.servers import prism
from tests.publishing import test_x_loop as suite
from tests.publishing.loop import Loop, sandbox

globals().update({name: test for name, test in vars(suite).items() if name.startswith("test_")})


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with sandbox(tmp_path_factory.mktemp("x"), **suite.PLACE) as url:
        yield url


@pytest.fixture(scope="module")
def proxy(url, tmp_path_factory, module_specs):
    folder = tmp_path_factory.mktemp("prism")
    with prism(folder, module_specs / "x" / "openapi-2.167.json", f"{url}/x") as address:
        yield address


@pytest.fixture
def loop(url, proxy, tmp_path):
    made = Loop(
        url,
        f"sqlite:///{tmp_path}/ledger.sqlite",
        folder=tmp_path,
        network=suite.small_parts,
        base_url=proxy,
        **suite.PLACE,
    )
    violations = []
    hooks = made.network._api._client.event_hooks["response"]
    hooks.append(lambda response: violations.extend(found(response)))
    yield made
    made.close()
    assert [] == violations


def found(response):
    told = response.headers.get("sl-violations")
    return [f"{response.request.method} {urlsplit(str(response.request.url)).path}: {told}"] if told else []
