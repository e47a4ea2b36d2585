"""The server that platforms fetch a stage's files from; it can lose a file, or lead in a circle."""

from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

from tests.publishing import meta_loop

LOST, CIRCLING = "lost", "circling"
"""Folders beside the files: what is named there the server does not have, or sends to itself."""


class _Server(SimpleHTTPRequestHandler):
    def do_GET(self):
        name, home = self.path.rpartition("/")[2], Path(self.directory).parent
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


served = partial(meta_loop.served, handler=_Server)
"""Blobs whose folder it serves."""
