"""Posts on a Mastodon server: made once per key, read, listed, taken down."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.mastodon_errors import Refusal, invalid, missing
from sandbox.mastodon_media import Files
from sandbox.mastodon_posts import status_id
from sandbox.mastodon_requests import Call, Query, StatusRequest, one, read_limit, read_status
from sandbox.mastodon_text import length
from sandbox.mastodon_views import MOST_CHARACTERS, MOST_FILES, Views
from sandbox.store import Post
from sandbox.world import World

KEYS_LIVE = timedelta(hours=1)
_MOST_IDS = 20
_NUMBER = "cast(id as integer)"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list; the ids that the Link header leads on from."""

    items: list[dict[str, Any]]
    newest: str | None = None
    oldest: str | None = None


class Statuses:
    """The handlers of posts and of what is written to an account."""

    def __init__(self, world: World, files: Files, views: Views) -> None:
        self._world = world
        self._files = files
        self._views = views

    def create(self, call: Call) -> tuple[int, dict[str, Any]]:
        """POST /api/v1/statuses: a key met within the hour answers with the post it made."""
        if call.key is not None and (made := self._made(call)):
            post = self._world.find("mastodon", made)
            if post is None:
                raise missing()  # it was deleted meanwhile
            return 200, self._views.status(post)
        wanted = read_status(call.fields)
        self._check(wanted)
        parent = self._parent(wanted.in_reply_to_id)
        self._lose_files(call, wanted)
        with self._world.store.transaction():
            media_type = self._files.attach(call.account, wanted.media_ids)
            id = self._next_id()
            post = Post(
                platform="mastodon",
                id=id,
                author=call.account.handle,
                source="brand",
                text=wanted.status,
                created=self._world.clock.now(),
                root=parent.root if parent else id,
                parent=parent.id if parent else None,
                wire={
                    "language": wanted.language,
                    "visibility": wanted.visibility or "public",
                    "sensitive": wanted.sensitive,
                    "spoiler_text": wanted.spoiler_text,
                    "media_ids": wanted.media_ids,
                    "media_type": media_type,
                },
            )
            post = self._world.publish(call.account, post)
            self._remember(call, id)
        return 200, self._views.status(post)

    def show(self, call: Call) -> tuple[int, dict[str, Any]]:
        """GET /api/v1/statuses/:id."""
        return 200, self._shown(call, self._existing(call))

    def several(self, call: Call) -> tuple[int, Any]:
        """GET /api/v1/statuses?id[]=: those that exist."""
        ids = call.query.get("id", [])
        if len(ids) > _MOST_IDS:
            raise invalid("too many ids")
        found = [self._world.find("mastodon", id) for id in ids]
        return 200, [self._shown(call, post) for post in found if post]

    def source(self, call: Call) -> tuple[int, dict[str, Any]]:
        """GET /api/v1/statuses/:id/source: the text as it was sent."""
        post = self._existing(call)
        if post.author != call.account.handle:
            raise Refusal(403, "This action is not allowed")
        spoiler = post.wire.get("spoiler_text", "")
        return 200, {"id": post.id, "text": post.text, "spoiler_text": spoiler}

    def context(self, call: Call) -> tuple[int, dict[str, Any]]:
        """GET /api/v1/statuses/:id/context."""
        post = self._existing(call)
        above, parent = [], post.parent
        while parent and (found := self._world.find("mastodon", parent)):
            above.insert(0, found)
            parent = found.parent
        thread = self._world.seen(
            f"platform = 'mastodon' and root = ? and {_NUMBER} > ?",
            (post.root, int(post.id)),
            tail=f"order by {_NUMBER}",
        )
        below, ids = [], {post.id}
        for one_below in thread:
            if one_below.parent in ids:
                ids.add(one_below.id)
                below.append(one_below)
        return 200, {
            "ancestors": [self._views.status(one) for one in above],
            "descendants": [self._views.status(one) for one in below],
        }

    def delete(self, call: Call) -> tuple[int, dict[str, Any]]:
        """DELETE /api/v1/statuses/:id: own posts only; answers with the source text."""
        post = self._existing(call)
        if post.author != call.account.handle:
            raise missing()
        shown = self._views.status(post) | {"text": post.text}
        self._world.delete(call.account, post)
        return 200, shown

    def of_account(self, call: Call) -> Page:
        """GET /api/v1/accounts/:id/statuses."""
        person = self._world.store.person("mastodon", ref=call.path["id"])
        if person is None:
            raise missing()
        where = "platform = 'mastodon' and author = ?"
        if one(call.query, "exclude_replies") == "true":
            where += " and parent is null"
        posts = self._page(where, [person.handle], call.query, read_limit(call.query, 20, 40))
        return _paged(posts, [self._shown(call, post) for post in posts])

    def notifications(self, call: Call) -> Page:
        """GET /api/v1/notifications: mentions, the only ones that are played."""
        if "mention" not in call.query.get("types", ["mention"]):
            return Page([])
        me = call.account.handle
        where = "platform = 'mastodon' and subject = ? and author <> ?"
        posts = self._page(where, [me, me], call.query, read_limit(call.query, 40, 80))
        return _paged(posts, [self._views.notification(post) for post in posts])

    def _made(self, call: Call) -> str | None:
        kept = self._world.store.get(f"mastodon key {call.account.handle} {call.key}")
        if kept is None:
            return None
        made = json.loads(kept)
        alive = micros(self._world.clock.now() - KEYS_LIVE) < made["us"]
        return str(made["id"]) if alive else None

    def _remember(self, call: Call, id: str) -> None:
        if call.key is not None:
            made = {"id": id, "us": micros(self._world.clock.now())}
            self._world.store.put(
                f"mastodon key {call.account.handle} {call.key}", json.dumps(made)
            )

    def _check(self, wanted: StatusRequest) -> None:
        if not wanted.status.strip() and not wanted.media_ids:
            raise invalid("Text can't be blank")
        if length(wanted.spoiler_text + wanted.status) > MOST_CHARACTERS:
            raise invalid(f"Text character limit of {MOST_CHARACTERS} exceeded")
        if len(wanted.media_ids) > MOST_FILES:
            raise Refusal(422, f"Cannot attach more than {MOST_FILES} files")

    def _parent(self, id: str | None) -> Post | None:
        parent = self._world.find("mastodon", id) if id else None
        if id and parent is None:
            raise Refusal(404, "The post you are trying to reply to does not appear to exist.")
        return parent

    def _lose_files(self, call: Call, wanted: StatusRequest) -> None:
        handle = call.account.handle
        if wanted.media_ids and self._world.faults.quirk("mastodon", handle, Effect.EXPIRES):
            self._files.forget(wanted.media_ids)

    def _shown(self, call: Call, post: Post) -> dict[str, Any]:
        handle = call.account.handle
        hidden = self._world.faults.quirk("mastodon", handle, Effect.MISSING_COUNTS)
        return self._views.status(post, counts=hidden is None)

    def _existing(self, call: Call) -> Post:
        post = self._world.find("mastodon", call.path["id"])
        if post is None:
            raise missing()
        return post

    def _next_id(self) -> str:
        last = int(self._world.store.get("mastodon last id") or 0)
        fresh = max(status_id(self._world.clock.now()), last + 1)
        self._world.store.put("mastodon last id", str(fresh))
        return str(fresh)

    def _page(self, where: str, values: list[Any], query: Query, limit: int) -> list[Post]:
        """Newest first; above `min_id` the ones right above it."""
        bounds = {
            f"{_NUMBER} < ?": one(query, "max_id"),
            f"{_NUMBER} > ?": one(query, "min_id") or one(query, "since_id"),
        }
        given = {c: int(value) for c, value in bounds.items() if value and value.isdecimal()}
        order = "asc" if one(query, "min_id") else "desc"
        posts = self._world.seen(
            " and ".join([where, *given]),
            [*values, *given.values()],
            tail=f"order by {_NUMBER} {order} limit {limit}",
        )
        return sorted(posts, key=lambda post: int(post.id), reverse=True)


def _paged(posts: list[Post], items: list[dict[str, Any]]) -> Page:
    return Page(items, posts[0].id, posts[-1].id) if posts else Page(items)
