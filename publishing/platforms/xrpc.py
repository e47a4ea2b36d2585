"""XRPC with an app-password session: one request and its session."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from domain.errors import AuthExpired, Rejected
from publishing.platforms.base import Access, client, object_of, translated
from publishing.platforms.bluesky_errors import STALE, error_for, name_of


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """Tokens of one session, and whose they are."""

    did: str
    access: str
    refresh: str
    host: str


class Xrpc:
    """Requests to one PDS as one account. The session is made when it is first needed."""

    def __init__(self, access: Access) -> None:
        self.account = access.account.id
        self._handle = access.account.handle
        self._secret = access.secret
        self._base_url = access.base_url
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

    @property
    def host(self) -> str:
        """The host of the account's PDS, which need not be the one that is asked."""
        return self.session().host

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
        response = self._send(method, nsid, self.session().access, changes=changes, **request)
        if name_of(response) in STALE:
            self._renew()
            response = self._send(method, nsid, self.session().access, changes=changes, **request)
        if response.is_success or name_of(response) in expect:
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
        response = self._send("POST", nsid, token, changes=False, **request)
        if not response.is_success:
            raise error_for(response, self.account, changes_something=False)
        with translated(self.account, changes_something=False):
            body = object_of(response)
            self._session = Session(
                body["did"], body["accessJwt"], body["refreshJwt"], self._host(body)
            )

    def _send(
        self, method: str, nsid: str, token: str | None, *, changes: bool, **request: Any
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        headers |= request.pop("headers", {})
        with translated(self.account, changes_something=changes):
            return self._client.request(method, f"/xrpc/{nsid}", headers=headers, **request)

    def _host(self, body: dict[str, Any]) -> str:
        services = (body.get("didDoc") or {}).get("service") or []
        named = [one for one in services if one.get("id", "").endswith("#atproto_pds")]
        url = named[0]["serviceEndpoint"] if named else self._base_url
        return urlsplit(url).hostname or ""
