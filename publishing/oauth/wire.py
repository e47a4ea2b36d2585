"""Token calls over HTTP: what refuses, and what leaves open what was done; no secret is shown."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from domain.brand import Account
from domain.errors import AuthExpired, FateUnknown, Forbidden, NetworkError, RateLimited
from publishing.platforms.base import (
    answered_at,
    body_of,
    client,
    object_of,
    rate_limited,
    translated,
)
from publishing.platforms.recording import GIVES_TOKENS

Form = Mapping[str, str]
APP_ERRORS = ("invalid_client", "unauthorized_client", "invalid_request_client", "unknown_client")
OVER = (102, 190, 463, 467)
"""Meta's codes for a token that is over."""
THROTTLED = (4, 17, 32, 341, 613, 80001, 80002)
APP_CODES = (1, 101)
SHOWN = 200


class TokenWire:
    """Speaks to the token endpoints of one account's platform.

    Args:
        account: named in messages; its `base_url`, where it has one, stands for every host.
        transport: for tests.
    """

    def __init__(self, account: Account, transport: httpx.BaseTransport | None = None) -> None:
        self.account = account
        self._base = (account.base_url or "").rstrip("/")
        self.http = client(self._base, transport)
        self.http.event_hooks = {}  # of token calls nothing is recorded

    def __repr__(self) -> str:
        return f"TokenWire({self.account.id!r})"

    def url(self, host: str, path: str) -> str:
        """The address of a path: below the account's base URL, or on the platform's host."""
        return f"{self._base or host}{path}"

    def post(self, url: str, form: Form, *, basic: tuple[str, str] | None = None) -> dict[str, Any]:
        """Send a form.

        Raises:
            AuthExpired: the platform refuses the code or token for good.
            Forbidden: it does not know the app, or not by this secret.
            FateUnknown: the answer was lost, and a token may be spent.
            Unreachable, RateLimited: nothing was done.
        """
        auth = httpx.BasicAuth(*basic) if basic else httpx.Auth()
        with self._spending():
            response = self.http.post(url, data=dict(form), auth=auth, extensions=GIVES_TOKENS)
        return self._read(response, hidden=(*form.values(), *(basic or ())))

    def get(
        self, url: str, query: Form | None = None, *, token: str = "", headers: Form | None = None
    ) -> dict[str, Any]:
        """Ask for something; raises as `post` does."""
        signed = {"authorization": f"Bearer {token}"} if token else {}
        headers = {**(headers or {}), **signed}
        with translated(self.account.id, changes_something=False):
            response = self.http.get(
                url, params=dict(query or {}), headers=headers, extensions=GIVES_TOKENS
            )
        return self._read(response, hidden=(*(query or {}).values(), token))

    def close(self) -> None:
        """Give the connections back."""
        self.http.close()

    def _read(self, response: httpx.Response, *, hidden: tuple[str, ...]) -> dict[str, Any]:
        if response.is_success:
            with self._spending():
                body = object_of(response)
            error = body.get("error")
            if not error or (isinstance(error, dict) and error.get("code") == "ok"):
                return body
        raise self._error(response, hidden)

    @contextmanager
    def _spending(self) -> Iterator[None]:
        """A lost answer leaves open whether a token was spent; nothing public came of it."""
        try:
            with translated(self.account.id, changes_something=True):
                yield
        except FateUnknown as exc:
            raise FateUnknown(
                f"{self.account.id}: the answer to a token call was lost; try again"
            ) from exc

    def _error(self, response: httpx.Response, hidden: tuple[str, ...]) -> NetworkError:
        where, status = self.account.id, response.status_code
        name, code, why = _named(body_of(response))
        said = _without(f"{name or f'HTTP {status}'}: {why}", hidden)
        if status == httpx.codes.TOO_MANY_REQUESTS or code in THROTTLED:
            return _throttled(response, where)
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or code == 2:
            return FateUnknown(f"{where} did not say what became of it ({said}); try again")
        if name in APP_ERRORS or code in APP_CODES:
            return Forbidden(f"{where} does not know the app ({said}); check its id and secret")
        if status == httpx.codes.FORBIDDEN:
            return Forbidden(f"{where} lacks a permission ({said}); connect the account with it")
        return AuthExpired(f"{where} refuses ({said})")


def _named(body: dict[str, Any]) -> tuple[str, int, str]:
    """The error's name, number and text, in the shape of RFC 6749, of Meta or of TikTok."""
    error = body.get("error")
    if isinstance(error, dict):
        code = error.get("code")
        return str(code or ""), code if isinstance(code, int) else 0, str(error.get("message", ""))
    why = body.get("error_description") or body.get("message") or ""
    return str(error or ""), 0, str(why)


def _throttled(response: httpx.Response, where: str) -> RateLimited:
    now = answered_at(response)
    return rate_limited(response, where, reset_header="x-rate-limit-reset", now=now)


def _without(text: str, hidden: tuple[str, ...]) -> str:
    """What a platform said, without what it was sent."""
    for secret in hidden:
        if len(secret) >= 6:
            text = text.replace(secret, "…")
    return " ".join(text.split())[:SHOWN]
