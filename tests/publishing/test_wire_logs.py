"""What of a request and its answer stands in logs where somebody turns everything on."""

import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from publishing.platforms.base import client
from publishing.platforms.recording import SECRET_URL

TOKEN = "planted-4f1c9a77"


class Echo(BaseHTTPRequestHandler):
    """Says again in its headers and its body whatever it was told, and gives a cookie."""

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        said = f"{self.path} {self.headers['authorization']}"
        self.send_response(200)
        self.send_header("x-echo", said)
        self.send_header("set-cookie", f"session={TOKEN}")
        self.send_header("location", f"http://127.0.0.1/next?code={TOKEN}")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def echo():
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_no_token_reaches_a_handler_at_debug_by_header_address_body_or_answer(echo, caplog):
    caplog.set_level(logging.DEBUG)

    with client(echo, None) as http:
        http.post(
            f"/upload/{TOKEN}?access_token={TOKEN}",
            headers={"authorization": f"Bearer {TOKEN}"},
            json={"password": TOKEN},
            extensions=SECRET_URL,
        )

    told = {record.name for record in caplog.records}
    assert {"httpx", "httpcore.connection", "httpcore.http11"} <= told
    assert TOKEN not in caplog.text
    assert TOKEN not in str([vars(record) for record in caplog.records])
    assert "POST http://127.0.0.1" in caplog.text


def test_what_cannot_be_reached_is_logged_without_its_address_too(caplog):
    caplog.set_level(logging.DEBUG)

    with client("http://127.0.0.1:9", None) as http, pytest.raises(Exception, match="refused"):
        http.get(f"/{TOKEN}", headers={"authorization": f"Bearer {TOKEN}"})

    assert "connect_tcp.failed" in caplog.text
    assert TOKEN not in caplog.text
