"""What other posts of a brand show around the same time."""

from collections.abc import Iterable
from datetime import datetime

from content.topics import WINDOW
from domain.posts import ContentPost, PostStatus
from domain.rules import Shown


def shown_lately(others: Iterable[ContentPost], post: ContentPost, *, at: datetime) -> Shown:
    """The looks of other orders' posts on the same platforms that lie within the window of `at`.

    The same picture on two platforms is one post in two forms.
    """
    return tuple(
        (other.id, asset.likeness)
        for other in others
        if other.status is not PostStatus.ARCHIVED and not _is_same(other, post)
        if set(other.platforms) & set(post.platforms)
        if other.scheduled_for is not None and abs(other.scheduled_for - at) <= WINDOW
        for asset in other.media
        if asset.likeness is not None
    )


def _is_same(one: ContentPost, other: ContentPost) -> bool:
    """Whether it is the same post, or another variant of its order."""
    return one.id == other.id or (one.brief_id is not None and one.brief_id == other.brief_id)
