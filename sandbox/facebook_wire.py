"""Facebook's Pages API over HTTP: posts, photos, videos, comments, insights."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sandbox import facebook_posts
from sandbox.audience import Account
from sandbox.facebook_videos import Videos, offsets
from sandbox.facebook_views import Views
from sandbox.faults import Effect
from sandbox.fetched import File, Unfetchable, look_at
from sandbox.graph_requests import Call, GraphError, absent, invalid
from sandbox.graph_wire import GraphWire, Handler
from sandbox.store import Post
from sandbox.world import World

LONGEST = 63_206
_PICTURES = ("image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff")
_LARGEST_PICTURE = 10 * 10**6
_METRICS = (
    *("post_media_view", "post_total_media_view_unique", "post_clicks"),
    *("post_clicks_by_type", "post_reactions_by_type_total"),
)
_VIDEO_METRICS = ("fb_reels_total_plays", "total_video_views")


class FacebookWire(GraphWire):
    """The endpoints of a Page, asked with the Page's own token."""

    platform = "facebook"
    throttle_code = 80001
    files = frozenset({"url"})
    upload = "video-upload"

    def __init__(self, world: World, *, endpoint: str) -> None:
        super().__init__(world, endpoint=endpoint)
        self._views = Views(world, self._pages)
        self._videos = Videos(world, self._objects)

    def handlers(self) -> Mapping[tuple[str, str], Handler]:
        """The endpoints."""
        return {
            ("GET", ""): self.read,
            ("POST", ""): self.change,
            ("DELETE", ""): self.delete,
            ("POST", "feed"): self.feed,
            ("POST", "photos"): self.photos,
            ("POST", "videos"): self.videos,
            ("POST", "video_reels"): self.reels,
            ("POST", "captions"): self.captions,
            ("GET", "published_posts"): self.published,
            ("GET", "video_reels"): self.own_reels,
            ("GET", "comments"): self.comments,
            ("POST", "comments"): self.comment,
            ("GET", "insights"): self.insights,
            ("GET", "video_insights"): self.video_insights,
        }

    def is_public(self, edge: str, query: Mapping[str, str]) -> bool:
        """An unpublished photo is a step, and so is every phase of a video but the last."""
        if edge == "photos":
            return query.get("published", "true") == "true"
        return edge != "captions" and query.get("upload_phase", "finish") == "finish"

    def user_id(self, account: Account) -> str:
        """The id of the Page."""
        return facebook_posts.brand(account.handle, "").ref

    def read(self, call: Call) -> dict[str, Any]:
        """GET /{object}: the Page, a photo, a video, a post or a comment."""
        call.takes()
        if call.object in ("me", self.user_id(call.account)):
            return self._views.page(call.account, self.user_id(call.account), call.fields)
        if self._objects.find("photo", call.object, call.account) is not None:
            return {"id": call.object}
        video = self._videos.find(call.object, call.account)
        if video is not None:
            return self._shown_video(call, call.object, video)
        post = self._existing(call)
        if post.parent is None:
            return self._views.post(post, call)
        return self._views.comment(post, call)

    def feed(self, call: Call) -> dict[str, Any]:
        """POST /{page}/feed: text, a link, or photos that were brought before."""
        self._own_edge(call)
        call.takes("message", "link", "attached_media")
        photos = self._attached(call)
        text, link = self._text(call, "message"), call.query.get("link")
        if not (text or link or photos):
            raise invalid("The parameter message is required.")
        self._check_account(call.account)
        if not photos:
            self._check_duplicate(call.account, text)
        kind = "image" if photos else "link" if link else "text"
        return {"id": self._publish(call.account, text, kind, photos=photos).id}

    def photos(self, call: Call) -> dict[str, Any]:
        """POST /{page}/photos: a post of its own, or unpublished for one to come."""
        self._own_edge(call)
        call.takes(
            "url", "source", "caption", "message", "alt_text_custom", "published", "temporary"
        )
        file = _picture(call)
        alt = call.query.get("alt_text_custom")
        value = {"alt": alt, "summary": file.summary, "used": False}
        if not call.flag("published", default=True):
            return {"id": self._objects.make("photo", call.account, value)}
        self._check_account(call.account)
        with self._world.store.transaction():
            photo = self._objects.make("photo", call.account, value)
            text = self._text(call, "caption") or self._text(call, "message")
            post = self._publish(call.account, text, "image", photos=[photo])
        return {"id": photo, "post_id": post.id}

    def videos(self, call: Call) -> dict[str, Any]:
        """POST /{page}/videos by phases; the session's id is the video's with a mark."""
        self._own_edge(call)
        call.takes(
            *("upload_phase", "file_size", "upload_session_id", "start_offset"),
            *("video_file_chunk", "title", "description"),
        )
        phase = call.needs("upload_phase")
        if phase == "start":
            id = self._videos.start(call, is_reel=False)
            first = offsets(self._videos.existing(id, call.account))
            return {"video_id": id, "upload_session_id": f"9{id}"} | first
        id = call.needs("upload_session_id")[1:]
        if phase == "transfer":
            content = call.files.get("video_file_chunk", b"")
            value = self._videos.take(id, call.account, content, call.number("start_offset"))
            return offsets(value)
        if phase != "finish":
            raise invalid("Param upload_phase must be one of {start, transfer, finish}")
        self._finish(call, id)
        return {"success": True}

    def reels(self, call: Call) -> dict[str, Any]:
        """POST /{page}/video_reels: start, and finish once the bytes are there."""
        self._own_edge(call)
        call.takes("upload_phase", "video_id", "video_state", "description", "title")
        phase = call.needs("upload_phase")
        if phase == "start":
            id = self._videos.start(call, is_reel=True)
            return {"video_id": id, "upload_url": self.upload_url(id)}
        if phase != "finish" or call.needs("video_state") != "PUBLISHED":
            raise invalid("Param upload_phase or video_state is not one that the sandbox plays")
        self._finish(call, call.needs("video_id"))
        return {"success": True}

    def captions(self, call: Call) -> dict[str, Any]:
        """POST /{video}/captions: a SubRip file whose name says its language."""
        call.takes("captions_file", "default_locale", "locales_to_delete")
        locale = self._videos.caption(call)
        self._world.note(call.account, call.object, kind="captions", text=locale)
        return {"success": True}

    def take_bytes(self, call: Call, content: bytes, offset: int) -> dict[str, Any]:
        """POST on the upload host: the bytes of a reel."""
        self._videos.take(call.object, call.account, content, offset)
        return {"success": True}

    def _finish(self, call: Call, id: str) -> None:
        self._check_account(call.account)
        text = self._text(call, "description")
        value, ready = self._videos.finish(id, call.account)
        value |= {"description": text, "title": call.query.get("title")}
        with self._world.store.transaction():
            if ready is not None:
                post = self._publish(
                    call.account, text, "video", at=ready, video=id, **_kind(value)
                )
                value["post"] = post.id
                self._world.note(
                    call.account, post.id, kind="media", text=f"video/mp4, {value['got']} bytes"
                )
            self._videos.keep(id, value)

    def published(self, call: Call) -> dict[str, Any]:
        """GET /{page}/published_posts, newest first, without reels."""
        self._own_edge(call)
        call.takes("since", "until")
        posts = [post for post in self._own_posts(call) if not post.wire.get("reel")]
        return self._pages.of(call, posts, lambda post: self._views.post(post, call))

    def own_reels(self, call: Call) -> dict[str, Any]:
        """GET /{page}/video_reels, newest first."""
        self._own_edge(call)
        call.takes("since", "until")
        ids = [post.wire["video"] for post in self._own_posts(call) if post.wire.get("reel")]

        def shown(id: str) -> dict[str, Any]:
            return self._shown_video(call, id, self._videos.existing(id, call.account))

        return self._pages.of(call, ids, shown)

    def comments(self, call: Call) -> dict[str, Any]:
        """GET /{post}/comments, /{comment}/comments or /{video}/comments."""
        video = self._videos.find(call.object, call.account)
        post = self._world.find("facebook", video.get("post", "")) if video else None
        return self._views.below(post or self._on_page(call), call)

    def comment(self, call: Call) -> dict[str, Any]:
        """POST /{post}/comments or /{comment}/comments; an answer to an answer joins its thread."""
        call.takes("message")
        self._check_account(call.account)
        above = self._on_page(call)
        parent = self._world.find("facebook", above.parent) if above.parent else None
        if parent is not None and parent.parent is not None:
            above = parent
        new = Post(
            platform="facebook",
            id=facebook_posts.comment_id(above.root, self._objects.number()),
            author=call.account.handle,
            source="brand",
            text=call.needs("message"),
            created=self._world.clock.now(),
            root=above.root,
            parent=above.id,
        )
        return {"id": self._world.publish(call.account, new).id}

    def change(self, call: Call) -> dict[str, Any]:
        """POST /{comment} is_hidden=."""
        call.takes("is_hidden")
        call.needs("is_hidden")
        hidden, post = call.flag("is_hidden"), self._on_page(call)
        if post.source != "audience":
            raise GraphError(200, "(#200) This comment cannot be hidden")
        if post.hidden != hidden:
            with self._world.store.transaction():
                self._world.store.add_posts([replace(post, hidden=hidden)])
                self._world.log(call.account, post, "hide" if hidden else "unhide")
        return {"success": True}

    def delete(self, call: Call) -> dict[str, Any]:
        """DELETE /{post} or /{comment}."""
        call.takes()
        self._world.delete(call.account, self._on_page(call))
        return {"success": True}

    def insights(self, call: Call) -> dict[str, Any]:
        """GET /{post}/insights: one metric that does not exist fails the whole request."""
        return self._measured(call, self._on_page(call), _METRICS)

    def video_insights(self, call: Call) -> dict[str, Any]:
        """GET /{video}/video_insights."""
        value = self._videos.existing(call.object, call.account)
        post = self._world.find("facebook", value.get("post", ""))
        if post is None:
            return {"data": []}
        return self._measured(call, post, _VIDEO_METRICS)

    def _measured(self, call: Call, post: Post, offered: tuple[str, ...]) -> dict[str, Any]:
        call.takes("metric", "period")
        wanted = call.needs("metric").split(",")
        if not set(wanted) <= set(offered):
            raise invalid("The value must be a valid insights metric")
        handle = call.account.handle
        if self._world.faults.quirk("facebook", handle, Effect.MISSING_COUNTS) is not None:
            return {"data": []}
        return {"data": self._views.insights(post, wanted)}

    def _shown_video(self, call: Call, id: str, value: dict[str, Any]) -> dict[str, Any]:
        post = self._world.store.post("facebook", value.get("post", ""))
        if post is not None and post.deleted:
            raise absent(id)
        status = self._videos.status(value)
        return self._views.video(id, value, status, post, call)

    def _attached(self, call: Call) -> list[str]:
        try:
            given = json.loads(call.query.get("attached_media", "[]"))
            ids = [str(one["media_fbid"]) for one in given]
        except (ValueError, TypeError, KeyError) as exc:
            raise invalid("Param attached_media must be a list of {media_fbid}") from exc
        for id in ids:
            photo = self._objects.find("photo", id, call.account)
            if photo is None or photo["used"]:
                raise invalid(f"Param attached_media: {id} is no unpublished photo of the Page")
        return ids

    def _text(self, call: Call, name: str) -> str:
        text = call.query.get(name, "")
        if len(text) > LONGEST:
            raise invalid(f"Param {name} is too long")
        return text

    def _check_account(self, account: Account) -> None:
        if self._world.faults.quirk("facebook", account.handle, Effect.BLOCKED) is not None:
            message = "The action attempted has been deemed abusive or is otherwise disallowed"
            raise GraphError(368, message, subcode=1390008)

    def _check_duplicate(self, account: Account, text: str) -> None:
        where = "platform = 'facebook' and author = ? and parent is null"
        last = self._world.seen(where, (account.handle,), tail="order by created_us desc limit 1")
        if last and last[0].text == text and not last[0].wire.get("photos"):
            raise GraphError(506, "Duplicate status message", subcode=1455006)

    def _publish(
        self, account: Account, text: str, kind: str, *, at: datetime | None = None, **wire: Any
    ) -> Post:
        id = f"{self.user_id(account)}_{self._objects.number()}"
        language = self._world.audience.brand_of(account).language
        new = Post(
            platform="facebook",
            id=id,
            author=account.handle,
            source="brand",
            text=text,
            created=at or self._world.clock.now(),
            root=id,
            wire={"media_type": kind, "lang": language, **wire},
        )
        with self._world.store.transaction():
            post = self._world.publish(account, new)
            self._note_photos(account, post)
        return post

    def _note_photos(self, account: Account, post: Post) -> None:
        summaries = []
        for id in post.wire.get("photos") or []:
            value = self._objects.find("photo", id, account)
            if value is not None:
                self._objects.keep("photo", id, value | {"used": True})
                alt = f" [{value['alt']}]" if value["alt"] else ""
                summaries.append(value["summary"] + alt)
        if summaries:
            self._world.note(account, post.id, kind="media", text="; ".join(summaries))

    def _own_posts(self, call: Call) -> list[Post]:
        where = "platform = 'facebook' and author = ? and parent is null"
        values: list[object] = [call.account.handle]
        for name, condition in (("since", ">="), ("until", "<")):
            if name in call.query:
                where += f" and created_us {condition} ?"
                values.append(call.number(name) * 1_000_000)
        return self._world.seen(where, values, tail="order by created_us desc, id desc")

    def _own_edge(self, call: Call) -> None:
        if call.object not in ("me", self.user_id(call.account)):
            raise absent(call.object)

    def _existing(self, call: Call) -> Post:
        post = self._world.find("facebook", call.object)
        if post is None:
            raise absent(call.object)
        return post

    def _on_page(self, call: Call) -> Post:
        """A post of the Page, or a comment below one."""
        post = self._existing(call)
        root = self._world.find("facebook", post.root)
        if root is None or root.author != call.account.handle:
            raise absent(call.object)
        return post


def _kind(value: dict[str, Any]) -> dict[str, bool]:
    return {"reel": True} if value["reel"] else {}


def _picture(call: Call) -> File:
    given = call.fetched.get("url") if "url" in call.query else call.files.get("source")
    if given is None:
        raise invalid("Either url or source is required")
    file = look_at(given) if isinstance(given, bytes) else given
    if isinstance(file, Unfetchable):
        raise GraphError(100, f"(#100) {file}")
    if len(file.content) > _LARGEST_PICTURE:
        raise GraphError(100, "Photos should be smaller than 10 MB.", subcode=1366046)
    if file.mime not in _PICTURES:
        raise invalid("Your photos couldn't be uploaded: use a JPEG, PNG, GIF, BMP or TIFF file")
    return file
