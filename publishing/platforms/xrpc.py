"""XRPC with an app-password session: one request, its session, and its errors as ours."""

from dataclasses import dataclass
from typing import Any

import httpx

from domain.errors import (
    AuthExpired,
    Blocked,
    Duplicate,
    FateUnknown,
    Forbidden,
    NetworkError,
    Rejected,
    Unreachable,
)
from publishing.platforms.base import (
    Access,
    body_of,
    client,
    object_of,
    rate_limited,
    translated,
)

STALE = ("ExpiredToken", "InvalidToken", "AuthMissing")
"""The session is over: refused before anything was done, so a repeat with a new one is safe."""
LOGIN = ("AuthenticationRequired", "AuthFactorTokenRequired", *STALE)
CLOSED = ("AccountTakedown", "AccountSuspended", "AccountDeactivated")


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """Tokens of one session, and whose they are."""

    did: str
    access: str
    refresh: str


class Xrpc:
    """Requests to one PDS as one account. The session is made when it is first needed."""

    def __init__(self, access: Access) -> None:
        self.account = access.account.id
        self._handle = access.account.handle
        self._secret = access.secret
        self._client = client(access.base_url, access.transport)
        self._session: Session | None = None

    def __repr__(self) -> str:
        return f"Xrpc({self.account!r})"

    @property
    def did(self) -> str:
        """The account's DID; asks for a session where there is none yet."""
        return self.session().did

    def session(self) -> Session:
        """The session, made when there is none. Raises AuthExpired and other leaves."""
        if self._session is None:
            body = {"identifier": self._handle, "password": self._secret.reveal()}
            self._open("com.atproto.server.createSession", json=body)
        assert self._session is not None  # noqa: S101 - set by _open, or it has raised
        return self._session

    def get(self, nsid: str, **query: Any) -> dict[str, Any]:
        """Ask for something. Raises leaves of NetworkError."""
        return self._as_account("GET", nsid, params=query)

    def post(self, nsid: str, body: dict[str, Any]) -> dict[str, Any]:
        """Change something. Raises leaves of NetworkError."""
        return self._as_account("POST", nsid, json=body)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _as_account(self, method: str, nsid: str, **request: Any) -> dict[str, Any]:
        response = self._send(method, nsid, self.session().access, **request)
        if _name(response) in STALE:
            self._renew()
            response = self._send(method, nsid, self.session().access, **request)
        changes = method == "POST"
        if response.is_success:
            with translated(self.account, changes_something=changes):
                return object_of(response)
        raise error_for(response, self.account, changes_something=changes)

    def _renew(self) -> None:
        old, self._session = self.session(), None
        try:
            self._open("com.atproto.server.refreshSession", token=old.refresh)
        except (AuthExpired, Rejected):
            self.session()  # the refresh token is over too: log in again

    def _open(self, nsid: str, *, token: str | None = None, **request: Any) -> None:
        response = self._send("POST", nsid, token, is_login=True, **request)
        if not response.is_success:
            raise error_for(response, self.account, changes_something=False)
        with translated(self.account, changes_something=False):
            body = object_of(response)
            self._session = Session(body["did"], body["accessJwt"], body["refreshJwt"])

    def _send(
        self, method: str, nsid: str, token: str | None, *, is_login: bool = False, **request: Any
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        changes = method == "POST" and not is_login
        with translated(self.account, changes_something=changes):
            return self._client.request(method, f"/xrpc/{nsid}", headers=headers, **request)


def error_for(response: httpx.Response, where: str, *, changes_something: bool) -> NetworkError:
    """Our error for an answer that is no success, by its `error` name first."""
    status, name = response.status_code, _name(response)
    said = f"{name or f'HTTP {status}'}: {body_of(response).get('message', '')}"[:300]
    if status == 429 or name == "RateLimitExceeded":
        return rate_limited(response, where, reset_header="ratelimit-reset")
    if name in CLOSED:
        return Blocked(f"{where} is closed by the platform ({said}); log in there and ask why")
    if name == "InvalidSwap":
        return Duplicate(f"{where} has a record under this key already ({said}); it is looked up")
    if status == 401 or name in LOGIN:
        return AuthExpired(f"{where} refuses the app password ({said}); make a new one")
    if status == 403:
        return Forbidden(f"{where} lacks a permission ({said}); give the app password more")
    if status in (408, 425) or status >= 500:
        if changes_something:
            return FateUnknown(f"{where} failed ({said}); it is looked up before anything is sent")
        return Unreachable(f"{where} failed ({said}); it is asked again by itself")
    return Rejected(f"{where} refuses it ({said}); change the post and plan it again")


def _name(response: httpx.Response) -> str:
    return "" if response.is_success else str(body_of(response).get("error", ""))
