"""X (API v2): posts with media, replies, hiding, look-up, metrics and mentions over httpx."""

import html
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.community import InboundMessage
from domain.deliveries import DeliveryKind, Payload, PublishResult, fingerprint, full_text
from domain.errors import NetworkError
from domain.platforms import Capabilities, Platform
from publishing.platforms import metering
from publishing.platforms.base import (
    Access,
    MetricRow,
    OwnPost,
    Repeat,
    Send,
    instant,
    translated,
)
from publishing.platforms.x_api import XApi, XOptions
from publishing.platforms.x_errors import blames_media, error_for
from publishing.platforms.x_media import XUploads

BASE_URL = "https://api.x.com"
API_VERSION = "2"
IDS_PER_REQUEST = 100
PAGE = 10
"""Posts of a page: what it may cost is set aside before it is asked for."""
METRICS = {
    "impressions": ("impression_count",),
    "likes": ("like_count",),
    "comments": ("reply_count",),
    "saves": ("bookmark_count",),
}
SHARES = (("repost_count", "retweet_count"), ("quote_count",))
"""Shares are reposts and quotes; spec 2.167 renamed retweets to reposts, both are read."""
MEDIA_LINK = re.compile(r"https://(x|twitter)\.com/\w+/status/\d+/(photo|video)/\d+")
"""What X appends to the text of a post with media; it was never written."""


@dataclass(frozen=True, slots=True)
class _Page:
    posts: list[dict[str, Any]]
    authors: dict[str, str]


class X:
    """One account on X. It holds no key beforehand; an identical text is refused for a while."""

    platform = Platform.X

    capabilities = Capabilities(
        text_only=True,
        images=4,
        video=True,
        alt_text=True,
        threads=True,
        replies=True,
        hide=True,
        delete=True,
        own_posts=True,
        inbound=True,
        metrics=frozenset({"impressions", "likes", "comments", "shares", "saves"}),
        source="X API v2, OpenAPI 2.167",
    )

    def __init__(self, access: Access, options: XOptions | None = None) -> None:
        self.handle = access.account.handle
        self.account = access.account.id
        self._clock = access.clock
        self._options = options or XOptions()
        self._api = XApi(access)
        self._uploads = XUploads(
            self._api, media=access.media, clock=access.clock, options=self._options
        )
        self._user_id = access.account.user_id

    def __repr__(self) -> str:
        return f"X({self.handle!r})"

    def make_key(self, at: datetime, delivery_id: str) -> None:
        """X lets no key be held beforehand."""

    def publish(self, send: Send) -> PublishResult:
        """Make the change by one request, after the files. Raises leaves of NetworkError."""
        path = f"/2/tweets/{send.payload.target}"
        match send.kind:
            case DeliveryKind.HIDE:
                self._api.ask("PUT", f"{path}/hidden", changes=True, json={"hidden": True})
                return self._result(str(send.payload.target), send.created_at)
            case DeliveryKind.DELETE:
                self._api.answer("DELETE", path, changes=True, expect=(404,))
                return self._result(str(send.payload.target), send.created_at)
        body = _body(send.payload)
        if send.payload.media:
            body["media"] = {"media_ids": self._uploads.ready(send)}
        return self._result(self._post(send, body), send.created_at)

    def look_up(
        self, send: Send, *, since: datetime, taken: frozenset[str] = frozenset()
    ) -> PublishResult | Repeat | None:
        """The own post since `since` with this fingerprint and parent; None where there is none.

        Hiding and deleting may be repeated without harm, so they need no look-up.
        """
        if send.kind in (DeliveryKind.HIDE, DeliveryKind.DELETE):
            return Repeat.HARMLESS
        found = [
            post
            for post in self.own_posts(since)
            if fingerprint(post.text) == send.fingerprint
            and post.in_reply_to == send.payload.reply_to
            and post.platform_id not in taken
        ]
        if not found:
            return None
        return self._result(found[-1].platform_id, found[-1].created_at, adopted=True)

    def metrics(self, platform_ids: Sequence[str]) -> list[MetricRow]:
        """Public counts of own posts; `views` and `clicks` need other fields and stay None."""
        rows: list[MetricRow] = []
        now = self._clock.now()
        for start in range(0, len(platform_ids), IDS_PER_REQUEST):
            ids = ",".join(platform_ids[start : start + IDS_PER_REQUEST])
            query = {"ids": ids, self._options.fields: "public_metrics"}
            with (
                _kept(rows),
                metering.page(own_read=ids.count(",") + 1) as read,
                translated(self.account, changes_something=False),
            ):
                posts = self._api.get("/2/tweets", **query).get("data") or []
                read["own_read"] = [str(post["id"]) for post in posts]
                rows += [self._metric_row(post, now) for post in posts]
        return rows

    def inbound(self, *, since: datetime) -> list[InboundMessage]:
        """Mentions of the account since then (replies mention it too), oldest first."""
        return self._mentions(since=since)

    def inbound_before(self, before: str, *, since: datetime) -> list[InboundMessage]:
        """The same below a post of that id, where an earlier reading was broken off."""
        return self._mentions(since=since, until_id=before)

    def _mentions(self, *, since: datetime, **query: str) -> list[InboundMessage]:
        path, me, now = f"/2/users/{self._me()}/mentions", self._me(), self._clock.now()
        messages: list[InboundMessage] = []
        last = query.get("until_id")
        try:
            with translated(self.account, changes_something=False):
                pages = self._pages(path, "read", since=since, expansions="author_id", **query)
                for page in pages:
                    messages += [
                        self._message(post, page.authors, now)
                        for post in page.posts
                        if post.get("author_id") != me
                    ]
                    last = str(page.posts[-1]["id"]) if page.posts else last
        except NetworkError as exc:  # each page is paid for: what came is not to be read again
            exc.read, exc.before = tuple(messages), last
            raise
        return sorted(messages, key=lambda message: message.created_at)

    def own_posts(self, since: datetime) -> list[OwnPost]:
        """The account's own posts since then, newest first, reposts left out."""
        path = f"/2/users/{self._me()}/tweets"
        pages = self._pages(path, "own_read", since=since, exclude="retweets")
        with translated(self.account, changes_something=False):
            return [self._own(post) for page in pages for post in page.posts]

    def close(self) -> None:
        """Give the connections back."""
        self._api.close()

    def _post(self, send: Send, body: dict[str, Any]) -> str:
        response = self._api.answer("POST", "/2/tweets", changes=True, expect=(400,), json=body)
        if response.status_code == 400:
            if "media" in body and blames_media(response):
                self._uploads.renew(send)
            now = self._clock.now()
            raise error_for(response, self.account, changes_something=True, now=now)
        with translated(self.account, changes_something=True):
            return str(response.json()["data"]["id"])

    def _me(self) -> str:
        if self._user_id is None:
            with (
                metering.page(user_read=1) as read,
                translated(self.account, changes_something=False),
            ):
                self._user_id = str(self._api.get("/2/users/me")["data"]["id"])
                read["user_read"] = [self._user_id]
        return self._user_id

    def _pages(self, path: str, kind: str, *, since: datetime, **query: str) -> Iterator[_Page]:
        start = since.astimezone(UTC).replace(microsecond=0)
        query |= {"max_results": str(PAGE), "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ")}
        query[self._options.fields] = self._options.wanted
        most = {kind: PAGE} | ({"user_read": PAGE} if "expansions" in query else {})
        while True:
            with metering.page(**most) as read, translated(self.account, changes_something=False):
                answer = self._api.get(path, **query)
                posts = answer.get("data") or []
                users = (answer.get("includes") or {}).get("users") or []
                read[kind] = [str(post["id"]) for post in posts]
                read["user_read"] = [str(user["id"]) for user in users]
                page = _Page(posts, {u["id"]: u["username"] for u in users})
            yield page
            token = (answer.get("meta") or {}).get("next_token")
            if not token:
                return
            query["pagination_token"] = token

    def _result(self, post_id: str, at: datetime, *, adopted: bool = False) -> PublishResult:
        return PublishResult(
            platform=self.platform,
            account=self.account,
            platform_id=post_id,
            url=f"https://x.com/{self.handle}/status/{post_id}",
            published_at=at,
            adopted=adopted,
        )

    def _own(self, post: dict[str, Any]) -> OwnPost:
        return OwnPost(
            platform_id=str(post["id"]),
            text=_plain_text(post),
            created_at=instant(post["created_at"]),
            in_reply_to=_parent(post),
            url=f"https://x.com/{self.handle}/status/{post['id']}",
        )

    def _message(
        self, post: dict[str, Any], authors: dict[str, str], now: datetime
    ) -> InboundMessage:
        return InboundMessage(
            platform=self.platform,
            account=self.account,
            message_id=str(post["id"]),
            platform_ref=str(post["id"]),
            author=authors.get(post.get("author_id", ""), post.get("author_id")),
            text=_plain_text(post),
            created_at=instant(post["created_at"]),
            received_at=now,
            in_reply_to=_parent(post),
            thread_root=post.get("conversation_id"),
        )

    def _metric_row(self, post: dict[str, Any], now: datetime) -> MetricRow:
        given = post.get("public_metrics") or {}
        counts = {name: _count(given, names) for name, names in METRICS.items()}
        parts = [_count(given, names) for names in SHARES]
        known = [value for value, _ in parts if value is not None]
        counts["shares"] = (
            sum(known) if len(known) == len(parts) else None,
            "+".join(name for _, name in parts),
        )
        return MetricRow(
            platform=self.platform,
            account=self.account,
            post_id=str(post["id"]),
            observed_at=now,
            api_version=API_VERSION,
            counts=counts,
        )


@contextmanager
def _kept(rows: Sequence[MetricRow]) -> Iterator[None]:
    """Have an error carry what was read before."""
    try:
        yield
    except NetworkError as exc:
        exc.read = tuple(rows)
        raise


def _body(payload: Payload) -> dict[str, Any]:
    body: dict[str, Any] = {}
    if text := full_text(payload):
        body["text"] = text
    if payload.reply_to:
        body["reply"] = {"in_reply_to_tweet_id": payload.reply_to}
    labels = {
        "made_with_ai": payload.made_with_ai,
        "paid_partnership": payload.paid_partnership,
    }
    return body | {name: True for name, is_so in labels.items() if is_so}


def _count(given: dict[str, Any], names: tuple[str, ...]) -> tuple[int | None, str]:
    name = next((name for name in names if given.get(name) is not None), names[0])
    value = given.get(name)
    return (int(value) if value is not None else None, name)


def _parent(post: dict[str, Any]) -> str | None:
    references = post.get("referenced_tweets") or post.get("referenced_posts") or []
    return next((str(r["id"]) for r in references if r.get("type") == "replied_to"), None)


def _plain_text(post: dict[str, Any]) -> str:
    """The text as it was written: t.co links expanded, the media's own left out, escapes undone."""
    text = str(post.get("text", ""))
    for link in (post.get("entities") or {}).get("urls") or []:
        full = link.get("expanded_url") or link["url"]
        text = text.replace(link["url"], "" if MEDIA_LINK.fullmatch(full) else full)
    return html.unescape(text.rstrip())
