"""XRPC with an app-password session: one request, its session, and its errors as ours."""

from contextlib import suppress
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
    Grant,
    Keeper,
    Secret,
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


class Login:
    """Makes and renews sessions on one PDS; each renewal spends the refresh token."""

    def __init__(self, http: httpx.Client, account: str) -> None:
        self._client, self.account = http, account

    def open(self, handle: str, password: str) -> Session:
        """A new session. Raises leaves of NetworkError."""
        body = {"identifier": handle, "password": password}
        return self._ask("com.atproto.server.createSession", json=body)

    def renew(self, refresh: str) -> Session:
        """The next pair of a session. Raises leaves of NetworkError."""
        headers = {"authorization": f"Bearer {refresh}"}
        return self._ask("com.atproto.server.refreshSession", headers=headers)

    def _ask(self, nsid: str, **request: Any) -> Session:
        with translated(self.account, changes_something=False):
            response = self._client.post(f"/xrpc/{nsid}", **request)
        if not response.is_success:
            raise error_for(response, self.account, changes_something=False)
        with translated(self.account, changes_something=False):
            body = object_of(response)
            return Session(body["did"], body["accessJwt"], body["refreshJwt"])


class OwnSession:
    """A session that only this process has, made with the app password when first needed."""

    def __init__(self, login: Login, handle: str, secret: Secret) -> None:
        self._login, self._handle, self._secret = login, handle, secret
        self._session: Session | None = None

    def current(self) -> Grant:
        """The session's token. Raises leaves of NetworkError."""
        if self._session is None:
            self._session = self._login.open(self._handle, self._secret.reveal())
        return Grant(self._session.access, self._session.did)

    def renewed(self, refused: str) -> Grant:
        """The next one, by the refresh token or else the password."""
        old, self._session = self._session, None
        if old is not None and old.access == refused:
            with suppress(AuthExpired, Rejected):  # the refresh token is over too: log in again
                self._session = self._login.renew(old.refresh)
        return self.current()


class Xrpc:
    """Requests to one PDS as one account. The session is made when it is first needed."""

    def __init__(self, access: Access) -> None:
        self.account = access.account.id
        self._client = client(access.base_url, access.transport)
        login = Login(self._client, self.account)
        own = OwnSession(login, access.account.handle, access.secret)
        self._keeper: Keeper = access.secret.keeper or own

    def __repr__(self) -> str:
        return f"Xrpc({self.account!r})"

    @property
    def did(self) -> str:
        """The account's DID; asks for a session where there is none yet."""
        return str(self._keeper.current().user_id)

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
        token = self._keeper.current().token
        response = self._send(method, nsid, token, **request)
        if _name(response) in STALE and (fresh := self._keeper.renewed(token)) is not None:
            response = self._send(method, nsid, fresh.token, **request)
        changes = method == "POST"
        if response.is_success:
            with translated(self.account, changes_something=changes):
                return object_of(response)
        raise error_for(response, self.account, changes_something=changes)

    def _send(self, method: str, nsid: str, token: str, **request: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"}
        with translated(self.account, changes_something=method == "POST"):
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
