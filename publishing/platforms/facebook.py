"""Facebook Pages (Graph API): posts, photos, videos, comments, look-up and insights."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.community import InboundMessage
from domain.deliveries import DeliveryKind, PublishResult, fingerprint, full_text
from domain.errors import FateUnknown, InWork, NetworkError, Processing, Rejected
from domain.media import Attachment
from domain.platforms import Capabilities, Platform
from publishing.platforms import facebook_videos as videos
from publishing.platforms import facebook_views as views
from publishing.platforms.base import (
    FORGOTTEN,
    Access,
    MetricRow,
    OwnPost,
    Repeat,
    Send,
    translated,
)
from publishing.platforms.facebook_reads import Reads
from publishing.platforms.graph import File, Graph, GraphOptions
from publishing.platforms.graph_errors import is_absent
from publishing.platforms.graph_insights import Insights
from publishing.platforms.media_files import content_of, name_of
from publishing.platforms.steps import Steps

BASE_URL = "https://graph.facebook.com"


class Facebook:
    """One Page. A post that may be live already is looked up: Facebook has no key for it."""

    platform = Platform.FACEBOOK

    capabilities = Capabilities(
        text_only=True,
        images=10,
        video=True,
        alt_text=True,
        threads=False,
        replies=True,
        hide=True,
        delete=True,
        own_posts=True,
        inbound=True,
        metrics=frozenset(
            {"impressions", "reach", "views", "likes", "comments", "shares", "clicks"}
        ),
        source="Pages API, Graph API v25.0; number of photos assumed",
    )

    def __init__(self, access: Access, options: GraphOptions = GraphOptions()) -> None:  # noqa: B008
        self.handle = access.account.handle
        self.account = access.account.id
        self._clock = access.clock
        self._media = access.media
        self._graph = Graph(access, options)
        self._insights = Insights(self._graph)
        self._reads = Reads(self._graph)
        self._videos = videos.Videos(self._graph, media=access.media)
        self._page_id = access.account.user_id

    def __repr__(self) -> str:
        return f"Facebook({self.handle!r})"

    def make_key(self, at: datetime, delivery_id: str) -> None:
        """Facebook lets no key be held beforehand."""

    def publish(self, send: Send) -> PublishResult:
        """Make the change. Raises leaves of NetworkError."""
        target = str(send.payload.target)
        match send.kind:
            case DeliveryKind.HIDE:
                self._hide(target)
                return self._result(target, send.created_at)
            case DeliveryKind.DELETE:
                self._graph.remove(target)
                return self._result(target, send.created_at)
        if send.payload.reply_to:
            return self._comment(send)
        files = send.payload.media
        if any(file.is_video for file in files):
            return self._video(send)
        if len(files) == 1:
            return self._photo(send, files[0])
        return self._feed(send)

    def look_up(
        self, send: Send, *, since: datetime, taken: frozenset[str] = frozenset()
    ) -> PublishResult | Repeat | None:
        """What this send made, or None where there is none now.

        A video is asked for by its id, all else is searched by text, time and place. Hiding and
        deleting may be repeated without harm.
        """
        if send.kind in (DeliveryKind.HIDE, DeliveryKind.DELETE):
            return Repeat.HARMLESS
        if send.payload.reply_to:
            return self._found_comment(send, since, taken)
        is_video = any(file.is_video for file in send.payload.media)
        if is_video and (send.steps.get(videos.FINISHING) or not send.steps.get(FORGOTTEN)):
            return self._found_video(send)
        found = [
            post
            for post in (
                self.own_posts(since) if is_video else self._reads.posts(since, page=self._page())
            )
            if fingerprint(post.text) == send.fingerprint and post.platform_id not in taken
        ]
        if not found:
            return None
        oldest = found[-1]
        return self._result(oldest.platform_id, oldest.created_at, url=oldest.url, adopted=True)

    def metrics(self, platform_ids: Sequence[str]) -> list[MetricRow]:
        """Counts of posts that still exist."""
        now = self._clock.now()
        rows = (self._metric_row(post_id, now) for post_id in platform_ids)
        return [row for row in rows if row is not None]

    def inbound(self, *, since: datetime) -> list[InboundMessage]:
        """Comments since then below the posts of the last days, oldest first."""
        page, opened = self._page(), since - timedelta(days=self._graph.options.inbound_days)
        found = self._reads.discussed(opened, since=since, page=page)
        now = self._clock.now()
        messages = [
            comment.message(post_id=post_id, account=self.account, received_at=now)
            for post_id, comment in found
            if comment.author_id != page
        ]
        return sorted(messages, key=lambda one: one.created_at)

    def own_posts(self, since: datetime) -> list[OwnPost]:
        """The Page's own posts and reels since then, newest first."""
        posts = {
            post.platform_id: post
            for post in [
                *self._reads.posts(since, page=self._page()),
                *self._reads.reels(since, page=self._page()),
            ]
        }
        return sorted(posts.values(), key=lambda post: post.created_at, reverse=True)

    def close(self) -> None:
        """Give the connections back."""
        self._graph.close()

    def _feed(self, send: Send) -> PublishResult:
        payload = send.payload
        form = {"message": full_text(payload)}
        if payload.media:
            photos = [{"media_fbid": one} for one in self._photos(send)]
            form["attached_media"] = json.dumps(photos)
        elif payload.link:
            form["link"] = payload.link
        answer = self._graph.post(f"{self._page()}/feed", form, public=True)
        return self._made(send, answer.get("id"))

    def _photos(self, send: Send) -> list[str]:
        """Photos that nobody sees until a post shows them."""
        steps = Steps(send)
        for at, file in enumerate(send.payload.media):
            name = f"photo.{at}"
            kept = steps.get(name)
            if kept and self._graph.exists(kept):
                continue
            form = {"published": "false"} | _alt(file)
            answer = self._graph.post(
                f"{self._page()}/photos", form, files={"source": self._file(file)}
            )
            with translated(self.account, changes_something=False):
                steps.keep(name, str(answer["id"]))
        return [str(steps.get(f"photo.{at}")) for at in range(len(send.payload.media))]

    def _photo(self, send: Send, file: Attachment) -> PublishResult:
        form = {"caption": full_text(send.payload)} | _alt(file)
        source = {"source": self._file(file)}
        answer = self._graph.post(f"{self._page()}/photos", form, public=True, files=source)
        return self._made(send, answer.get("post_id"))

    def _file(self, file: Attachment) -> File:
        return name_of(file), content_of(self._media, file, self.account), file.mime_type

    def _video(self, send: Send) -> PublishResult:
        page, steps = self._page(), Steps(send)
        if len(send.payload.media) > 1:
            raise Rejected(f"{self.account} takes one video and nothing beside; leave the rest out")
        if steps.get(videos.FINISHING):
            video = self._videos.look(str(steps.get(videos.VIDEO)), page=page)
            if video.state in (videos.LIVE, videos.WORKING, videos.FAILED):
                return self._settled(send, video, adopted=True)
            if video.state == videos.GONE:
                self._videos.forget(steps)
        self._videos.upload(steps, send.payload, page=page)
        self._videos.subtitle(steps, send.payload)
        self._videos.finish(steps, send.payload, page=page)
        try:
            video = self._videos.look(str(steps.get(videos.VIDEO)), page=page)
        except NetworkError as exc:
            raise FateUnknown(f"{self.account} has taken the video; it is looked up") from exc
        return self._settled(send, video)

    def _settled(self, send: Send, video: videos.Video, *, adopted: bool = False) -> PublishResult:
        """A video that is public, or will be: only a live one is a success."""
        if video.state == videos.FAILED:
            raise Rejected(f"{self.account} cannot process the video; give it as MP4 with H.264")
        if video.state != videos.LIVE:
            raise InWork(
                f"{self.account} has taken the video and works on it; it is looked up until it is "
                "live"
            )
        at = video.created_at or send.created_at
        return self._result(video.post_id, at, url=video.url, adopted=adopted)

    def _comment(self, send: Send) -> PublishResult:
        payload = send.payload
        if payload.media:
            raise Rejected(f"{self.account} takes no files in comments; leave them out")
        form = {"message": full_text(payload)}
        answer = self._graph.post(f"{payload.reply_to}/comments", form, public=True)
        return self._made(send, answer.get("id"), is_post=False)

    def _hide(self, comment_id: str) -> None:
        try:
            shown = self._graph.get(comment_id, fields="can_hide,is_hidden")
        except Rejected as exc:
            if is_absent(exc):
                return
            raise
        if shown.get("is_hidden") is True:
            return
        if shown.get("can_hide") is False:
            raise Rejected(f"{self.account} cannot hide this comment; delete it instead")
        self._graph.change(comment_id, {"is_hidden": "true"})

    def _found_video(self, send: Send) -> PublishResult | Repeat | None:
        if not send.steps.get(videos.FINISHING):
            return Repeat.HARMLESS
        video = self._videos.look(str(send.steps.get(videos.VIDEO)), page=self._page())
        if video.state == videos.WORKING:
            raise Processing(
                f"{self.account} still works on the video; it is asked again",
                until=self._clock.now() + self._graph.options.poll_picture,
            )
        if video.state == videos.LIVE:
            return self._settled(send, video, adopted=True)
        return None if video.state == videos.GONE else Repeat.HARMLESS

    def _found_comment(
        self, send: Send, since: datetime, taken: frozenset[str]
    ) -> PublishResult | None:
        page, payload = self._page(), send.payload
        try:
            parents = self._parents(send)
            found = [
                one
                for one in self._reads.comments(str(payload.reply_root or payload.reply_to), since)
                if one.author_id == page
                and one.parent in parents
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

    def _parents(self, send: Send) -> tuple[str | None, ...]:
        """Below what this comment can stand: an answer to an answer joins the same thread."""
        payload = send.payload
        if payload.reply_to == payload.reply_root:
            return (None, payload.reply_to)
        above = self._graph.get(str(payload.reply_to), fields="parent{id}").get("parent") or {}
        return (payload.reply_to, str(above["id"])) if above.get("id") else (payload.reply_to,)

    def _metric_row(self, post_id: str, now: datetime) -> MetricRow | None:
        is_post = "_" in post_id
        wanted = views.POST_METRICS if is_post else views.VIDEO_METRICS
        edge = f"{post_id}/{'insights' if is_post else 'video_insights'}"
        try:
            item = self._graph.get(post_id, fields=views.OBJECT if is_post else views.VIDEO_OBJECT)
            given = self._insights.read(edge, wanted, kind=edge.rpartition("/")[2])
        except Rejected as exc:
            if is_absent(exc):
                return None
            raise
        with translated(self.account, changes_something=False):
            counted = (views.counts if is_post else views.video_counts)(given, item)
        return MetricRow(
            platform=self.platform,
            account=self.account,
            post_id=post_id,
            observed_at=now,
            api_version=self._graph.options.version,
            counts=counted,
        )

    def _page(self) -> str:
        if self._page_id is None:  # a Page's own token speaks as the Page
            answer = self._graph.get("me", fields="id")
            with translated(self.account, changes_something=False):
                self._page_id = str(answer["id"])
        return self._page_id

    def _made(self, send: Send, object_id: object, *, is_post: bool = True) -> PublishResult:
        if not object_id:
            raise FateUnknown(f"{self.account} gave no id; it is looked up")
        url = f"{views.SITE}/{object_id}" if is_post else None
        return self._result(str(object_id), send.created_at, url=url)

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


def _alt(file: Attachment) -> dict[str, str]:
    return {"alt_text_custom": file.alt_text} if file.alt_text else {}
