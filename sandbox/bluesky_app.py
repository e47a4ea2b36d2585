"""The AppView half of Bluesky: post views, threads, author feeds and notifications."""

from datetime import datetime
from typing import Any

from sandbox.bluesky_embeds import embed_view
from sandbox.bluesky_repo import Caller, XrpcError, read_limit
from sandbox.clock import instant, iso, micros
from sandbox.store import Person, Post
from sandbox.world import World

_MOST_URIS = 25
_DEFAULT_LIMIT = 50


class AppView:
    """Answers app.bsky.* reads from what is visible at the present instant, without any lag."""

    def __init__(self, world: World) -> None:
        self._world = world

    def posts(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """app.bsky.feed.getPosts: those that exist, in the order asked for."""
        uris = query.get("uris", [])
        if not 1 <= len(uris) <= _MOST_URIS:
            raise XrpcError(
                "InvalidRequest", f"Error: Params/uris must have 1 to {_MOST_URIS} elements"
            )
        found = [self._world.find("bluesky", uri) for uri in uris]
        return {"posts": [self._view(post) for post in found if post]}

    def thread(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """app.bsky.feed.getPostThread."""
        uri = _one(query, "uri")
        depth = _number(query, "depth", 6)
        height = _number(query, "parentHeight", 80)
        post = self._world.find("bluesky", uri)
        if post is None:
            raise XrpcError("NotFound", f"Post not found: {uri}")
        view = self._branch(post, depth)
        parent = self._ancestors(post, height)
        if parent:
            view["parent"] = parent
        return {"thread": view}

    def author_feed(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """app.bsky.feed.getAuthorFeed, newest first."""
        actor = _one(query, "actor")
        person = self._world.store.person("bluesky", handle=actor.lower(), ref=actor)
        if person is None:
            raise XrpcError("InvalidRequest", "Profile not found")
        limit = read_limit({k: v[0] for k, v in query.items()}, _DEFAULT_LIMIT)
        where = "platform = 'bluesky' and author = ?"
        if query.get("filter", [""])[0] in ("posts_no_replies", "posts_and_author_threads"):
            where += " and parent is null"
        posts = self._page(where, [person.handle], query, limit)
        feed = [{"post": self._view(post)} for post in posts[:limit]]
        return {"feed": feed} | _cursor(posts, limit)

    def notifications(self, caller: Caller, query: dict[str, list[str]]) -> dict[str, Any]:
        """app.bsky.notification.listNotifications: replies and mentions, newest first."""
        limit = read_limit({k: v[0] for k, v in query.items() if k == "limit"}, _DEFAULT_LIMIT)
        seen = self._world.store.get(f"seen {caller.person.ref}")
        reasons = query.get("reasons", ["reply", "mention"])
        where = "platform = 'bluesky' and subject = ? and author <> ?"
        if "reply" not in reasons:
            where += " and parent is null"
        posts = self._page(where, [caller.person.handle, caller.person.handle], query, limit)
        shown = [self._notification(post, seen) for post in posts[:limit]]
        answer: dict[str, Any] = {"notifications": shown, "priority": False}
        if seen:
            answer["seenAt"] = seen
        return answer | _cursor(posts, limit)

    def update_seen(self, caller: Caller, seen_at: str) -> None:
        """app.bsky.notification.updateSeen."""
        self._world.store.put(f"seen {caller.person.ref}", seen_at)

    def _page(
        self, where: str, values: list[Any], query: dict[str, list[str]], limit: int
    ) -> list[Post]:
        cursor = query.get("cursor", [""])[0]
        if cursor:
            at, _, uri = cursor.partition("::")
            if not at.isdecimal():
                raise XrpcError("InvalidRequest", "Malformed cursor")
            where += " and (created_us < ? or (created_us = ? and id <= ?))"
            values = [*values, int(at), int(at), uri]
        tail = f"order by created_us desc, id desc limit {limit + 1}"
        return self._world.seen(where, values, tail=tail)

    def _view(self, post: Post) -> dict[str, Any]:
        counts = self._world.counts(post)
        embed = embed_view(post.wire["record"].get("embed"))
        return {
            **({"embed": embed} if embed else {}),
            "uri": post.id,
            "cid": post.wire["cid"],
            "author": self._author(post),
            "record": post.wire["record"],
            "bookmarkCount": counts.saves,
            "replyCount": counts.comments,
            "repostCount": counts.reposts,
            "likeCount": counts.likes,
            "quoteCount": counts.quotes,
            "indexedAt": iso(post.created),
            "labels": [],
        }

    def _author(self, post: Post) -> dict[str, Any]:
        person = self._world.store.person("bluesky", handle=post.author)
        person = person or Person("bluesky", post.author, post.id.split("/")[2], post.author)
        return {
            "did": person.ref,
            "handle": person.handle,
            "displayName": person.name,
            "labels": [],
        }

    def _branch(self, post: Post, depth: int) -> dict[str, Any]:
        view: dict[str, Any] = {
            "$type": "app.bsky.feed.defs#threadViewPost",
            "post": self._view(post),
        }
        if depth > 0:
            replies = self._world.seen(
                "platform = 'bluesky' and parent = ?", (post.id,), tail="order by created_us, id"
            )
            view["replies"] = [self._branch(reply, depth - 1) for reply in replies]
        return view

    def _ancestors(self, post: Post, height: int) -> dict[str, Any] | None:
        if post.parent is None or height <= 0:
            return None
        parent = self._world.find("bluesky", post.parent)
        if parent is None:
            gone = {"uri": post.parent, "notFound": True}
            return {"$type": "app.bsky.feed.defs#notFoundPost", **gone}
        view: dict[str, Any] = {
            "$type": "app.bsky.feed.defs#threadViewPost",
            "post": self._view(parent),
        }
        above = self._ancestors(parent, height - 1)
        return view | ({"parent": above} if above else {})

    def _notification(self, post: Post, seen: str | None) -> dict[str, Any]:
        note: dict[str, Any] = {
            "uri": post.id,
            "cid": post.wire["cid"],
            "author": self._author(post),
            "reason": "reply" if post.parent else "mention",
            "record": post.wire["record"],
            "isRead": seen is not None and iso(post.created) <= seen,
            "indexedAt": iso(post.created),
            "labels": [],
        }
        return note | ({"reasonSubject": post.parent} if post.parent else {})


def _cursor(posts: list[Post], limit: int) -> dict[str, str]:
    rest = posts[limit:]
    return {"cursor": f"{micros(rest[0].created)}::{rest[0].id}"} if rest else {}


def _one(query: dict[str, list[str]], name: str) -> str:
    if not query.get(name):
        raise XrpcError("InvalidRequest", f'Error: Params must have the property "{name}"')
    return query[name][0]


def _number(query: dict[str, list[str]], name: str, default: int) -> int:
    raw = query.get(name, [str(default)])[0]
    if not raw.isdecimal() or int(raw) > 1000:
        raise XrpcError("InvalidRequest", f"Error: Params/{name} must be between 0 and 1000")
    return int(raw)


def read_instant(value: object) -> str:
    """A datetime of a request body, as iso text with milliseconds.

    Raises:
        XrpcError: it is none.
    """
    try:
        moment = datetime.fromisoformat(str(value))
        return iso(instant(micros(moment)))
    except (ValueError, TypeError) as exc:
        raise XrpcError(
            "InvalidRequest", "Error: Input/seenAt must be an valid atproto datetime"
        ) from exc
