"""What Facebook shows of a Page, in our words: posts, reels, comments, counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.community import InboundMessage
from domain.platforms import Platform
from publishing.platforms.base import OwnPost, instant

SITE = "https://www.facebook.com"
POST = "id,message,created_time,permalink_url"
REEL = "id,post_id,description,created_time,permalink_url"
COMMENT = "id,message,from,created_time,parent{id},is_hidden"
OBJECT = "reactions.summary(total_count).limit(0),comments.summary(true).limit(0),shares"
VIDEO_OBJECT = "likes.summary(true).limit(0),comments.summary(true).limit(0)"
POST_METRICS = ("post_media_view", "post_total_media_view_unique", "post_clicks")
VIDEO_METRICS = ("fb_reels_total_plays", "total_video_views")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment; `author_id` and `author` are None where Facebook does not tell."""

    id: str
    text: str
    created_at: datetime
    author: str | None
    author_id: str | None
    parent: str | None

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> "Comment":
        """A comment from its object."""
        author, parent = item.get("from") or {}, item.get("parent") or {}
        return cls(
            id=str(item["id"]),
            text=str(item.get("message") or ""),
            created_at=instant(item["created_time"]),
            author=author.get("name"),
            author_id=str(author["id"]) if author.get("id") else None,
            parent=str(parent["id"]) if parent.get("id") else None,
        )

    def message(self, *, post_id: str, account: str, received_at: datetime) -> InboundMessage:
        """The comment as what somebody wrote to the Page."""
        return InboundMessage(
            platform=Platform.FACEBOOK,
            account=account,
            message_id=self.id,
            platform_ref=self.id,
            author=self.author or self.author_id,
            text=self.text,
            created_at=self.created_at,
            received_at=received_at,
            in_reply_to=self.parent or post_id,
            thread_root=post_id,
        )


def own_post(item: Mapping[str, Any]) -> OwnPost:
    """A post of the Page; one without text has no `message`."""
    return OwnPost(
        platform_id=str(item["id"]),
        text=str(item.get("message") or ""),
        created_at=instant(item["created_time"]),
        in_reply_to=None,
        url=link(item),
    )


def own_reel(item: Mapping[str, Any], *, page: str) -> OwnPost:
    """A reel of the Page under the id of its post."""
    return OwnPost(
        platform_id=post_of(item, page=page),
        text=str(item.get("description") or ""),
        created_at=instant(item["created_time"]),
        in_reply_to=None,
        url=link(item),
    )


def post_of(video: Mapping[str, Any], *, page: str) -> str:
    """The id of a video's post, with the Page in front of it; the video's own without one."""
    post_id = str(video.get("post_id") or "")
    if not post_id:
        return str(video["id"])
    return post_id if "_" in post_id else f"{page}_{post_id}"


def link(item: Mapping[str, Any]) -> str | None:
    """Where it can be seen; a video's link comes without the site."""
    url = item.get("permalink_url")
    return f"{SITE}{url}" if url and str(url).startswith("/") else url


def has_comments(item: Mapping[str, Any]) -> bool:
    """Whether there may be comments: where it is not told, there may."""
    return ((item.get("comments") or {}).get("summary") or {}).get("total_count") != 0


def counts(given: Mapping[str, int], item: Mapping[str, Any]) -> dict[str, tuple[int | None, str]]:
    """Canonical counts of a post; `shares` is absent, not 0, where there are none."""
    return {
        "views": (given.get("post_media_view"), "post_media_view"),
        "impressions": (given.get("post_media_view"), "post_media_view"),
        "reach": (given.get("post_total_media_view_unique"), "post_total_media_view_unique"),
        "clicks": (given.get("post_clicks"), "post_clicks"),
        "likes": (_total(item, "reactions"), "reactions.summary.total_count"),
        "comments": (_total(item, "comments"), "comments.summary.total_count"),
        "shares": ((item.get("shares") or {}).get("count"), "shares.count"),
        "saves": (None, ""),
    }


def video_counts(
    given: Mapping[str, int], item: Mapping[str, Any]
) -> dict[str, tuple[int | None, str]]:
    """Canonical counts of a video whose post is not known."""
    name = next((name for name in VIDEO_METRICS if name in given), VIDEO_METRICS[-1])
    found: dict[str, tuple[int | None, str]] = dict.fromkeys(
        ("impressions", "reach", "clicks", "shares", "saves"), (None, "")
    )
    return found | {
        "views": (given.get(name), name),
        "likes": (_total(item, "likes"), "likes.summary.total_count"),
        "comments": (_total(item, "comments"), "comments.summary.total_count"),
    }


def _total(item: Mapping[str, Any], name: str) -> int | None:
    total = ((item.get(name) or {}).get("summary") or {}).get("total_count")
    return int(total) if total is not None else None
