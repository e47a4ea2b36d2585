"""Where the browser comes back to: an address on this machine, answered once."""

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from typing import Any, Self

from domain.errors import ConfigError, InputError

HOST = "127.0.0.1"
PATH = "/callback"
DONE = "Amsel has the account. This window can be closed."
STRANGE = "This does not answer the log-in that Amsel waits for."


class Loopback:
    """A server for one redirect.

    Args:
        port: 0 for a free one; most platforms want the one that the app was registered with.
        accept: reads the code out of the address; raises InputError where it holds none.
    """

    def __init__(self, port: int) -> None:
        try:
            self._server = HTTPServer((HOST, port), _Handler)
        except OSError as exc:
            raise ConfigError(
                f"port {port} cannot be used ({exc.strerror}); end what holds it, or give another "
                "with --port and register that one at the platform"
            ) from exc
        self.redirect_uri = f"http://{HOST}:{self._server.server_port}{PATH}"
        self._server.came = None  # type: ignore[attr-defined]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.server_close()

    def wait(self, accept: Callable[[str], str], *, seconds: float) -> str:
        """The code, once the browser has come; what answers another log-in is turned away.

        Raises:
            InputError: the person refused, or nobody came in time.
        """
        give_up_at = time.monotonic() + seconds
        self._server.timeout = 0.5
        self._server.accept = accept  # type: ignore[attr-defined]
        while time.monotonic() < give_up_at:
            self._server.handle_request()
            came: Any = self._server.came  # type: ignore[attr-defined]
            if isinstance(came, str):
                return came
            if came is not None:
                raise came
        raise InputError("nobody came back from the browser in time; start `amsel connect` again")


class _Handler(BaseHTTPRequestHandler):
    server: Any
    timeout = 10

    def do_GET(self) -> None:
        """Take the redirect, and nothing else."""
        if not self.path.startswith(f"{PATH}?"):
            self.send_error(404)
            return
        try:
            self.server.came = self.server.accept(self.path)
        except InputError as exc:
            if "does not answer" not in str(exc):
                self.server.came = exc  # the person said no
            self._say(400, STRANGE if self.server.came is None else str(exc))
            return
        self._say(200, DONE)

    def _say(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", "text/plain; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the address holds the code."""
