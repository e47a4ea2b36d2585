"""How X shows posts and people: the objects of its answers."""

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.clock import iso
from sandbox.store import Person, Post
from sandbox.world import World
from sandbox.x_media import Media
from sandbox.x_requests import Shown
from sandbox.x_text import entities, shorten


class Views:
    """Shapes what the world holds into X's objects."""

    def __init__(self, world: World, media: Media) -> None:
        self._world = world
        self._media = media

    def user(self, person: Person, fields: Iterable[str] = ()) -> dict[str, Any]:
        """A user object with the fields asked for."""
        data: dict[str, Any] = {"id": person.ref, "name": person.name, "username": person.handle}
        account = self._world.audience.account("x", person.handle)
        more = {
            "created_at": "2020-01-01T00:00:00.000Z",
            "description": "",
            "protected": False,
            "verified": False,
            "public_metrics": {
                "followers_count": account.followers if account else 50,
                "following_count": 100,
                "tweet_count": self._written(person),
                "listed_count": 0,
            },
        }
        return data | {name: more[name] for name in fields if name in more}

    def post(self, post: Post, fields: Iterable[str] = ()) -> dict[str, Any]:
        """A post object: id, text and edit history, and the fields asked for."""
        text, urls = shown_text(post)
        data: dict[str, Any] = {"id": post.id, "text": text, "edit_history_tweet_ids": [post.id]}
        makers: dict[str, Callable[[], Any]] = {
            "author_id": lambda: self._id(post.author),
            "created_at": lambda: iso(post.created),
            "conversation_id": lambda: post.root,
            "lang": lambda: post.wire.get("lang", "und"),
            "entities": lambda: entities(text, urls),
            "public_metrics": lambda: self._metrics(post),
            "referenced_tweets": lambda: self._references(post),
            "in_reply_to_user_id": lambda: self._answered(post),
            "attachments": lambda: _attachments(post),
            "possibly_sensitive": lambda: False,
            "paid_partnership": lambda: post.wire.get("paid_partnership"),
            "reply_settings": lambda: post.wire.get("reply_settings", "everyone"),
        }
        for name in fields:
            value = makers[name]() if name in makers else None
            if value is not None and value != {}:
                data[name] = value
        return data

    def includes(self, posts: list[Post], shown: Shown) -> dict[str, Any]:
        """`includes` for the expansions asked for; empty if none."""
        found: dict[str, Any] = {}
        if "author_id" in shown.expansions:
            authors = {
                post.author: self._world.store.person("x", handle=post.author) for post in posts
            }
            found["users"] = [self.user(p, shown.user_fields) for p in authors.values() if p]
        if "referenced_tweets.id" in shown.expansions:
            parents = {p.parent: self._world.find("x", p.parent) for p in posts if p.parent}
            found["tweets"] = [self.post(p, shown.tweet_fields) for p in parents.values() if p]
        if "attachments.media_keys" in shown.expansions:
            keys = [key for post in posts for key in post.wire.get("media_keys", [])]
            found["media"] = [self._medium(key, shown.media_fields) for key in keys]
        return {name: items for name, items in found.items() if items}

    def _medium(self, key: str, fields: Iterable[str]) -> dict[str, Any]:
        medium, wanted = self._media.view(key), {"media_key", "type", *fields}
        return {name: value for name, value in medium.items() if name in wanted}

    def _id(self, handle: str) -> str:
        person = self._world.store.person("x", handle=handle)
        return person.ref if person else "0"

    def _metrics(self, post: Post) -> dict[str, int]:
        counts = self._world.counts(post)
        return {
            "retweet_count": counts.reposts,
            "reply_count": counts.comments,
            "like_count": counts.likes,
            "quote_count": counts.quotes,
            "bookmark_count": counts.saves,
            "impression_count": counts.impressions,
        }

    def _answered(self, post: Post) -> str | None:
        parent = self._world.store.post("x", post.parent) if post.parent else None
        return self._id(parent.author) if parent else None

    def _references(self, post: Post) -> list[dict[str, str]] | None:
        return [{"type": "replied_to", "id": post.parent}] if post.parent else None

    def _written(self, person: Person) -> int:
        row = self._world.store.execute(
            "select count(*) from posts where platform = 'x' and author = ?", (person.handle,)
        ).fetchone()
        return int(row[0])


def shown_text(post: Post) -> tuple[str, list[dict[str, Any]]]:
    """The text as X gives it back: links through t.co, one more appended for media."""
    text, urls = shorten(post.text)
    keys = post.wire.get("media_keys", [])
    if keys:
        short = f"https://t.co/m{keys[0].split('_')[1][-9:]}"
        text = f"{text} {short}" if text else short
        kind = "video" if post.wire.get("media_type") == "video" else "photo"
        full = f"https://x.com/{post.author}/status/{post.id}/{kind}/1"
        urls = [
            *urls,
            {
                "start": len(text) - len(short),
                "end": len(text),
                "url": short,
                "expanded_url": full,
                "display_url": f"pic.x.com/{short[-10:]}",
                "media_key": keys[0],
            },
        ]
    return text, urls


def _attachments(post: Post) -> dict[str, Any] | None:
    keys = post.wire.get("media_keys")
    return {"media_keys": keys} if keys else None
