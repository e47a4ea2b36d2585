"""LinkedIn's REST dialect: headers, URNs, hand-built queries, and one request at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from domain.errors import Unreachable
from publishing.platforms.base import Access, client, object_of, translated
from publishing.platforms.bearer import Bearer
from publishing.platforms.egress import origin
from publishing.platforms.linkedin_errors import error_for
from publishing.platforms.recording import SECRET_URL

UPLOAD_HOSTS = ".linkedin.com"
UPLOAD_GONE = (403, 404, 410)
"""What an upload URL that ran out answers [M]."""
PAGE = 100
POSTS = "/rest/posts"
NOTIFICATIONS = "/rest/organizationalEntityNotifications"


@dataclass(frozen=True, slots=True)
class Options:
    """What LinkedIn leaves open or does not document [M], with what is taken for it.

    Attributes:
        version: of the API, YYYYMM; one lives at least twelve months.
        poll_every: how long until a video is asked for again.
        comment_days: how far back own posts are asked for new comments, where each is asked.
        notified: the actions that tell of a comment by somebody else. ADMIN_COMMENT is the page's
            own; what is edited (COMMENT_EDIT) was told of before.
        notified_days: how long LinkedIn keeps notifications.
        ids_per_request: posts whose counts are asked for at once.
        reread_seconds: how long the look at what was published may take.
    """

    version: str = "202607"
    poll_every: timedelta = timedelta(seconds=5)
    comment_days: int = 14
    notified: tuple[str, ...] = ("COMMENT",)
    notified_days: int = 60
    ids_per_request: int = 20
    reread_seconds: float = 5.0


class LinkedInApi:
    """One token's access to the versioned API. Every method raises leaves of NetworkError only."""

    def __init__(self, access: Access, options: Options) -> None:
        self.account = access.account.id
        self.options = options
        self.clock = access.clock
        self._bearer = Bearer(access.secret)
        self._origin = origin(httpx.URL(access.base_url))
        self._client = client(access.base_url, access.transport)

    def ask(self, method: str, path: str, *, public: bool = False, **more: Any) -> httpx.Response:
        """One request; `path` is already encoded, `public` marks the one that others can see.

        `accept` names refusals that are answers, `finder` says that the query asks a Rest.li
        finder.
        """
        accept, headers = more.pop("accept", ()), self._headers()
        if more.pop("finder", False):
            headers["x-restli-method"] = "FINDER"
        with translated(self.account, changes_something=public):
            response = self._client.request(
                method, path, headers=headers, auth=self._bearer, **more
            )
        if response.is_success or response.status_code in accept:
            return response
        raise error_for(response, self.account, changes_something=public, now=self.clock.now())

    def get(self, path: str, **more: Any) -> dict[str, Any]:
        """The object that a read answers."""
        response = self.ask("GET", path, **more)
        with translated(self.account, changes_something=False):
            return object_of(response)

    def act(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The `value` that an action answers; actions make nothing public."""
        response = self.ask("POST", path, json=body)
        with translated(self.account, changes_something=False):
            value = object_of(response)["value"]
            if not isinstance(value, dict):
                raise ValueError("the value is no object")
            return value

    def put(self, url: str, content: bytes) -> httpx.Response:
        """Bytes to an upload URL, which is a secret: no error shows it."""
        headers = {"content-type": "application/octet-stream"}
        return self._upload("PUT", url, headers=headers, content=content)

    def post_file(self, url: str, form: dict[str, str], file: tuple[str, bytes, str]) -> None:
        """A file (name, bytes, type) with what is said of it to an upload URL, as `put`."""
        self._upload("POST", url, data=form, files={"file": file})

    def _upload(self, method: str, url: str, **request: Any) -> httpx.Response:
        with translated(self.account, changes_something=False):
            is_theirs = self._is_linkedin(httpx.URL(url))
            auth = self._bearer if is_theirs else httpx.USE_CLIENT_DEFAULT
            response = self._client.request(
                method, url, auth=auth, extensions=SECRET_URL, **request
            )
        if response.is_success:
            return response
        if response.status_code in UPLOAD_GONE:
            raise Unreachable(
                f"{self.account} takes the upload no more; it is begun anew by itself"
            )
        raise error_for(response, self.account, changes_something=False, now=self.clock.now())

    def pages(self, path: str, query: str = "", **more: Any) -> Iterator[dict[str, Any]]:
        """The elements of a collection, up to the total or an empty page.

        A page with few elements is not the last: LinkedIn leaves out what may not be seen.
        """
        start, total = 0, PAGE
        while start < total:
            page = self.get(f"{path}?{query}start={start}&count={PAGE}", **more)
            with translated(self.account, changes_something=False):
                elements = [dict(one) for one in page["elements"]]
                start += PAGE
                total = int((page.get("paging") or {}).get("total", start + 1))
            if not elements:
                return
            yield from elements

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _headers(self) -> dict[str, str]:
        return {
            "linkedin-version": self.options.version,
            "x-restli-protocol-version": "2.0.0",
        }

    def _is_linkedin(self, url: httpx.URL) -> bool:
        is_theirs = url.scheme == "https" and url.host.endswith(UPLOAD_HOSTS)
        return is_theirs or origin(url) == self._origin


def encoded(urn: str) -> str:
    """A URN as it stands in paths and queries; Rest.li's own brackets around it stay raw."""
    return quote(urn, safe="")


def listed(urns: list[str]) -> str:
    """`List(a,b)` with each URN encoded."""
    return f"List({','.join(encoded(urn) for urn in urns)})"


def thread_path(urn: str) -> str:
    """Where the comments of a post or comment hang."""
    return f"/rest/socialActions/{encoded(urn)}"
