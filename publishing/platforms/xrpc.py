"""XRPC with an app-password session: one request and its session."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from domain.errors import AuthExpired, Rejected
from publishing.platforms.base import (
    Access,
    Grant,
    Keeper,
    Secret,
    answered_at,
    client,
    object_of,
    translated,
)
from publishing.platforms.bluesky_errors import STALE, error_for, name_of
from publishing.platforms.recording import GIVES_TOKENS


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
            response = self._client.post(f"/xrpc/{nsid}", extensions=GIVES_TOKENS, **request)
        if not response.is_success:
            at = answered_at(response)
            raise error_for(response, self.account, changes_something=False, now=at)
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
        self._base_url = access.base_url
        self._clock = access.clock
        self._host: str | None = None
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

    @property
    def host(self) -> str:
        """The host of the account's PDS, which need not be the one that is asked."""
        if self._host is None:
            self._host = self._host_in(self.get("com.atproto.server.getSession"))
        return self._host

    def get(self, nsid: str, *, expect: tuple[str, ...] = (), **query: Any) -> dict[str, Any]:
        """Ask for something. Raises leaves of NetworkError."""
        return self._as_account("GET", nsid, changes=False, expect=expect, params=query)

    def post(
        self, nsid: str, body: dict[str, Any], *, expect: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Change something; gives the body of an error that is expected. Raises leaves."""
        return self._as_account("POST", nsid, changes=True, expect=expect, json=body)

    def upload(self, nsid: str, content: bytes, mime_type: str) -> dict[str, Any]:
        """Hand over bytes that nobody sees yet. Raises leaves of NetworkError."""
        headers = {"content-type": mime_type}
        return self._as_account("POST", nsid, changes=False, headers=headers, content=content)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _as_account(
        self,
        method: str,
        nsid: str,
        *,
        changes: bool,
        expect: tuple[str, ...] = (),
        **request: Any,
    ) -> dict[str, Any]:
        token = self._keeper.current().token
        response = self._send(method, nsid, token, changes=changes, **request)
        if name_of(response) in STALE and (fresh := self._keeper.renewed(token)) is not None:
            response = self._send(method, nsid, fresh.token, changes=changes, **request)
        if response.is_success or name_of(response) in expect:
            with translated(self.account, changes_something=changes):
                return object_of(response)
        now = self._clock.now()
        raise error_for(response, self.account, changes_something=changes, now=now)

    def _send(
        self, method: str, nsid: str, token: str, *, changes: bool, **request: Any
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} | request.pop("headers", {})
        with translated(self.account, changes_something=changes):
            return self._client.request(method, f"/xrpc/{nsid}", headers=headers, **request)

    def _host_in(self, body: dict[str, Any]) -> str:
        services = (body.get("didDoc") or {}).get("service") or []
        named = [one for one in services if one.get("id", "").endswith("#atproto_pds")]
        url = named[0]["serviceEndpoint"] if named else self._base_url
        return urlsplit(url).hostname or ""
