"""How Instagram shows accounts, media, comments and insights."""

from collections.abc import Iterable
from typing import Any

from sandbox.audience import Account
from sandbox.clock import micros
from sandbox.faults import Effect
from sandbox.graph_pages import Pages, along
from sandbox.graph_requests import Call, Fields, shape
from sandbox.store import Post
from sandbox.world import World

_NO_OWN_FIELD = (
    *("boost_eligibility_info", "copyright_check_information", "has_poll", "has_slider", "ig_id"),
    *("is_comment_enabled", "is_shared_to_feed", "legacy_instagram_media_id", "media_url"),
    *("owner", "shortcode", "thumbnail_url", "video_title", "current_live_viewer_count"),
)
"""Fields that the platform knows and the sandbox leaves out of its answers."""


class Views:
    """Shapes what the world holds into the Graph's objects."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

    def user(self, account: Account, id: str, fields: Fields) -> dict[str, Any]:
        """The account itself, also as what the Page behind the token links to."""
        name = self._world.audience.brand_of(account).display_name
        values = {
            "user_id": id,
            "username": account.handle,
            "name": name,
            "account_type": "BUSINESS",
            "followers_count": account.followers,
            "instagram_business_account": {"id": id},
        }
        makers = {key: lambda _, value=value: value for key, value in values.items()}
        return shape("IGUser", id, fields, makers, usual=("user_id", "username"))

    def media(self, post: Post, call: Call) -> dict[str, Any]:
        """A media of the account."""
        wire = post.wire
        makers = {
            "caption": lambda _: post.text or None,
            "timestamp": lambda _: timestamp(post),
            "permalink": lambda _: f"https://www.instagram.com/p/{post.id}/",
            "media_type": lambda _: wire.get("kind"),
            "media_product_type": lambda _: wire.get("product"),
            "username": lambda _: post.author,
            "alt_text": lambda _: wire.get("alt_text"),
            "children": lambda _: {"data": wire["children"]} if wire.get("children") else None,
            "like_count": lambda _: self._world.counts(post).likes,
            "comments_count": lambda _: self._world.counts(post).comments,
            "view_count": lambda _: self._world.counts(post).impressions,
            "comments": lambda asked: along(self.below(post, call.below(post.id, asked))),
            **dict.fromkeys(_NO_OWN_FIELD, lambda _: None),
        }
        return shape("IGMedia", post.id, call.fields, makers)

    def comment(self, post: Post, call: Call) -> dict[str, Any]:
        """A comment or a reply; the writer is sometimes not told."""
        is_untold = "from" in call.fields and self._is_untold(post)
        makers = {
            "text": lambda _: post.text,
            "timestamp": lambda _: timestamp(post),
            "username": lambda _: None if is_untold else post.author,
            "from": lambda _: None if is_untold else self._writer(post),
            "user": lambda _: None,
            "hidden": lambda _: post.hidden,
            "like_count": lambda _: self._world.counts(post).likes,
            "media": lambda _: {"id": post.root},
            "parent_id": lambda _: post.parent if post.parent != post.root else None,
            "legacy_instagram_comment_id": lambda _: None,
            "replies": lambda asked: along(self.below(post, call.below(post.id, asked))),
        }
        return shape("IGComment", post.id, call.fields, makers, usual=("text", "timestamp"))

    def below(self, post: Post, call: Call) -> dict[str, Any]:
        """A page of what stands directly below a media or a comment, newest first."""
        call.takes()
        found = self._world.seen(
            "platform = 'instagram' and parent = ?", (post.id,), tail="order by created_us desc, id"
        )
        return self._pages.of(call, found, lambda one: self.comment(one, call))

    def insights(self, post: Post, names: Iterable[str]) -> list[dict[str, Any]]:
        """The metrics asked for, each with its lifetime value."""
        counts = self._world.counts(post)
        values = {
            "views": counts.impressions,
            "reach": round(counts.impressions * 0.8),
            "likes": counts.likes,
            "comments": counts.comments,
            "shares": counts.shares,
            "saved": counts.saves,
            "reposts": counts.quotes,
            "ig_reels_avg_watch_time": 4200,
        }
        values["total_interactions"] = sum(
            values[name] for name in ("likes", "comments", "shares", "saved")
        )
        return [
            {
                "name": name,
                "period": "lifetime",
                "values": [{"value": values[name]}],
                "title": name,
                "id": f"{post.id}/insights/{name}/lifetime",
            }
            for name in names
        ]

    def _writer(self, post: Post) -> dict[str, str] | None:
        person = self._world.store.person("instagram", handle=post.author)
        return {"id": person.ref, "username": person.handle} if person else None

    def _is_untold(self, post: Post) -> bool:
        if post.source != "audience":
            return False
        handle = post.subject or ""
        return self._world.faults.quirk("instagram", handle, Effect.MISSING_COUNTS) is not None


def timestamp(post: Post) -> str:
    """`2026-03-02T05:00:00+0000`, in whole seconds."""
    return f"{post.created:%Y-%m-%dT%H:%M:%S}+0000"


def unix(post: Post) -> int:
    """Whole seconds since 1970."""
    return micros(post.created) // 1_000_000
