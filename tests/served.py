"""A server of a test's own: a handler on a loopback port, until it is closed."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Served:
    """A handler's server; `url` is where it answers. Whoever asks may die, or be cut off."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        class Server(ThreadingHTTPServer):
            def handle_error(self, *_):
                """Whoever asked has gone."""

        self.http = Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self.http.shutdown()
        self.http.server_close()
