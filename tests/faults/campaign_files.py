"""The server that platforms fetch a stage's files from; it can lose a file, or lead in a circle."""

import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from storage.blobs import Blobs

LOST, CIRCLING = "lost", "circling"
"""Folders beside the files: what is named there the server does not have, or sends to itself."""


class _Server(SimpleHTTPRequestHandler):
    def do_GET(self):
        name, home = self.path.rpartition("/")[2], self.server.home
        if (home / LOST / name).exists():
            self.send_error(404)
        elif (home / CIRCLING / name).exists():
            self.send_response(302)
            self.send_header("Location", self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_words):
        pass


def spoil(blobs_home, how, sha256):
    """Let the server lose this file, or lead who asks for it in a circle."""
    folder = blobs_home.parent / how
    folder.mkdir(exist_ok=True)
    (folder / sha256).touch()


@contextmanager
def served(folder):
    """Blobs whose folder is served on the loopback address."""
    folder.mkdir(parents=True, exist_ok=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Server, directory=str(folder)))
    server.home = folder.parent
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Blobs(folder, base_url=f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
