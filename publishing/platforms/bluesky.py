"""Bluesky (AT Protocol): posts under keys chosen beforehand, look-up, metrics, notifications."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.community import InboundMessage
from domain.deliveries import DeliveryKind, PublishResult, full_text
from domain.errors import FateUnknown, Rejected
from domain.platforms import Capabilities, Platform
from publishing.platforms.base import (
    Access,
    MetricRow,
    OwnPost,
    Repeat,
    Send,
    instant,
    translated,
)
from publishing.platforms.bluesky_media import BlueskyOptions, Embeds
from publishing.platforms.facets import facets
from publishing.platforms.tid import tid
from publishing.platforms.xrpc import Xrpc

BASE_URL = "https://bsky.social"
API_VERSION = "app.bsky"
POSTS = "app.bsky.feed.post"
GATES = "app.bsky.feed.threadgate"
URIS_PER_REQUEST = 25
CREATED_AT = "created_at"
SAME_FOR = timedelta(hours=1)
"""How long repeats of a delivery carry the same createdAt; after that it would go out backdated,
and `swapRecord` alone keeps it from being written twice."""
BACKDATED = timedelta(days=1)
"""How far back notifications are read besides: the AppView dates and orders each by the earlier of
its own time and the writer's, so a slow clock, or one set to another zone, puts a reply among those
that were read long ago."""
METRICS = {"likes": "likeCount", "comments": "replyCount", "saves": "bookmarkCount"}


class Bluesky:
    """One account on Bluesky. A post's key is fixed by its delivery, so it exists once."""

    platform = Platform.BLUESKY

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
        metrics=frozenset({"likes", "comments", "shares", "saves"}),
        source="AT Protocol lexicons app.bsky.*",
    )

    def __init__(self, access: Access, options: BlueskyOptions | None = None) -> None:
        self.handle = access.account.handle
        self.options = access.account.options
        self.account = access.account.id
        self._clock = access.clock
        self._pds = Xrpc(access)
        self._embeds = Embeds(self._pds, access, options or BlueskyOptions())

    def __repr__(self) -> str:
        return f"Bluesky({self.handle!r})"

    def make_key(self, at: datetime, delivery_id: str) -> str:
        """The record key: a TID of the planned instant and the delivery."""
        return tid(at, delivery_id)

    def publish(self, send: Send) -> PublishResult:
        """Make the change by one request, after the files. Raises leaves of NetworkError."""
        match send.kind:
            case DeliveryKind.HIDE:
                return self._hide(send)
            case DeliveryKind.DELETE:
                uri = _uri(str(send.payload.target))
                place = {"repo": self._pds.did, "collection": POSTS, "rkey": _rkey(uri)}
                self._pds.post("com.atproto.repo.deleteRecord", place)
                return self._result(uri, send.created_at)
        answer = self._pds.post(
            "com.atproto.repo.putRecord",
            {
                "repo": self._pds.did,
                "collection": POSTS,
                "rkey": send.platform_key,
                "swapRecord": None,  # another record under this key is refused, not overwritten
                "record": self._record(send),
            },
            expect=("BlobNotFound",),
        )
        if answer.get("error"):
            self._embeds.renew(send)
        if not answer.get("uri"):
            raise FateUnknown(f"{self.account} gave no address for the post; it is looked up")
        return self._result(str(answer["uri"]), send.created_at)

    def look_up(
        self,
        send: Send,
        *,
        since: datetime,  # noqa: ARG002 - a record is found by its key alone
        taken: frozenset[str] = frozenset(),  # noqa: ARG002
    ) -> PublishResult | Repeat | None:
        """The record under this send's key; None where there is none.

        Hiding and deleting may be repeated without harm, so they need no look-up.
        """
        if send.kind in (DeliveryKind.HIDE, DeliveryKind.DELETE):
            return Repeat.HARMLESS
        record = self._get_record(POSTS, str(send.platform_key))
        if record is None:
            return None
        return self._result(str(record["uri"]), send.created_at, adopted=True)

    def metrics(self, platform_ids: Sequence[str]) -> list[MetricRow]:
        """Counts as the AppView has them; Bluesky counts no impressions, clicks or reach."""
        rows, now = [], self._clock.now()
        for start in range(0, len(platform_ids), URIS_PER_REQUEST):
            uris = [_uri(one) for one in platform_ids[start : start + URIS_PER_REQUEST]]
            answer = self._pds.get("app.bsky.feed.getPosts", uris=uris)
            with translated(self.account, changes_something=False):
                rows += [self._metric_row(post, now) for post in answer["posts"]]
        return rows

    def inbound(self, *, since: datetime) -> list[InboundMessage]:
        """Replies, mentions and quotes since then and of a day before, oldest first."""
        with translated(self.account, changes_something=False):
            notifications = list(self._notifications(since - BACKDATED))
            now = self._clock.now()
            messages = [self._message(one, now) for one in notifications]
        return sorted(messages, key=lambda message: message.created_at)

    def own_posts(self, since: datetime) -> list[OwnPost]:
        """The account's own posts since then, newest first."""
        with translated(self.account, changes_something=False):
            return [self._own(record) for record in self._records(since)]

    def close(self) -> None:
        """Give the connections back."""
        self._embeds.close()
        self._pds.close()

    def _record(self, send: Send) -> dict[str, Any]:
        text = full_text(send.payload)
        record: dict[str, Any] = {"$type": POSTS, "text": text, "createdAt": _created_at(send)}
        if send.payload.language:
            record["langs"] = [send.payload.language]
        if found := facets(text, did_of=self._did_of):
            record["facets"] = found
        if send.payload.reply_to:
            parent = send.payload.reply_to
            root = send.payload.reply_root or parent
            record["reply"] = {"root": self._reference(root), "parent": self._reference(parent)}
        if embed := self._embeds.embed(send):
            record["embed"] = embed
        return record

    def _reference(self, reference: str) -> dict[str, str]:
        uri, _, cid = reference.partition("#")
        return {"uri": uri, "cid": cid or self._cid(uri)}

    def _cid(self, uri: str) -> str:
        """The CID of a post as it stands: an own one from the repository, which never lags."""
        if uri.startswith(f"at://{self._pds.did}/{POSTS}/"):
            found = self._get_record(POSTS, _rkey(uri))
        else:
            posts = self._pds.get("app.bsky.feed.getPosts", uris=[uri]).get("posts") or []
            found = posts[0] if posts else None
        if not found or not found.get("cid"):
            raise Rejected(f"{uri}, which is to be answered, is gone; leave the reply out")
        return str(found["cid"])

    def _did_of(self, handle: str) -> str | None:
        try:
            answer = self._pds.get("com.atproto.identity.resolveHandle", handle=handle)
        except Rejected:
            return None
        did = answer.get("did")
        return str(did) if did else None

    def _hide(self, send: Send) -> PublishResult:
        target, root = _uri(str(send.payload.target)), _uri(str(send.payload.reply_root))
        stored = self._get_record(GATES, _rkey(root))
        gate = dict(stored["value"]) if stored else {"createdAt": _timestamp(send.created_at)}
        hidden = gate.get("hiddenReplies") or []
        if target not in hidden:
            gate |= {"$type": GATES, "post": root, "hiddenReplies": [*hidden, target]}
            body = {"repo": self._pds.did, "collection": GATES, "rkey": _rkey(root)}
            self._pds.post("com.atproto.repo.putRecord", body | {"record": gate})
        return self._result(target, send.created_at)

    def _get_record(self, collection: str, rkey: str) -> dict[str, Any] | None:
        where = {"repo": self._pds.did, "collection": collection, "rkey": rkey}
        absent = "RecordNotFound"
        answer = self._pds.get("com.atproto.repo.getRecord", expect=(absent,), **where)
        if answer.get("error") == absent:
            return None
        with translated(self.account, changes_something=False):
            return answer | {"uri": str(answer["uri"]), "value": dict(answer["value"])}

    def _notifications(self, since: datetime) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {"limit": 100, "reasons": ["reply", "mention", "quote"]}
        while True:
            answer = self._pds.get("app.bsky.notification.listNotifications", **query)
            for one in answer["notifications"]:
                if instant(one["indexedAt"]) < since:
                    return
                if one["reason"] in query["reasons"]:
                    yield one
            if not answer.get("cursor"):
                return
            query["cursor"] = answer["cursor"]

    def _records(self, since: datetime) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {"repo": self._pds.did, "collection": POSTS, "limit": 100}
        while True:
            answer = self._pds.get("com.atproto.repo.listRecords", **query)
            for record in answer["records"]:
                if instant(record["value"]["createdAt"]) < since:
                    return
                yield record
            if not answer.get("cursor"):
                return
            query["cursor"] = answer["cursor"]

    def _result(self, uri: str, at: datetime, *, adopted: bool = False) -> PublishResult:
        return PublishResult(
            platform=self.platform,
            account=self.account,
            platform_id=uri,
            url=self._url(uri),
            published_at=at,
            adopted=adopted,
        )

    def _url(self, uri: str) -> str:
        return f"https://bsky.app/profile/{self.handle}/post/{_rkey(uri)}"

    def _own(self, record: dict[str, Any]) -> OwnPost:
        reply = record["value"].get("reply")
        return OwnPost(
            platform_id=record["uri"],
            text=record["value"]["text"],
            created_at=instant(record["value"]["createdAt"]),
            in_reply_to=reply["parent"]["uri"] if reply else None,
            url=self._url(record["uri"]),
        )

    def _message(self, one: dict[str, Any], now: datetime) -> InboundMessage:
        reply, author = one["record"].get("reply"), one.get("author") or {}
        return InboundMessage(
            platform=self.platform,
            account=self.account,
            message_id=one["uri"],
            platform_ref=f"{one['uri']}#{one['cid']}",
            author=author.get("handle") or author.get("did"),
            text=one["record"].get("text", ""),
            created_at=instant(one["indexedAt"]),  # never after the AppView saw it
            received_at=now,
            in_reply_to=_strong(reply["parent"]) if reply else None,
            thread_root=_strong(reply["root"]) if reply else None,
        )

    def _metric_row(self, post: dict[str, Any], now: datetime) -> MetricRow:
        counts: dict[str, tuple[int | None, str]] = {
            name: (post.get(theirs), theirs) for name, theirs in METRICS.items()
        }
        parts = [post.get("repostCount"), post.get("quoteCount")]
        known = [part for part in parts if part is not None]
        counts["shares"] = (
            sum(known) if len(known) == len(parts) else None,
            "repostCount+quoteCount",
        )
        counts["impressions"] = (None, "")
        return MetricRow(
            platform=self.platform,
            account=self.account,
            post_id=post["uri"],
            observed_at=now,
            api_version=API_VERSION,
            counts=counts,
        )


def _created_at(send: Send) -> str:
    """The creation time of the record: kept, so that a repeat is the same record and a no-op."""
    kept = send.steps.get(CREATED_AT)
    if kept and send.created_at - instant(kept) < SAME_FOR:
        return kept
    fresh = _timestamp(send.created_at)
    send.keep(CREATED_AT, fresh)
    return fresh


def _timestamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _uri(reference: str) -> str:
    return reference.partition("#")[0]


def _rkey(uri: str) -> str:
    return _uri(uri).rsplit("/", 1)[-1]


def _strong(reference: dict[str, str]) -> str:
    return f"{reference['uri']}#{reference['cid']}"
