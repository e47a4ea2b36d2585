"""How Facebook shows Pages, posts, videos, comments and insights."""

from collections.abc import Iterable
from typing import Any

from sandbox.audience import Account
from sandbox.faults import Effect
from sandbox.graph_requests import Field, Fields, shape
from sandbox.instagram_views import timestamp
from sandbox.store import Post
from sandbox.world import World


class Views:
    """Shapes what the world holds into the Graph's objects."""

    def __init__(self, world: World) -> None:
        self._world = world

    def page(self, account: Account, id: str, fields: Fields) -> dict[str, Any]:
        """The Page itself."""
        values = {
            "name": self._world.audience.brand_of(account).display_name,
            "username": account.handle,
            "followers_count": account.followers,
            "fan_count": account.followers,
        }
        makers = {key: lambda _, value=value: value for key, value in values.items()}
        return shape("Page", id, fields, makers, usual=("name",))

    def post(self, post: Post, fields: Fields) -> dict[str, Any]:
        """A post of the Page."""
        counts = self._world.counts(post)
        makers = {
            "message": lambda _: post.text or None,
            "created_time": lambda _: timestamp(post),
            "updated_time": lambda _: timestamp(post),
            "permalink_url": lambda _: (
                f"https://www.facebook.com/{post.id.replace('_', '/posts/')}"
            ),
            "is_published": lambda _: True,
            "is_hidden": lambda _: False,
            "status_type": lambda _: _status_type(post),
            "attachments": lambda _: _attachments(post),
            "from": lambda _: self._writer(post),
            "story": lambda _: None,
            "full_picture": lambda _: None,
            "shares": lambda _: self._shares(post, counts.shares),
            "reactions": lambda field: _summed(counts.likes, field),
            "likes": lambda field: _summed(counts.likes, field),
            "comments": lambda field: (
                _summed(counts.comments, field) | {"data": self._first(post, field)}
            ),
        }
        return shape("PagePost", post.id, fields, makers, usual=("message", "created_time"))

    def video(
        self, id: str, value: dict[str, Any], status: str, post: Post | None, fields: Fields
    ) -> dict[str, Any]:
        """A video, whose post is seen only when it is ready."""
        is_live = status == "ready" and post is not None
        counts = self._world.counts(post) if post else None
        makers = {
            "status": lambda _: {"video_status": status},
            "published": lambda _: is_live,
            "post_id": lambda _: post.id if post and is_live else None,
            "description": lambda _: value.get("description"),
            "title": lambda _: value.get("title"),
            "created_time": lambda _: timestamp(post) if post else None,
            "updated_time": lambda _: timestamp(post) if post else None,
            "permalink_url": lambda _: f"/reel/{id}/" if value["reel"] else f"/watch/?v={id}",
            "likes": lambda field: _summed(counts.likes, field) if counts else None,
            "comments": lambda field: _summed(counts.comments, field) if counts else None,
        }
        return shape("Video", id, fields, makers, usual=("description", "updated_time"))

    def comment(self, post: Post, fields: Fields) -> dict[str, Any]:
        """A comment; the writer is sometimes not told."""
        below = self._below(post)
        makers = {
            "message": lambda _: post.text,
            "created_time": lambda _: timestamp(post),
            "from": lambda _: None if self._is_untold(post) else self._writer(post),
            "parent": lambda _: {"id": post.parent} if post.parent != post.root else None,
            "is_hidden": lambda _: post.hidden,
            "can_hide": lambda _: post.source == "audience",
            "can_remove": lambda _: True,
            "like_count": lambda _: self._world.counts(post).likes,
            "comment_count": lambda _: len(below),
            "permalink_url": lambda _: f"https://www.facebook.com/{post.root}?comment_id={post.id}",
            "object": lambda _: {"id": post.root},
            "attachment": lambda _: None,
        }
        return shape("Comment", post.id, fields, makers, usual=("message", "created_time", "from"))

    def stream(self, post: Post, *, newest_first: bool = False) -> list[Post]:
        """Everything below a post, or below a comment, whatever answers what."""
        order = "desc" if newest_first else "asc"
        where = "root = ? and id <> root" if post.parent is None else "parent = ?"
        return self._world.seen(
            f"platform = 'facebook' and {where}",
            (post.id,),
            tail=f"order by created_us {order}, id",
        )

    def insights(self, post: Post, names: Iterable[str]) -> list[dict[str, Any]]:
        """The metrics asked for, each with its lifetime value."""
        counts = self._world.counts(post)
        values = {
            "post_media_view": counts.impressions,
            "post_total_media_view_unique": round(counts.impressions * 0.8),
            "post_clicks": counts.likes // 2,
            "post_clicks_by_type": {"other clicks": counts.likes // 2},
            "post_reactions_by_type_total": {"like": counts.likes},
            "total_video_views": counts.impressions,
            "fb_reels_total_plays": counts.impressions,
        }
        return [
            {
                "name": name,
                "period": "lifetime",
                "values": [{"value": values[name]}],
                "id": f"{post.id}/insights/{name}/lifetime",
            }
            for name in names
        ]

    def _first(self, post: Post, field: Field) -> list[dict[str, Any]]:
        shown = self.stream(post)[: _limit(field)]
        return [self.comment(one, field.fields) for one in shown]

    def _below(self, post: Post) -> list[Post]:
        return self._world.seen("platform = 'facebook' and parent = ?", (post.id,))

    def _shares(self, post: Post, count: int) -> dict[str, int] | None:
        handle = post.author
        if self._world.faults.quirk("facebook", handle, Effect.MISSING_COUNTS) is not None:
            return None
        return {"count": count} if count else None

    def _writer(self, post: Post) -> dict[str, str] | None:
        person = self._world.store.person("facebook", handle=post.author)
        return {"id": person.ref, "name": person.name} if person else None

    def _is_untold(self, post: Post) -> bool:
        if post.source != "audience":
            return False
        handle = post.subject or ""
        return self._world.faults.quirk("facebook", handle, Effect.MISSING_COUNTS) is not None


def _summed(total: int, field: Field) -> dict[str, Any]:
    """An edge without its items, and how many there are where that was asked."""
    summary = {"summary": {"total_count": total}} if "summary" in field.modifiers else {}
    return {"data": []} | summary


def _limit(field: Field) -> int:
    return int(field.modifiers.get("limit", "25"))


def _status_type(post: Post) -> str:
    kinds = {"image": "added_photos", "video": "added_video", "link": "shared_story"}
    return kinds.get(post.wire.get("media_type", ""), "mobile_status_update")


def _attachments(post: Post) -> dict[str, Any] | None:
    photos = post.wire.get("photos")
    if not photos:
        return None
    return {"data": [{"media_type": "photo", "target": {"id": one}} for one in photos]}
