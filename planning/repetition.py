"""What other posts of a brand show and say around the same time."""

from collections.abc import Iterable
from datetime import datetime

from domain.brand import Brand
from domain.posts import ContentPost, PostStatus
from domain.rules import Said, Shown


def said_by(others: Iterable[ContentPost], *, since: datetime) -> list[Said]:
    """What posts say that go out from that instant on: all of an order's variants that are open."""
    return [
        Said(other.text, other.scheduled_for, other.platforms, other.brief_id)
        for other in others
        if other.status is not PostStatus.ARCHIVED
        if other.scheduled_for is not None and other.scheduled_for >= since
    ]


def said_beside(others: Iterable[ContentPost], post: ContentPost, *, since: datetime) -> list[Said]:
    """What other orders' posts say."""
    return said_by((other for other in others if not _is_same(other, post)), since=since)


def shown_lately(
    others: Iterable[ContentPost], post: ContentPost, *, brand: Brand, at: datetime
) -> Shown:
    """The looks of other orders' posts on the same platforms that lie within the window of `at`.

    The same picture on two platforms is one post in two forms.
    """
    return tuple(
        (other.id, asset.likeness)
        for other in others
        if other.status is not PostStatus.ARCHIVED and not _is_same(other, post)
        if set(other.platforms) & set(post.platforms)
        if other.scheduled_for is not None
        and abs(other.scheduled_for - at) <= brand.posting.repeat_after
        for asset in other.media
        if asset.likeness is not None
    )


def _is_same(one: ContentPost, other: ContentPost) -> bool:
    """Whether it is the same post, or another variant of its order."""
    return one.id == other.id or (one.brief_id is not None and one.brief_id == other.brief_id)
