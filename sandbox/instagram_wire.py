"""Instagram's content publishing over HTTP: containers, media, comments, insights."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox import instagram_posts
from sandbox.audience import Account
from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.graph_requests import Call, Field, GraphError, absent, invalid, shape
from sandbox.graph_wire import GraphWire, Handler
from sandbox.instagram_containers import KIND, Containers
from sandbox.instagram_views import Views
from sandbox.store import Post
from sandbox.world import World

QUOTA = 100
_DAY = timedelta(hours=24)
_METRICS = {
    "FEED": ("views", "reach", "likes", "comments", "shares", "saved", "total_interactions"),
    "REELS": (
        *("views", "reach", "likes", "comments", "shares", "saved", "total_interactions"),
        *("reposts", "ig_reels_avg_watch_time"),
    ),
}


class InstagramWire(GraphWire):
    """The endpoints of Instagram with Facebook Login, which can do the most."""

    platform = "instagram"
    throttle_code = 80002
    files = frozenset({"image_url", "video_url"})
    upload = "ig-api-upload"

    def __init__(self, world: World, *, endpoint: str) -> None:
        super().__init__(world, endpoint=endpoint)
        self._views = Views(world, self._pages)
        self._containers = Containers(world, self._objects)

    def handlers(self) -> Mapping[tuple[str, str], Handler]:
        """The endpoints."""
        return {
            ("GET", ""): self.read,
            ("POST", ""): self.change,
            ("DELETE", ""): self.delete,
            ("POST", "media"): self.create,
            ("GET", "media"): self.media,
            ("POST", "media_publish"): self.publish,
            ("GET", "content_publishing_limit"): self.limit,
            ("GET", "comments"): self.comments,
            ("POST", "comments"): self.comment,
            ("GET", "replies"): self.replies,
            ("POST", "replies"): self.reply,
            ("GET", "insights"): self.insights,
        }

    def is_public(self, edge: str, query: Mapping[str, str]) -> bool:  # noqa: ARG002
        """A container is a step."""
        return edge != "media"

    def user_id(self, account: Account) -> str:
        """The id of the professional account."""
        return instagram_posts.brand(account.handle, "").ref

    def read(self, call: Call) -> dict[str, Any]:
        """GET /{object}: the account itself, a container, a media or a comment."""
        call.takes()
        if call.object in ("me", self.user_id(call.account)):
            return self._views.user(call.account, self.user_id(call.account), call.fields)
        container = self._objects.find(KIND, call.object, call.account)
        if container is not None:
            state, said = self._containers.state(container)
            makers = {"status_code": lambda _: state, "status": lambda _: said}
            return shape("Container", call.object, call.fields, makers)
        post = self._existing(call)
        if post.parent is None:
            return self._views.media(post, call)
        return self._views.comment(post, call)

    def create(self, call: Call) -> dict[str, Any]:
        """POST /{ig-user}/media."""
        self._own_edge(call)
        made = self._containers.create(call)
        if "upload_type" in call.query:
            made["uri"] = self.upload_url(made["id"])
        return made

    def take_bytes(self, call: Call, content: bytes, offset: int) -> dict[str, Any]:
        """POST on the upload host."""
        return self._containers.receive(call, content, offset)

    def publish(self, call: Call) -> dict[str, Any]:
        """POST /{ig-user}/media_publish."""
        self._own_edge(call)
        call.takes("creation_id")
        self._check_account(call.account)
        value = self._objects.find(KIND, call.needs("creation_id"), call.account)
        if value is None:
            raise GraphError(24, "The requested resource does not exist", subcode=2207006)
        state, _ = self._containers.state(value)
        if state == "EXPIRED":
            raise GraphError(-2, "The media has expired", subcode=2207020)
        if state != "FINISHED" or value["item"]:
            raise GraphError(9007, "Media ID is not available", subcode=2207027)
        with self._world.store.transaction():
            post = self._publish(call.account, value)
            self._objects.keep(KIND, call.query["creation_id"], value | {"published": post.id})
        return {"id": post.id}

    def _publish(self, account: Account, value: dict[str, Any]) -> Post:
        id = self._objects.number()
        wire = {
            "media_type": "video" if value["product"] == "REELS" else "image",
            "lang": self._world.audience.brand_of(account).language,
            **{name: value.get(name) for name in ("kind", "product", "children", "alt_text")},
        }
        new = Post(
            platform="instagram",
            id=id,
            author=account.handle,
            source="brand",
            text=value["caption"],
            created=self._world.clock.now(),
            root=id,
            wire=wire,
        )
        post = self._world.publish(account, new)
        self._world.note(account, id, kind="media", text="; ".join(value["files"]))
        return post

    def _check_account(self, account: Account) -> None:
        if self._world.faults.quirk("instagram", account.handle, Effect.BLOCKED) is not None:
            raise GraphError(4, "Application request limit reached", subcode=2207051)
        used = self._world.faults.quirk("instagram", account.handle, Effect.QUOTA_USED) is not None
        if used or self._used(account) >= self._quota:
            raise GraphError(9, "Application request limit reached", subcode=2207042)

    @property
    def _quota(self) -> int:
        return self._world.limits.scaled(QUOTA)

    def _used(self, account: Account) -> int:
        since = micros(self._world.clock.now() - _DAY)
        row = self._world.store.execute(
            "select count(*) from posts where platform = 'instagram' and author = ?"
            " and source = 'brand' and parent is null and created_us > ?",
            (account.handle, since),
        ).fetchone()
        return int(row[0])

    def limit(self, call: Call) -> dict[str, Any]:
        """GET /{ig-user}/content_publishing_limit."""
        self._own_edge(call)
        call.takes("since")
        used = self._used(call.account)
        if (
            self._world.faults.quirk("instagram", call.account.handle, Effect.QUOTA_USED)
            is not None
        ):
            used = self._quota
        config = {"quota_total": self._quota, "quota_duration": int(_DAY.total_seconds())}
        given = {"quota_usage": used, "config": config}
        names = call.fields or {"quota_usage": Field({}, "")}
        return {"data": [{name: given[name] for name in names if name in given}]}

    def media(self, call: Call) -> dict[str, Any]:
        """GET /{ig-user}/media, newest first."""
        self._own_edge(call)
        call.takes("since", "until")
        where = "platform = 'instagram' and author = ? and parent is null"
        values: list[object] = [call.account.handle]
        for name, condition in (("since", ">="), ("until", "<")):
            if name in call.query:
                where += f" and created_us {condition} ?"
                values.append(call.number(name) * 1_000_000)
        posts = self._world.seen(where, values, tail="order by created_us desc, id desc")
        return self._pages.of(call, posts, lambda post: self._views.media(post, call))

    def comments(self, call: Call) -> dict[str, Any]:
        """GET /{media}/comments, newest first; the replies stand below each."""
        return self._views.below(self._own_media(call), call)

    def replies(self, call: Call) -> dict[str, Any]:
        """GET /{comment}/replies."""
        return self._views.below(self._comment(call), call)

    def comment(self, call: Call) -> dict[str, Any]:
        """POST /{media}/comments."""
        call.takes("message")
        return self._answer_to(call, self._own_media(call))

    def reply(self, call: Call) -> dict[str, Any]:
        """POST /{comment}/replies; below a reply it joins the same thread."""
        call.takes("message")
        above = self._comment(call)
        parent = self._world.find("instagram", above.parent or "")
        return self._answer_to(call, parent if parent and parent.parent else above)

    def _answer_to(self, call: Call, parent: Post) -> dict[str, Any]:
        self._check_blocked(call.account)
        id = self._objects.number()
        new = Post(
            platform="instagram",
            id=id,
            author=call.account.handle,
            source="brand",
            text=call.needs("message"),
            created=self._world.clock.now(),
            root=parent.root,
            parent=parent.id,
        )
        self._world.publish(call.account, new)
        return {"id": id}

    def _check_blocked(self, account: Account) -> None:
        if self._world.faults.quirk("instagram", account.handle, Effect.BLOCKED) is not None:
            raise GraphError(25, "The account is restricted", subcode=2207050)

    def change(self, call: Call) -> dict[str, Any]:
        """POST /{comment} hide=, or POST /{media} comment_enabled=."""
        call.takes("hide", "comment_enabled")
        post = self._existing(call)
        if post.parent is None:
            call.needs("comment_enabled")
            return {"success": True}
        call.needs("hide")
        hidden = call.flag("hide")
        self._comment(call)
        if post.hidden != hidden:
            with self._world.store.transaction():
                self._world.store.add_posts([replace(post, hidden=hidden)])
                self._world.log(call.account, post, "hide" if hidden else "unhide")
        return {"success": True}

    def delete(self, call: Call) -> dict[str, Any]:
        """DELETE /{media} or /{comment}."""
        call.takes()
        post = self._existing(call)
        if post.parent is not None:
            self._comment(call)
        elif post.author != call.account.handle:
            raise absent(call.object)
        self._world.delete(call.account, post)
        return {"success": True} | ({"deleted_id": post.id} if post.parent is None else {})

    def insights(self, call: Call) -> dict[str, Any]:
        """GET /{media}/insights: one metric that is not offered fails the whole request."""
        call.takes("metric", "period")
        post = self._own_media(call)
        wanted = call.needs("metric").split(",")
        offered = _METRICS[post.wire.get("product") or "FEED"]
        for name in wanted:
            if name not in offered:
                raise invalid(
                    f"metric[0] must be one of the following values: {', '.join(offered)}"
                )
        handle = call.account.handle
        if self._world.faults.quirk("instagram", handle, Effect.MISSING_COUNTS) is not None:
            return {"data": []}
        return {"data": self._views.insights(post, wanted)}

    def _own_edge(self, call: Call) -> None:
        if call.object not in ("me", self.user_id(call.account)):
            raise absent(call.object)

    def _existing(self, call: Call) -> Post:
        post = self._world.find("instagram", call.object)
        if post is None:
            raise absent(call.object)
        return post

    def _own_media(self, call: Call) -> Post:
        post = self._existing(call)
        if post.author != call.account.handle or post.parent is not None:
            raise absent(call.object)
        return post

    def _comment(self, call: Call) -> Post:
        post = self._existing(call)
        root = self._world.find("instagram", post.root)
        if post.parent is None or root is None or root.author != call.account.handle:
            raise absent(call.object)
        return post
