"""A URL from outside leads to public addresses only: no spelling, redirect or look-up gets past."""

import contextlib
import itertools
import json
import socket
import threading
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from domain.brand import Account
from domain.errors import NetworkError, Rejected
from publishing.platforms.base import client
from publishing.platforms.egress import (
    PlatformTransport,
    PublicBackend,
    PublicTransport,
    is_public,
    proxy_for,
)
from publishing.platforms.registry import connect
from tests.clock import SteppingClock
from tests.publishing import linkedin_stage, meta_wire

LOOPBACK = (
    "127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.1",
    "017700000001", "0177.0.0.1", "0177.1", "0x7f.0x0.0x0.0x1", "127.0.0.1.", "localhost",
    "LOCALHOST", "localhost.", "0", "0.0.0", "0x0", "00.0.0.0", "[::1]", "[::]",
    "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]",
    "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]",
    "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]",
    "[::ffff:0:127.0.0.1]", "[2001:0:7f00:1::]", "[2001:0:808:808:0:0:80ff:fffe]",
    "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460", "127\u30020\u30020\u30021",
    "127\uff0e0\uff0e0\uff0e1", "127\uff610\uff610\uff611", "loc\u200balhost",
    "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54",
)  # fmt: skip
INSIDE = (
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.1.1",
    "169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518",
    "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "100.64.0.1", "100.100.100.200",
    "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "240.0.0.1", "255.255.255.255", "[2001:db8::1]", "[2001::1]", "[100::1]", "168.63.129.16",
    "[64:ff9b::10.0.0.1]", "[2002:a9fe:a9fe::]", "[2002:c0a8:101::1]", "[fec0::1]", "[feff::1]",
    "[fd20:ce::254]", "[3fff::1]", "[ff0e::1]", "[::a9fe:a9fe]",
)  # fmt: skip
FORMS = (
    "https://{host}:{port}/", "https://user:pw@{host}:{port}/x", "https://{host}:{port}/a?b=c#d",
    "http://{host}:{port}/", "HTTPS://{host}:{port}//x",
)  # fmt: skip
CORPUS = tuple(itertools.product(FORMS, LOOPBACK + INSIDE))


class Listener:
    """A server on this machine that remembers whoever connects."""

    def __init__(self):
        both = socket.has_dualstack_ipv6()
        family = socket.AF_INET6 if both else socket.AF_INET
        self.socket = socket.create_server(("", 0), family=family, dualstack_ipv6=both)
        self.port = self.socket.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self.connections += 1
                connection.close()


@pytest.fixture(scope="module")
def listener():
    made = Listener()
    yield made
    made.socket.close()


@pytest.fixture(scope="module")
def paths():
    """The ways in which an adapter comes to a URL: a client of a platform, a bare fetch, redirects
    that are followed, one or several, and a client behind a proxy that the environment names."""
    platform = client("https://platform.example", None)
    bare = httpx.Client(transport=PublicTransport(), trust_env=False, follow_redirects=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        proxied = client("https://platform.example", None)
    hops = httpx.Client(transport=_Hop(PublicTransport()), trust_env=False, follow_redirects=True)
    made = {"platform": platform, "bare": bare, "proxied": proxied} | dict.fromkeys(HOPS, hops)
    yield made
    for one in made.values():
        one.close()


class _Hop(httpx.BaseTransport):
    """Public pages that redirect to each other, as often as the path says, then to the address in
    the query."""

    def __init__(self, beyond):
        self.beyond = beyond

    def handle_request(self, request):
        if request.url.host == "public.example":
            more = int(request.url.path.strip("/")) - 1
            onward = str(request.url.copy_with(path=f"/{more}"))
            location = onward if more else request.url.params["to"]
            return httpx.Response(302, headers={"location": location.encode()})
        return self.beyond.handle_request(request)


def test_the_corpus_is_large_enough():
    assert len(set(CORPUS)) >= 250


HOPS = {"redirected": 1, "chained": 5}


@pytest.mark.parametrize("path", ["platform", "bare", "proxied", *HOPS])
def test_no_spelling_of_an_inner_address_is_connected_to(path, paths, listener):
    before, reached = listener.connections, []
    for form, host in CORPUS:
        url = form.format(host=host, port=listener.port)
        try:
            if path in HOPS:
                first = f"https://public.example/{HOPS[path]}"
                paths[path].get(first, params={"to": url}, timeout=2)
            else:
                paths[path].get(url, timeout=2)
        except (Rejected, httpx.InvalidURL, httpx.RemoteProtocolError):
            continue  # refused by us, or no URL at all: a redirect to one is a broken answer
        except httpx.ConnectError as exc:
            if "cannot be resolved" in str(exc):
                continue
        reached.append(url)

    assert [] == reached
    assert before == listener.connections


ENOUGH = 18
"""Spellings of this machine's own address that its resolver knows, wherever tests run."""


def test_the_listener_is_reached_where_nobody_guards(listener):
    """Else its silence would prove nothing."""
    before, reached = listener.connections, 0
    with httpx.Client(trust_env=False) as unguarded:
        for host in LOOPBACK:
            with contextlib.suppress(httpx.HTTPError, httpx.InvalidURL):
                unguarded.get(f"http://{host}:{listener.port}/", timeout=2)
            time.sleep(0.005)
            reached += listener.connections > before
            before = listener.connections
            if reached == ENOUGH:  # the rest are names that a resolver here takes its time over
                break

    assert reached == ENOUGH


def test_a_name_with_one_inner_address_among_public_ones_is_refused():
    backend = PublicBackend(lambda _host, _port: ["93.184.216.34", "10.0.0.7"])

    with pytest.raises(Rejected, match=r"rebind\.example, which is no public address"):
        backend.connect_tcp("rebind.example", 443)


def test_a_name_is_resolved_once_and_the_judged_address_is_connected_to(monkeypatch):
    answers, dialled = [["93.184.216.34"], ["127.0.0.1"]], []

    def dial(address, *_args, **_options):
        dialled.append(address[0])
        raise OSError("no way out")

    monkeypatch.setattr(socket, "create_connection", dial)
    backend = PublicBackend(lambda _host, _port: answers.pop(0))
    with pytest.raises(Exception, match="no way out"):
        backend.connect_tcp("rebind.example", 443)

    assert ["93.184.216.34"] == dialled
    assert [["127.0.0.1"]] == answers


PUBLIC = (
    *("93.184.216.34", "2606:2800:220:1::1", "1.1.1.1"),
    *("64:ff9b::5db8:d822", "::ffff:93.184.216.34"),  # IPv4 as a network without it reaches it
)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address):
    assert is_public(address)


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("location", f"http://127.0.0.1:{self.server.other}/")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_args):
        pass


@pytest.fixture
def operator(listener):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    server.other = listener.port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_base_url_that_the_operator_configured_is_reached(operator):
    with client(operator, None) as platform:
        assert 200 == platform.get("/").status_code


def test_another_port_of_the_operators_own_host_is_not(operator, listener):
    before = listener.connections
    with client(operator, None) as platform, pytest.raises(Rejected):
        platform.get(f"http://127.0.0.1:{listener.port}/")

    assert before == listener.connections


def test_a_platform_that_redirects_inwards_is_not_followed(operator, listener):
    before = listener.connections
    elsewhere = pytest.raises(httpx.RemoteProtocolError, match="answers 302, which leads to")
    with client(operator, None) as platform, elsewhere:
        platform.get("/away")

    assert before == listener.connections


def test_the_environments_proxy_serves_the_platform_and_never_a_foreign_url(monkeypatch, listener):
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.port}")
    before = listener.connections

    assert proxy_for(httpx.URL("https://api.x.com")) == f"http://127.0.0.1:{listener.port}"
    assert proxy_for(httpx.URL("http://localhost:8400")) is None
    transport = PlatformTransport("https://api.x.com")
    with httpx.Client(transport=transport, trust_env=False) as platform:
        with pytest.raises(Rejected):
            platform.get("https://10.0.0.1/")
        assert before == listener.connections
        with pytest.raises(httpx.HTTPError):
            platform.get("https://api.x.com/", timeout=2)

    assert before + 1 == listener.connections


class _Trap(BaseHTTPRequestHandler):
    """A platform that hands out an upload address on the inside, by the names of all platforms."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        inner = self.server.inner
        creator = {"privacy_level_options": ["PUBLIC_TO_EVERYONE"], "creator_username": "x"}
        answer = {
            "id": "17",
            "uri": inner,
            "video_id": "9",
            "upload_url": inner,
            "value": {"uploadUrl": inner, "image": "urn:li:image:1"},
            "data": creator | {"publish_id": "v_pub_file~1", "upload_url": inner},
        }
        if self.path.startswith("/v2/"):  # TikTok names an error that there is not
            answer["error"] = {"code": "ok", "message": "", "log_id": "1"}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_args):
        pass


@pytest.fixture
def trap():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Trap)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def uploading(platform, trap, transport=None):
    """An adapter at that platform, about to upload a file."""
    file = linkedin_stage.PNG if platform == "linkedin" else meta_wire.REEL
    account = Account(
        platform=platform,
        handle="bergquell",
        time_zone="UTC",
        user_id="urn:li:organization:7" if platform == "linkedin" else "17",
        base_url=f"http://127.0.0.1:{trap.server_port}",
    )
    adapter = connect(
        account,
        secret="s3cret",
        clock=SteppingClock(linkedin_stage.NOON),
        sending_allowed=True,
        media=meta_wire.Files(),
        transport=transport,
    )
    return partial(adapter.publish, linkedin_stage.send(media=(file,)))


@pytest.mark.parametrize("platform", ["linkedin", "tiktok", "facebook"])
def test_no_adapter_uploads_to_an_inner_address(platform, trap, listener):
    before = listener.connections
    for host in LOOPBACK + INSIDE:
        trap.inner = f"https://{host}:{listener.port}/upload"
        with pytest.raises(NetworkError):
            uploading(platform, trap)()

    assert before == listener.connections


@pytest.mark.parametrize("platform", ["linkedin", "tiktok"])
def test_an_adapter_without_the_guard_would(platform, trap, listener):
    """Facebook's own rule, that an upload address is Meta's, stands before it."""
    before = listener.connections
    trap.inner = f"https://127.0.0.1:{listener.port}/upload"
    unguarded = PlatformTransport(
        f"http://127.0.0.1:{trap.server_port}", others=httpx.HTTPTransport()
    )
    with pytest.raises(NetworkError):
        uploading(platform, trap, unguarded)()

    assert before < listener.connections
