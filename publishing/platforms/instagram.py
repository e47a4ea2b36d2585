"""Instagram (Graph API): containers published once, comments, look-up and insights."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from domain.community import InboundMessage
from domain.deliveries import DeliveryKind, PublishResult, fingerprint, full_text
from domain.errors import (
    FateUnknown,
    InWork,
    NetworkError,
    Processing,
    RateLimited,
    Rejected,
    Unreachable,
)
from domain.platforms import Capabilities, Platform
from publishing.platforms.base import (
    FORGOTTEN,
    Access,
    MetricRow,
    OwnPost,
    Repeat,
    Send,
    translated,
)
from publishing.platforms.graph import Graph, GraphOptions
from publishing.platforms.graph_errors import Meaning, is_absent, meaning_of
from publishing.platforms.graph_insights import Insights
from publishing.platforms.instagram_containers import (
    CONTAINER,
    ERROR,
    FINISHED,
    IN_PROGRESS,
    PUBLISHED,
    Containers,
)
from publishing.platforms.instagram_reads import Reads
from publishing.platforms.instagram_views import counts, message, own_post
from publishing.platforms.steps import Steps

BASE_URL = "https://graph.instagram.com"
"""Instagram Login. An account that came by Facebook Login has base_url https://graph.facebook.com
and can also delete posts and upload the bytes of videos."""
METRICS = {
    "FEED": ("views", "reach", "likes", "comments", "shares", "saved", "link_clicks"),
    "REELS": ("views", "reach", "likes", "comments", "shares", "saved", "reposts"),
}
"""By media_product_type; `link_clicks` and `reposts` are not offered to every account."""


class Instagram:
    """One professional account. A post's container can be published once and never again."""

    platform = Platform.INSTAGRAM

    def __init__(self, access: Access, options: GraphOptions = GraphOptions()) -> None:  # noqa: B008
        self.handle = access.account.handle
        self.account = access.account.id
        self._clock = access.clock
        self._graph = Graph(access, options)
        self._insights = Insights(self._graph)
        self._reads = Reads(self._graph, me=self._me)
        self._containers = Containers(self._graph, media=access.media, clock=access.clock)
        self._user_id = access.account.user_id

    def __repr__(self) -> str:
        return f"Instagram({self.handle!r})"

    @property
    def capabilities(self) -> Capabilities:
        """What this account can do; posts are deleted only with Facebook Login."""
        return Capabilities(
            text_only=False,
            images=10,
            video=True,
            alt_text=True,
            threads=False,
            replies=True,
            hide=True,
            delete=not self._graph.is_instagram_login,
            own_posts=True,
            inbound=True,
            metrics=frozenset({"reach", "views", "likes", "comments", "shares", "saves", "clicks"}),
            source="Instagram Platform, Graph API v25.0",
        )

    def make_key(self, at: datetime, delivery_id: str) -> None:
        """The key is the container, and Instagram gives it only on the way."""

    def publish(self, send: Send) -> PublishResult:
        """Make the change. Raises leaves of NetworkError."""
        target = str(send.payload.target)
        match send.kind:
            case DeliveryKind.HIDE:
                self._graph.change(target, {"hide": "true"})
                return self._result(target, send.created_at)
            case DeliveryKind.DELETE:
                self._graph.remove(target)
                return self._result(target, send.created_at)
            case DeliveryKind.REPLY:
                return self._reply(send)
        if send.payload.reply_to:  # a first comment is planned as a post that answers one
            return self._reply(send)
        return self._post(send)

    def look_up(
        self, send: Send, *, since: datetime, taken: frozenset[str] = frozenset()
    ) -> PublishResult | Repeat | None:
        """What this send made, or None where there is none now.

        Nothing is public before its container is kept, and a container can be published once: one
        that still waits may be asked for again. One that was published, or is too old to tell, is
        searched among the own posts. Hiding and deleting may be repeated without harm.
        """
        if send.kind in (DeliveryKind.HIDE, DeliveryKind.DELETE):
            return Repeat.HARMLESS
        if send.payload.reply_to:
            return self._found_reply(send, since, taken)
        steps = Steps(send)
        container = steps.get(CONTAINER)
        if container is None and steps.get(FORGOTTEN):
            return self._found_post(send, since, taken)
        state = self._containers.state(container).code if container else ERROR
        if state in (FINISHED, IN_PROGRESS, ERROR):
            return Repeat.HARMLESS
        found = self._found_post(send, since, taken)
        if found is None and state == PUBLISHED:
            raise Processing(
                f"{self.account} says that it is published, but does not list it yet; it is asked "
                "again by itself",
                until=self._clock.now() + self._graph.options.poll_picture,
            )
        return found

    def metrics(self, platform_ids: Sequence[str]) -> list[MetricRow]:
        """Insights of posts that still exist; they come up to 48 hours late."""
        now = self._clock.now()
        rows = (self._metric_row(media_id, now) for media_id in platform_ids)
        return [row for row in rows if row is not None]

    def inbound(self, *, since: datetime) -> list[InboundMessage]:
        """Comments since then below the posts of the last days, oldest first."""
        me, start = self._me(), since.replace(microsecond=0)
        opened = since - timedelta(days=self._graph.options.inbound_days)
        found = self._reads.discussed(opened)
        now = self._clock.now()
        messages = [
            message(one, media_id=media_id, account=self.account, received_at=now)
            for media_id, one in found
            if one.created_at >= start and not one.is_by(me, self.handle)
        ]
        return sorted(messages, key=lambda one: one.created_at)

    def own_posts(self, since: datetime) -> list[OwnPost]:
        """The account's own posts since then, newest first."""
        with translated(self.account, changes_something=False):
            return [own_post(media) for media in self._reads.media(since)]

    def close(self) -> None:
        """Give the connections back."""
        self._graph.close()

    def _post(self, send: Send) -> PublishResult:
        if not send.steps.get(CONTAINER):
            self._check_quota()
        container, state = self._containers.ready(send, user=self._me())
        if state == PUBLISHED:
            raise InWork(f"{self.account} has published it already; it is looked up")
        try:
            answer = self._graph.post(
                f"{self._me()}/media_publish", {"creation_id": container}, public=True
            )
        except Unreachable as exc:
            if meaning_of(exc) is not Meaning.RENEW:
                raise
            self._containers.failed(send, str(exc))
            until = self._clock.now() + self._graph.options.poll_picture
            raise Processing(f"{exc}; its container is looked at again", until=until) from exc
        return self._result(self._id(answer), send.created_at, url=self._permalink(answer["id"]))

    def _reply(self, send: Send) -> PublishResult:
        payload = send.payload
        if payload.media:
            raise Rejected(f"{self.account} takes no files in comments; leave them out")
        is_first = payload.reply_to == payload.reply_root
        path = f"{payload.reply_to}/{'comments' if is_first else 'replies'}"
        answer = self._graph.post(path, {"message": full_text(payload)}, public=True)
        return self._result(self._id(answer), send.created_at)

    def _id(self, answer: dict[str, Any]) -> str:
        if not answer.get("id"):
            raise FateUnknown(f"{self.account} gave no id; it is looked up")
        return str(answer["id"])

    def _permalink(self, media_id: str) -> str | None:
        try:
            link = self._graph.get(str(media_id), fields="permalink").get("permalink")
        except NetworkError:  # it is out: the link is a convenience
            return None
        return str(link) if link else None

    def _check_quota(self) -> None:
        """Read how much of the day is used up, before a container is made for nothing.

        Raises:
            RateLimited: until the oldest post of the window leaves it.
        """
        path = f"{self._me()}/content_publishing_limit"
        answer = self._graph.get(path, fields="quota_usage,config")
        with translated(self.account, changes_something=False):
            limit = (answer.get("data") or [{}])[0]
            used, config = limit.get("quota_usage"), limit.get("config") or {}
            total = config.get("quota_total")
            window = timedelta(seconds=int(config.get("quota_duration") or 86_400))
        if used is None or total is None or used < total:
            return
        now = self._clock.now()
        oldest = min((post.created_at for post in self.own_posts(now - window)), default=now)
        until = max(oldest + window, now + self._graph.options.unsaid_wait)
        raise RateLimited(
            f"{self.account} has used {used} of {total} posts of this day; it waits until "
            f"{until.isoformat()}",
            until=until,
        )

    def _found_post(
        self, send: Send, since: datetime, taken: frozenset[str]
    ) -> PublishResult | None:
        found = [
            post
            for post in self.own_posts(since)
            if fingerprint(post.text) == send.fingerprint and post.platform_id not in taken
        ]
        if not found:
            return None
        return self._result(
            found[-1].platform_id, found[-1].created_at, url=found[-1].url, adopted=True
        )

    def _found_reply(
        self, send: Send, since: datetime, taken: frozenset[str]
    ) -> PublishResult | None:
        me, start = self._me(), since.replace(microsecond=0)
        try:
            found = [
                one
                for one in self._reads.answers(self._edge(send))
                if one.is_by(me, self.handle)
                and one.created_at >= start
                and fingerprint(one.text) == send.fingerprint
                and one.id not in taken
            ]
        except Rejected as exc:
            if is_absent(exc):  # what it would answer is gone, and everything below it
                return None
            raise
        if not found:
            return None
        oldest = min(found, key=lambda one: one.created_at)
        return self._result(oldest.id, oldest.created_at, adopted=True)

    def _edge(self, send: Send) -> str:
        """Where this reply belongs: Instagram keeps one level of replies."""
        target = str(send.payload.reply_to)
        if send.payload.reply_to == send.payload.reply_root:
            return f"{target}/comments"
        above = self._graph.get(target, fields="parent_id").get("parent_id")
        return f"{above or target}/replies"

    def _metric_row(self, media_id: str, now: datetime) -> MetricRow | None:
        try:
            media = self._graph.get(media_id, fields="media_product_type,like_count,comments_count")
            kind = str(media.get("media_product_type") or "FEED")
            wanted = METRICS.get(kind, METRICS["FEED"])
            given = self._insights.read(f"{media_id}/insights", wanted, kind=kind)
        except Rejected as exc:
            if is_absent(exc):
                return None
            raise
        return MetricRow(
            platform=self.platform,
            account=self.account,
            post_id=media_id,
            observed_at=now,
            api_version=self._graph.options.version,
            counts=counts(given, media),
        )

    def _me(self) -> str:
        if self._user_id is None:
            if self._graph.is_instagram_login:
                found = self._graph.get("me", fields="user_id").get("user_id")
            else:  # the token is the Page's
                linked = self._graph.get("me", fields="instagram_business_account")
                found = (linked.get("instagram_business_account") or {}).get("id")
            if not found:
                raise Rejected(
                    f"{self.account} is no professional account of this token; connect it again, "
                    "or give its id as user_id in the brand file"
                )
            self._user_id = str(found)
        return self._user_id

    def _result(
        self, platform_id: str, at: datetime, *, url: str | None = None, adopted: bool = False
    ) -> PublishResult:
        return PublishResult(
            platform=self.platform,
            account=self.account,
            platform_id=platform_id,
            url=url,
            published_at=at,
            adopted=adopted,
        )
