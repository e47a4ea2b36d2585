"""What Instagram shows, in our words: media, comments with the replies below, counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.community import InboundMessage
from domain.platforms import Platform
from publishing.platforms.base import OwnPost, instant

METRICS = {
    "views": "views",
    "reach": "reach",
    "likes": "likes",
    "comments": "comments",
    "saves": "saved",
    "clicks": "link_clicks",
}
FIELDS = {"likes": "like_count", "comments": "comments_count"}
"""Counts that stand on the media itself, for the two days until its insights are there."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment or a reply below one; who wrote it is not always told."""

    id: str
    text: str
    created_at: datetime
    author: str | None
    author_id: str | None
    parent: str | None

    @classmethod
    def read(cls, item: Mapping[str, Any], *, above: str | None = None) -> "Comment":
        """A comment from its object; `above` is what it stands below where it does not tell."""
        author, parent = item.get("from") or {}, item.get("parent_id") or above
        return cls(
            id=str(item["id"]),
            text=str(item.get("text") or ""),
            created_at=instant(item["timestamp"]),
            author=item.get("username") or author.get("username"),
            author_id=str(author["id"]) if author.get("id") else None,
            parent=str(parent) if parent else None,
        )

    def is_by(self, user_id: str, handle: str) -> bool:
        """Whether the account itself wrote it."""
        return self.author_id == user_id or self.author == handle


def message(
    comment: Comment, *, media_id: str, account: str, received_at: datetime
) -> InboundMessage:
    """A comment as what somebody wrote to the account."""
    return InboundMessage(
        platform=Platform.INSTAGRAM,
        account=account,
        message_id=comment.id,
        platform_ref=comment.id,
        author=comment.author,
        text=comment.text,
        created_at=comment.created_at,
        received_at=received_at,
        in_reply_to=comment.parent or media_id,
        thread_root=media_id,
    )


def own_post(media: Mapping[str, Any]) -> OwnPost:
    """One of the account's media; a caption may be absent."""
    return OwnPost(
        platform_id=str(media["id"]),
        text=str(media.get("caption") or ""),
        created_at=instant(media["timestamp"]),
        in_reply_to=None,
        url=media.get("permalink"),
    )


def counts(given: Mapping[str, int], media: Mapping[str, Any]) -> dict[str, tuple[int | None, str]]:
    """Canonical counts from the insights that were given; impressions do not exist any more."""
    found: dict[str, tuple[int | None, str]] = {
        name: (given.get(theirs), theirs) for name, theirs in METRICS.items()
    }
    for name, field in FIELDS.items():
        if found[name][0] is None and media.get(field) is not None:
            found[name] = (int(media[field]), field)
    found["shares"] = (given.get("shares"), "shares")
    if "shares" in given and "reposts" in given:
        found["shares"] = (given["shares"] + given["reposts"], "shares+reposts")
    return found | {"impressions": (None, "")}
