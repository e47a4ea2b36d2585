"""How Mastodon shapes people, comments and past posts, and the ids it gives them."""

from datetime import datetime

from sandbox.clock import micros
from sandbox.comments import Remark
from sandbox.history import PastPost
from sandbox.identity import digest
from sandbox.store import Person, Post

ELSEWHERE = "social.example"
"""The server that the audience lives on: their handles carry it, the brands' do not."""
_LOW_BITS = 16


def status_id(at: datetime, low: int = 0) -> int:
    """An id: milliseconds above 16 low bits, so that ids sort by time."""
    return (micros(at) // 1000) << _LOW_BITS | low % (1 << _LOW_BITS)


def user_id(handle: str) -> str:
    """An account id for a handle."""
    return str(10**17 + digest("mastodon-user", handle) % (9 * 10**17))


def brand(handle: str, name: str) -> Person:
    """A brand's account, on this server."""
    return Person("mastodon", handle, user_id(handle), name)


def person(handle: str, name: str) -> Person:
    """Somebody of the audience, on another server."""
    acct = f"{handle}@{ELSEWHERE}"
    return Person("mastodon", acct, user_id(acct), name)


def comment(post: Post, author: Person, brand: Person, remark: Remark) -> Post:
    """A reply that names the brand, as clients write it."""
    created = post.created + remark.after
    half = 1 << (_LOW_BITS - 1)
    low = half + digest(post.id, author.handle, remark.text) % half
    return Post(
        platform="mastodon",
        id=str(status_id(created, low)),
        author=author.handle,
        source="audience",
        text=f"@{brand.handle} {remark.text}",
        created=created,
        root=post.root,
        parent=post.id,
        subject=brand.handle,
        category=remark.category,
        wire={"language": remark.language, "visibility": post.wire.get("visibility", "public")},
    )


def past(author: Person, past: PastPost, language: str) -> Post:
    """A post of the past under the id that the server would have given it."""
    id = str(status_id(past.created, digest(author.handle, past.text)))
    return Post(
        platform="mastodon",
        id=id,
        author=author.handle,
        source="history",
        text=past.text,
        created=past.created,
        root=id,
        wire={"media_type": past.media_type, "language": language, "visibility": "public"},
        fate=past.fate,
    )
