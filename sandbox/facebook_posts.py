"""How Facebook shapes Pages, people, comments and past posts."""

from sandbox.comments import Remark
from sandbox.history import PastPost
from sandbox.identity import digest, meta_id
from sandbox.store import Person, Post


def brand(handle: str, name: str) -> Person:
    """A brand's Page."""
    return Person("facebook", handle, str(10**14 + digest("page", handle) % (9 * 10**14)), name)


def person(handle: str, name: str) -> Person:
    """Somebody of the audience, by a Page-scoped id."""
    return Person("facebook", handle, meta_id("psid", handle), name)


def comment(post: Post, author: Person, brand: Person, remark: Remark) -> Post:
    """A comment below a post."""
    created = post.created + remark.after
    number = meta_id("fb-comment", post.id, author.handle, created, remark.text)
    return Post(
        platform="facebook",
        id=comment_id(post.root, number),
        author=author.handle,
        source="audience",
        text=remark.text,
        created=created,
        root=post.root,
        parent=post.id,
        subject=brand.handle,
        category=remark.category,
    )


def comment_id(post_id: str, number: str) -> str:
    """A comment's id: the number of its post, and its own."""
    return f"{post_id.rpartition('_')[2]}_{number}"


def past(author: Person, past: PastPost, language: str) -> Post:
    """A post of the past."""
    number = meta_id("fb-past", author.handle, past.created, past.text)
    id = f"{author.ref}_{number}"
    return Post(
        platform="facebook",
        id=id,
        author=author.handle,
        source="history",
        text=past.text,
        created=past.created,
        root=id,
        wire={"media_type": past.media_type, "lang": language},
        fate=past.fate,
    )
