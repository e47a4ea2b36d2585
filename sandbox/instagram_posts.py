"""How Instagram shapes people, comments and past posts."""

from sandbox.comments import Remark
from sandbox.history import PastPost
from sandbox.identity import digest, meta_id
from sandbox.store import Person, Post


def brand(handle: str, name: str) -> Person:
    """A brand's professional account."""
    return Person("instagram", handle, str(17841400000000000 + digest("ig", handle) % 10**10), name)


def person(handle: str, name: str) -> Person:
    """Somebody of the audience, by an Instagram-scoped id."""
    return Person("instagram", handle, meta_id("igsid", handle), name)


def comment(post: Post, author: Person, brand: Person, remark: Remark) -> Post:
    """A comment below a post."""
    created = post.created + remark.after
    return Post(
        platform="instagram",
        id=meta_id("ig-comment", post.id, author.handle, created, remark.text),
        author=author.handle,
        source="audience",
        text=remark.text,
        created=created,
        root=post.root,
        parent=post.id,
        subject=brand.handle,
        category=remark.category,
    )


def past(author: Person, past: PastPost, language: str) -> Post:
    """A post of the past: a picture, for there is nothing without."""
    id = meta_id("ig-past", author.handle, past.created, past.text)
    return Post(
        platform="instagram",
        id=id,
        author=author.handle,
        source="history",
        text=past.text,
        created=past.created,
        root=id,
        wire={"media_type": "image", "lang": language, "kind": "IMAGE", "product": "FEED"},
        fate=past.fate,
    )
