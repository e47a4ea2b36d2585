"""Meta's Graph API as one account: a request, its pages, its throttle, and its errors as ours."""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx

from domain.errors import AuthExpired, RateLimited, Rejected, Unreachable
from publishing.platforms.base import Access, Secret, client, object_of, translated
from publishing.platforms.egress import origin
from publishing.platforms.graph_errors import (
    Circumstances,
    error_for,
    is_absent,
    is_too_much,
    regain,
)

INSTAGRAM_LOGIN = "graph.instagram.com"
METAS = (".facebook.com", ".instagram.com")
LIMIT = 100
File = tuple[str, bytes, str]
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """What is set per app, or is not certain.

    Attributes:
        version: of the Graph API; one lives about two years.
        app_secret: with it each request carries its appsecret_proof, as an app can demand.
        unsaid_wait: how long to wait where Meta throttles and does not say until when.
        poll_picture: how often to ask for a container that holds pictures.
        poll_video: the same for videos; Meta advises a minute.
        attempts: how often a file that Meta cannot fetch or process is brought anew.
        inbound_days: on how old own posts comments are looked for.
        reels: whether upright videos of 3 to 90 s become reels on a Page.
    """

    version: str = "v25.0"
    app_secret: Secret | None = None
    unsaid_wait: timedelta = timedelta(minutes=5)
    poll_picture: timedelta = timedelta(seconds=5)
    poll_video: timedelta = timedelta(seconds=30)
    attempts: int = 5
    inbound_days: int = 14
    reels: bool = True


class Graph:
    """Requests as one account. The token stands in a header, so no URL holds it."""

    def __init__(self, access: Access, options: GraphOptions) -> None:
        self.account = access.account.id
        self.options = options
        self._secret = access.secret
        self._clock = access.clock
        self._base = httpx.URL(access.base_url)
        self._client = client(access.base_url, access.transport)
        self._until: datetime | None = None
        self._asks_each = access.account.ask_each_post

    def __repr__(self) -> str:
        return f"Graph({self.account!r})"

    @property
    def is_instagram_login(self) -> bool:
        """Whether the account came by Instagram Login, which can do less."""
        return self._base.host == INSTAGRAM_LOGIN

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Ask for something. Raises leaves of NetworkError."""
        return self._ask("GET", self._at(path), params=query)

    def post(
        self,
        path: str,
        form: Mapping[str, str],
        *,
        public: bool = False,
        files: Mapping[str, File] | None = None,
        host: str | None = None,
    ) -> dict[str, Any]:
        """Make a step; a `public` one that gets no answer leaves FateUnknown.

        `host` replaces the base URL's where that is Meta's own.
        """
        request: dict[str, Any] = {"data": dict(form)} | ({"files": files} if files else {})
        return self._ask("POST", self._at(path, host), public=public, **request)

    def remove(self, object_id: str) -> None:
        """Delete a post or comment; one that is gone already is no error.

        Raises:
            Rejected: it is there, but not to be deleted by this account.
        """
        self._or_gone(object_id, "DELETE", {})

    def change(self, object_id: str, form: Mapping[str, str]) -> None:
        """Change a comment; one that is gone already is no error."""
        self._or_gone(object_id, "POST", form)

    def upload(self, url: str, content: bytes, **headers: str) -> None:
        """Send the bytes of a file to an upload address that Meta gave.

        Raises:
            Rejected: the address is not Meta's; the token is not sent there.
        """
        with translated(self.account, changes_something=False):
            target = httpx.URL(url)
        is_metas = target.scheme == "https" and target.host.endswith(METAS)
        if not is_metas and origin(target) != origin(self._base):
            raise Rejected(f"{self.account} was given an upload address that is not Meta's")
        sizes = {"offset": "0", "file_size": str(len(content))}
        token = {"authorization": f"OAuth {self._secret.reveal()}"}
        self._ask("POST", str(target), headers=token | sizes | headers, content=content)

    def pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """The items of all pages, as they come; raises Unreachable where one is garbled."""
        query.setdefault("limit", str(LIMIT))
        while True:
            items, after = self._page(self.get(path, **query))
            yield from items
            if not after:
                return
            query["after"] = after

    def along(self, came: Any, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """The items of an edge that came along with its object, then those of its further pages."""
        items, after = self._page(came or {"data": []})
        yield from items
        if after:
            yield from self.pages(path, after=after, **query)

    def gather(
        self, at_once: Callable[[], Iterable[Item]], *, each: Callable[[], Iterable[Item]]
    ) -> list[Item]:
        """What one large request gives; many small ones where the account or Meta wants those."""
        if not self._asks_each:
            try:
                return list(at_once())
            except Unreachable as exc:
                if not is_too_much(exc):
                    raise
        return list(each())

    def exists(self, object_id: str) -> bool:
        """Whether the object can be seen."""
        try:
            self.get(object_id, fields="id")
        except Rejected as exc:
            if is_absent(exc):
                return False
            raise
        return True

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _or_gone(self, object_id: str, method: str, form: Mapping[str, str]) -> None:
        try:
            self._ask(method, self._at(object_id), public=True, data=dict(form))
        except Rejected as exc:
            if not is_absent(exc) or self.exists(object_id):
                raise

    def _page(self, answer: Any) -> tuple[list[dict[str, Any]], str | None]:
        """The items of a page, and the cursor where there is another one."""
        with translated(self.account, changes_something=False):
            items, paging = list(answer["data"]), answer.get("paging") or {}
            after = (paging.get("cursors") or {}).get("after")
            return items, after if paging.get("next") else None  # `next` itself holds the token

    def _at(self, path: str, host: str | None = None) -> str:
        is_metas = self._base.host.endswith(METAS)
        base = self._base.copy_with(host=host) if host and is_metas else self._base
        return f"{str(base).rstrip('/')}/{self.options.version}/{path}"

    def _ask(
        self, method: str, url: str, *, public: bool = False, **request: Any
    ) -> dict[str, Any]:
        self._check_throttle()
        token = self._secret.reveal()
        try:
            return self._ask_with(token, method, url, public=public, **request)
        except AuthExpired:  # nothing was done: the token is looked at first
            fresh = self._secret.renewed(token)
            if fresh is None:
                raise
        return self._ask_with(fresh, method, url, public=public, **request)

    def _ask_with(
        self, token: str, method: str, url: str, *, public: bool, **request: Any
    ) -> dict[str, Any]:
        request["headers"] = {"authorization": f"Bearer {token}"} | request.get("headers", {})
        proof = self._proof(token)
        if proof:
            where = "params" if "data" not in request else "data"
            request[where] = {**request.get(where, {}), "appsecret_proof": proof}
        with translated(self.account, changes_something=public):
            response = self._client.request(method, url, **request)
            self._note_throttle(response)
            if response.is_success and response.content.strip() == b"true":
                return {"success": True}
            body = object_of(response) if response.is_success else {}
            if response.is_success and "error" not in body:
                return body
        circumstances = Circumstances(
            self.account, self._clock.now(), public, self.options.unsaid_wait, (token,)
        )
        raise error_for(response, circumstances)

    def _proof(self, token: str) -> str | None:
        secret = self.options.app_secret
        if secret is None:
            return None
        return hmac.new(secret.reveal().encode(), token.encode(), hashlib.sha256).hexdigest()

    def _check_throttle(self) -> None:
        if self._until is not None and self._clock.now() < self._until:
            raise RateLimited(
                f"{self.account} is throttled until {self._until.isoformat()}; nothing to do",
                until=self._until,
            )

    def _note_throttle(self, response: httpx.Response) -> None:
        wait = regain(response)
        self._until = self._clock.now() + wait if wait else None
