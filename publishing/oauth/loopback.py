"""Where the browser comes back to: an address on this machine, answered once."""

import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from domain.errors import ConfigError, InputError

HOST = "127.0.0.1"
DONE = "Amsel has the account. This window can be closed."
STRANGE = "This does not answer the log-in that Amsel waits for."


class Return:
    """The way back from the browser: a server for one redirect, where the address is here.

    Args:
        redirect_uri: where the platform sends the browser; port 0 takes a free one. An address
            elsewhere is only kept: the person pastes what the browser ends at.
    """

    def __init__(self, redirect_uri: str) -> None:
        parts = urlsplit(redirect_uri)
        self.is_here = parts.scheme == "http" and parts.hostname in (HOST, "localhost")
        self.redirect_uri = redirect_uri
        if not self.is_here:
            return
        try:
            self._server = HTTPServer((HOST, parts.port or 0), _Handler)
        except OSError as exc:
            raise ConfigError(
                f"port {parts.port} cannot be used ({exc.strerror}); end what holds it, or "
                "register another address at the platform and give it with --redirect-uri"
            ) from exc
        port = self._server.server_port
        self.redirect_uri = parts._replace(netloc=f"{parts.hostname}:{port}").geturl()
        self._server.path, self._server.came = parts.path, None  # type: ignore[attr-defined]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.is_here:
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
        if not self.path.startswith(f"{self.server.path}?"):
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
