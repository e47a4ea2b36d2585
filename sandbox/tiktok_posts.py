"""How TikTok shapes people, comments and past posts, and the ids it gives them."""

from datetime import datetime

from sandbox.clock import micros
from sandbox.comments import Remark
from sandbox.history import PastPost
from sandbox.identity import digest
from sandbox.store import Person, Post

_LOW_BITS = 32
EVERYONE = "PUBLIC_TO_EVERYONE"


def number(at: datetime, low: int = 0) -> int:
    """An id: seconds above 32 low bits, so that ids sort by time."""
    return (micros(at) // 1_000_000) << _LOW_BITS | low % (1 << _LOW_BITS)


def open_id(handle: str) -> str:
    """A user's id towards one app."""
    return f"-000{digest('tiktok-user', handle):x}"[:36]


def brand(handle: str, name: str) -> Person:
    """A brand's account."""
    return Person("tiktok", handle, open_id(handle), name)


def person(handle: str, name: str) -> Person:
    """Somebody of the audience."""
    return Person("tiktok", handle, open_id(handle), name)


def comment(post: Post, author: Person, brand: Person, remark: Remark) -> Post:
    """A comment below a post; people see it, no app does."""
    created = post.created + remark.after
    return Post(
        platform="tiktok",
        id=str(number(created, digest(post.id, author.handle, remark.text))),
        author=author.handle,
        source="audience",
        text=remark.text,
        created=created,
        root=post.root,
        parent=post.id,
        subject=brand.handle,
        category=remark.category,
        wire={"lang": remark.language},
    )


def past(author: Person, past: PastPost, language: str) -> Post:
    """A post of the past, under the id that TikTok would have given it; all were clips."""
    id = str(number(past.created, digest(author.handle, past.text)))
    return Post(
        platform="tiktok",
        id=id,
        author=author.handle,
        source="history",
        text=past.text,
        created=past.created,
        root=id,
        wire={"media_type": "video", "lang": language, "privacy": EVERYONE, "title": past.text},
        fate=past.fate,
    )
