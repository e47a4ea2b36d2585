"""How Facebook shows Pages, posts, videos, comments and insights."""

from collections.abc import Iterable
from typing import Any

from sandbox.audience import Account
from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.graph_pages import Pages, along
from sandbox.graph_requests import Call, Fields, shape
from sandbox.instagram_views import timestamp
from sandbox.store import Post
from sandbox.world import World


class Views:
    """Shapes what the world holds into the Graph's objects."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

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

    def post(self, post: Post, call: Call) -> dict[str, Any]:
        """A post of the Page."""
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
            "shares": lambda _: self._shares(post),
            "reactions": lambda asked: self._likes(post, call.below(post.id, asked)),
            "likes": lambda asked: self._likes(post, call.below(post.id, asked)),
            "comments": lambda asked: along(self.below(post, call.below(post.id, asked))),
        }
        return shape("PagePost", post.id, call.fields, makers, usual=("message", "created_time"))

    def video(
        self, id: str, value: dict[str, Any], status: str, post: Post | None, call: Call
    ) -> dict[str, Any]:
        """A video, whose post is seen only when it is ready."""
        is_live = status == "ready" and post is not None
        makers = {
            "status": lambda _: {"video_status": status},
            "published": lambda _: is_live,
            "post_id": lambda _: post.id if post and is_live else None,
            "description": lambda _: value.get("description"),
            "title": lambda _: value.get("title"),
            "created_time": lambda _: timestamp(post) if post else None,
            "updated_time": lambda _: timestamp(post) if post else None,
            "permalink_url": lambda _: f"/reel/{id}/" if value["reel"] else f"/watch/?v={id}",
            "likes": lambda asked: self._likes(post, call.below(id, asked)) if post else None,
            "comments": lambda asked: (
                along(self.below(post, call.below(id, asked))) if post else None
            ),
        }
        return shape("Video", id, call.fields, makers, usual=("description", "updated_time"))

    def comment(self, post: Post, call: Call) -> dict[str, Any]:
        """A comment; the writer is sometimes not told."""
        makers = {
            "message": lambda _: post.text,
            "created_time": lambda _: timestamp(post),
            "from": lambda _: None if self._is_untold(post) else self._writer(post),
            "parent": lambda _: {"id": post.parent} if post.parent != post.root else None,
            "is_hidden": lambda _: post.hidden,
            "can_hide": lambda _: post.source == "audience",
            "can_remove": lambda _: True,
            "like_count": lambda _: self._world.counts(post).likes,
            "comment_count": lambda _: len(self._stream(post)),
            "permalink_url": lambda _: f"https://www.facebook.com/{post.root}?comment_id={post.id}",
            "object": lambda _: {"id": post.root},
            "attachment": lambda _: None,
        }
        usual = ("message", "created_time", "from")
        return shape("Comment", post.id, call.fields, makers, usual=usual)

    def below(self, post: Post, call: Call) -> dict[str, Any]:
        """A page of the comments below a post or a comment."""
        call.takes("filter", "order", "since", "summary")
        order = call.choice("order", "chronological", "reverse_chronological")
        found = self._stream(post, newest_first=order == "reverse_chronological")
        if call.choice("filter", "toplevel", "stream") == "toplevel":
            found = [one for one in found if one.parent == post.id]
        since = call.number("since", default=0) * 1_000_000
        found = [one for one in found if micros(one.created) >= since]
        page = self._pages.of(call, found, lambda one: self.comment(one, call))
        return page | _summary(call, self._world.counts(post).comments)

    def _stream(self, post: Post, *, newest_first: bool = False) -> list[Post]:
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

    def _likes(self, post: Post, call: Call) -> dict[str, Any]:
        """Who liked it is told to nobody."""
        call.takes("summary")
        return {"data": []} | _summary(call, self._world.counts(post).likes)

    def _shares(self, post: Post) -> dict[str, int] | None:
        handle = post.author
        if self._world.faults.quirk("facebook", handle, Effect.MISSING_COUNTS) is not None:
            return None
        count = self._world.counts(post).shares
        return {"count": count} if count else None

    def _writer(self, post: Post) -> dict[str, str] | None:
        person = self._world.store.person("facebook", handle=post.author)
        return {"id": person.ref, "name": person.name} if person else None

    def _is_untold(self, post: Post) -> bool:
        if post.source != "audience":
            return False
        handle = post.subject or ""
        return self._world.faults.quirk("facebook", handle, Effect.MISSING_COUNTS) is not None


def _summary(call: Call, total: int) -> dict[str, Any]:
    """How many there are, where that was asked."""
    return {"summary": {"total_count": total}} if "summary" in call.query else {}


def _status_type(post: Post) -> str:
    kinds = {"image": "added_photos", "video": "added_video", "link": "shared_story"}
    return kinds.get(post.wire.get("media_type", ""), "mobile_status_update")


def _attachments(post: Post) -> dict[str, Any] | None:
    photos = post.wire.get("photos")
    if not photos:
        return None
    return {"data": [{"media_type": "photo", "target": {"id": one}} for one in photos]}
