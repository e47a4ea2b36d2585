"""Mastodon: posts under an idempotency key, replies, look-up, metrics and mentions."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from domain.allowances import allowance
from domain.brand import Visibility
from domain.community import InboundMessage
from domain.deliveries import DeliveryKind, Payload, PublishResult, fingerprint, full_text
from domain.errors import Rejected
from domain.platforms import Capabilities, Platform
from publishing.platforms.base import Access, MetricRow, OwnPost, Repeat, Send
from publishing.platforms.html_text import plain_text
from publishing.platforms.mastodon_api import MastodonApi, Query
from publishing.platforms.mastodon_entities import (
    Configuration,
    Instance,
    Notification,
    Person,
    Source,
    Status,
)
from publishing.platforms.mastodon_media import Uploads, check

BASE_URL = "https://mastodon.social"
API_VERSION = "v1"
KEYS = uuid.UUID("5f0c3c1e-6d0b-5a52-9c0f-6f1a3f2d7b10")
"""The name space of idempotency keys: one delivery always has the same."""
KEY_LIVES = timedelta(minutes=50)
"""The server keeps a key for an hour after the post was made."""
IDS_PER_REQUEST = 20
"""Statuses asked for at once; the server's limit is not documented [M]."""
STATUSES = "/api/v1/statuses"
WIDEST_FIRST = ("public", "unlisted", "private", "direct")
VISIBILITY = dict(zip(Visibility, WIDEST_FIRST, strict=True))
METRICS = {"likes": "favourites_count", "comments": "replies_count"}
_log = structlog.get_logger(__name__)


class Mastodon:
    """One account on one Mastodon server.

    A post carries an idempotency key made from its delivery: for an hour the server answers a
    repeat with the post that is there. What the account may do is read from the server.
    """

    platform = Platform.MASTODON

    capabilities = Capabilities(
        text_only=True,
        images=4,
        video=True,
        alt_text=True,
        threads=True,
        replies=True,
        hide=False,
        instead_of_hiding="mute or report its author",
        delete=True,
        own_posts=True,
        inbound=True,
        metrics=frozenset({"likes", "comments", "shares"}),
        source="Mastodon API documentation, July 2026",
    )

    def __init__(self, access: Access) -> None:
        self.handle = access.account.handle
        self.account = access.account.id
        self._clock = access.clock
        self._visibility = VISIBILITY[access.account.visibility]
        self._user_id = access.account.user_id
        self._api = MastodonApi(access)
        self._uploads = Uploads(self._api, media=access.media, clock=access.clock)
        self.options = access.account.options
        self._rules: Configuration | None = None

    def __repr__(self) -> str:
        return f"Mastodon({self.handle!r})"

    def make_key(self, at: datetime, delivery_id: str) -> str:  # noqa: ARG002
        """The idempotency key: a UUID of the delivery."""
        return str(uuid.uuid5(KEYS, delivery_id))

    def rules(self) -> Configuration:
        """What this server takes, read once; a server before 4.0 is taken for a stock one."""
        if self._rules is None:
            response = self._api.ask("GET", "/api/v2/instance", expect=(404,))
            known = response.status_code == 200
            self._rules = (
                self._api.read(Instance, response).configuration if known else Configuration()
            )
        return self._rules

    def foretell(self) -> str | None:
        """Whether the server takes texts as long as posts are held to here.

        Raises:
            Rejected: it takes shorter ones.
        """
        there = self.rules().statuses.max_characters
        here = allowance(self.platform, self.options).text.length
        if there == here:
            return None
        remedy = f"set `options: {{max_characters: {there}}}` at the account in the brand file"
        if there < here:
            raise Rejected(
                f"{self.account}: the server takes {there} characters, not {here}; {remedy}"
            )
        held = f"posts are held to {here} characters, the server takes {there}"
        return f"{self.account}: {held}; {remedy}"

    def publish(self, send: Send) -> PublishResult:
        """Make the change; files go first. Raises leaves of NetworkError."""
        match send.kind:
            case DeliveryKind.HIDE:
                raise Rejected(f"{self.account} cannot hide a reply; mute or report its author")
            case DeliveryKind.DELETE:
                target = str(send.payload.target)
                self._api.ask("DELETE", f"{STATUSES}/{target}", is_public=True, expect=(404,))
                return self._result(target, None, send.created_at)
        body = self._body(send.payload)
        if send.payload.media:
            check(send.payload.media, self.rules(), self.account)
            body["media_ids"] = self._uploads.ready(send)
        status = self._post(send, body)
        if status.visibility not in (None, body["visibility"]):
            _log.warning(
                "the server changed who can see a post",
                account=self.account,
                asked=body["visibility"],
                given=status.visibility,
            )
        return self._result(status.id, status.url, send.created_at)

    def look_up(
        self, send: Send, *, since: datetime, taken: frozenset[str] = frozenset()
    ) -> PublishResult | Repeat | None:
        """The own post since `since` with this source text and parent; None where there is none.

        Nothing is sent again to find out, key or no key; while the server knows the key, a repeat
        comes to the same post, even beside a request under way. So does a deletion.
        """
        if send.kind in (DeliveryKind.HIDE, DeliveryKind.DELETE):
            return Repeat.HARMLESS
        for status in reversed(list(self._own(since))):
            if status.id in taken or status.in_reply_to_id != send.payload.reply_to:
                continue
            if self._says(status.id, send.fingerprint):
                return self._result(status.id, status.url, status.created_at, adopted=True)
        return Repeat.HARMLESS if self._clock.now() < since + KEY_LIVES else None

    def metrics(self, platform_ids: Sequence[str]) -> list[MetricRow]:
        """Counts as the home server knows them; Mastodon counts no views, reach or clicks."""
        rows: list[MetricRow] = []
        now = self._clock.now()
        for start in range(0, len(platform_ids), IDS_PER_REQUEST):
            ids = platform_ids[start : start + IDS_PER_REQUEST]
            rows += [self._metric_row(status, now) for status in self._statuses(ids)]
        return rows

    def inbound(self, *, since: datetime) -> list[InboundMessage]:
        """Mentions since then (replies mention the account too), oldest first."""
        me, now, messages = self._me(), self._clock.now(), []
        query = [("types[]", "mention"), ("limit", "80")]
        for page in self._api.pages(Notification, "/api/v1/notifications", query):
            fresh = [one for one in page if one.created_at >= since]
            messages += [
                self._message(one.status, one.account or one.status.account, now)
                for one in fresh
                if one.status is not None and _author(one) != me
            ]
            if len(fresh) < len(page):
                break
        return sorted(messages, key=lambda message: message.created_at)

    def own_posts(self, since: datetime) -> list[OwnPost]:
        """The account's own posts since then, newest first, boosts left out."""
        return [
            OwnPost(
                platform_id=status.id,
                text=plain_text(status.content),
                created_at=status.created_at,
                in_reply_to=status.in_reply_to_id,
                url=status.url,
            )
            for status in self._own(since)
        ]

    def close(self) -> None:
        """Give the connections back."""
        self._api.close()

    def _body(self, payload: Payload) -> dict[str, Any]:
        body: dict[str, Any] = {"status": full_text(payload), "visibility": self._visibility}
        if payload.language:
            body["language"] = payload.language
        if payload.reply_to:
            parent = self._api.get(Status, f"{STATUSES}/{payload.reply_to}")
            body["in_reply_to_id"] = parent.id
            body["visibility"] = _narrower(self._visibility, parent.visibility)
            body["status"] = self._addressed(body["status"], parent.account)
        return body

    def _addressed(self, text: str, author: Person | None) -> str:
        """The text with the handle of whom it answers: nobody else would be notified."""
        if author is None or author.id == self._me():
            return text
        words = text.casefold().split()
        handle = f"@{author.acct}"
        return text if handle.casefold() in words else f"{handle} {text}"

    def _post(self, send: Send, body: dict[str, Any]) -> Status:
        headers = {"idempotency-key": str(send.platform_key)}
        try:
            response = self._api.ask("POST", STATUSES, is_public=True, headers=headers, json=body)
        except Rejected:
            self._uploads.renew(send, body.get("media_ids", []))
            raise
        return self._api.read(Status, response, is_public=True)

    def _me(self) -> str:
        if self._user_id is None:
            self._user_id = self._api.get(Person, "/api/v1/accounts/verify_credentials").id
        return self._user_id

    def _own(self, since: datetime) -> Iterator[Status]:
        path = f"/api/v1/accounts/{self._me()}/statuses"
        query: Query = [("limit", "40"), ("exclude_reblogs", "true")]
        for page in self._api.pages(Status, path, query):
            fresh = [status for status in page if status.created_at >= since]
            yield from fresh
            if len(fresh) < len(page):
                return

    def _says(self, status_id: str, wanted: str) -> bool:
        """Whether a post was sent with this text, bare or behind the handle that it answers."""
        response = self._api.ask("GET", f"{STATUSES}/{status_id}/source", expect=(404,))
        if response.status_code == 404:
            return False  # deleted since the list was read
        text = self._api.read(Source, response).text
        first, _, rest = text.partition(" ")
        return wanted == fingerprint(text) or (
            first.startswith("@") and wanted == fingerprint(rest)
        )

    def _statuses(self, ids: Sequence[str]) -> list[Status]:
        query = [("id[]", one) for one in ids]
        response = self._api.ask("GET", STATUSES, params=query, expect=(404, 405))
        if response.status_code == 200:
            return self._api.read_all(Status, response)
        # before 4.3 they are asked for one by one
        answers = [self._api.ask("GET", f"{STATUSES}/{one}", expect=(404,)) for one in ids]
        return [self._api.read(Status, answer) for answer in answers if answer.status_code == 200]

    def _result(
        self, status_id: str, url: str | None, at: datetime, *, adopted: bool = False
    ) -> PublishResult:
        return PublishResult(
            platform=self.platform,
            account=self.account,
            platform_id=status_id,
            url=url,
            published_at=at,
            adopted=adopted,
        )

    def _message(self, status: Status, author: Person | None, now: datetime) -> InboundMessage:
        return InboundMessage(
            platform=self.platform,
            account=self.account,
            message_id=status.id,
            platform_ref=status.id,
            author=author.acct if author else None,
            text=plain_text(status.content),
            created_at=status.created_at,
            received_at=now,
            in_reply_to=status.in_reply_to_id,
        )

    def _metric_row(self, status: Status, now: datetime) -> MetricRow:
        counts: dict[str, tuple[int | None, str]] = {
            name: (getattr(status, theirs), theirs) for name, theirs in METRICS.items()
        }
        counts["shares"] = (status.reblogs_count, "reblogs_count")
        if status.reblogs_count is not None and status.quotes_count is not None:
            both = status.reblogs_count + status.quotes_count
            counts["shares"] = (both, "reblogs_count+quotes_count")
        return MetricRow(
            platform=self.platform,
            account=self.account,
            post_id=status.id,
            observed_at=now,
            api_version=API_VERSION,
            counts=counts,
        )


def _author(one: Notification) -> str | None:
    author = one.account or (one.status.account if one.status else None)
    return author.id if author else None


def _narrower(ours: str, theirs: str | None) -> str:
    known = [one for one in (ours, theirs) if one in WIDEST_FIRST]
    return max(known, key=WIDEST_FIRST.index)
