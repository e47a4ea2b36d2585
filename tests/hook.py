"""A webhook on this machine that keeps what it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "T0/hook-4f1c9a"


class Hook(BaseHTTPRequestHandler):
    """Keeps what it is told, and answers with the next of its statuses, else 200."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.told.append((self.path, json.loads(body)))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def listening() -> Iterator[ThreadingHTTPServer]:
    """The hook, with `url`, `told` (path and body) and the `statuses` of its next answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        server.told, server.statuses = [], []
        server.url = f"http://127.0.0.1:{server.server_port}/{SECRET}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
