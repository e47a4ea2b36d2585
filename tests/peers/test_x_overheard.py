"""Prism judges what the whole suite asked of the sandbox as X, and what it was answered.

`make test` keeps an exchange of each shape (`tests.overheard`). Here each goes through Prism once
more, with a server behind it that answers what was answered then: multipart bodies, which Prism
cannot pass on unharmed, are judged as well.
"""

import json
from http.server import BaseHTTPRequestHandler

import httpx
import pytest

from tests import overheard
from tests.peers.servers import prism
from tests.peers.test_x_through_prism import as_prism_reads
from tests.served import Served

WHICH = "x-exchange"
HOPS = ("host", "connection", "content-length", "transfer-encoding", "accept-encoding")
NOT_IN_THE_SPEC = ("/2/oauth2/", "/i/oauth2/")
"""Paths of X that its OpenAPI leaves out."""
REFUSED = (400, 401)
"""What the spec would not let through and the sandbox refused: the two are of one mind."""


@pytest.fixture(scope="module")
def exchanges():
    found = list(overheard.exchanges())
    if not found:
        pytest.skip("no test has asked anything of X; run `make test` before")
    return found


@pytest.fixture(scope="module")
def upstream(exchanges):
    """A server that answers what was answered, by the number of the exchange."""

    class Echo(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self):
            self.rfile.read(int(self.headers.get("content-length") or 0))
            one = exchanges[int(self.headers[WHICH])]
            self.send_response(one["status"])
            for name, value in one["answer_headers"].items():
                if name not in HOPS:
                    self.send_header(name, value)
            if one["status"] != 204:
                self.send_header("content-length", str(len(one["told"])))
            self.end_headers()
            self.wfile.write(one["told"])

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *_):
            pass

    served = Served(Echo)
    yield served.url
    served.close()


@pytest.fixture(scope="module")
def judge(upstream, tmp_path_factory, shared_specs):
    folder = tmp_path_factory.mktemp("prism")
    spec = json.loads((shared_specs / "x" / "openapi-2.166.json").read_text("utf-8"))
    (folder / "x.json").write_text(json.dumps(as_prism_reads(spec)), "utf-8")
    with (
        prism(folder, folder / "x.json", upstream) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=60) as client,
    ):
        yield client


def judged(client, exchanges):
    """By what was asked and answered, what Prism says against it."""
    told = {}
    for number, one in enumerate(exchanges):
        if one["target"].startswith(NOT_IN_THE_SPEC):
            continue
        headers = {name: value for name, value in one["headers"].items() if name not in HOPS}
        answer = client.request(
            one["method"],
            one["target"],
            content=one["asked"],
            headers=headers | {WHICH: str(number)},
        )
        assert answer.status_code == one["status"], (one, answer.text)
        said = json.loads(answer.headers.get("sl-violations", "[]"))
        if one["status"] in REFUSED:
            said = [fault for fault in said if fault["location"][0] != "request"]
        if said:
            told[f"{one['method']} {one['target']} {one['status']}"] = said
    return told


def test_nothing_that_the_suite_asked_or_was_answered_breaks_the_spec(
    judge, exchanges, record_property
):
    record_property("shapes of exchanges", len(exchanges))

    told = judged(judge, exchanges)
    assert not told, json.dumps(told, indent=1)


def test_prism_would_see_an_answer_that_breaks_the_spec(judge, exchanges):
    """The judge is awake: an answer whose post has no id is found."""
    at = next(
        n for n, one in enumerate(exchanges) if one["method"] == "POST" and one["status"] == 201
    )
    whole, exchanges[at] = exchanges[at], exchanges[at] | {"told": b'{"data": {"text": "no id"}}'}
    try:
        assert judged(judge, exchanges[: at + 1])
    finally:
        exchanges[at] = whole
