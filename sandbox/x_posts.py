"""How X shapes people, comments and past posts."""

from sandbox.comments import Remark
from sandbox.history import PastPost
from sandbox.identity import audience_snowflake, digest, snowflake, x_user_id
from sandbox.store import Person, Post


def brand(handle: str, name: str) -> Person:
    """A brand's account."""
    return Person("x", handle, x_user_id(handle), name)


def person(handle: str, name: str) -> Person:
    """Somebody of the audience."""
    return Person("x", handle, x_user_id(handle), name)


def comment(post: Post, author: Person, brand: Person, remark: Remark) -> Post:
    """A reply that mentions the brand, and so summons it: only then may it answer by API."""
    created = post.created + remark.after
    return Post(
        platform="x",
        id=str(audience_snowflake(created, post.id, author.handle, remark.text)),
        author=author.handle,
        source="audience",
        text=f"@{brand.handle} {remark.text}",
        created=created,
        root=post.root,
        parent=post.id,
        subject=brand.handle,
        category=remark.category,
        wire={"lang": remark.language},
    )


def past(author: Person, past: PastPost, language: str) -> Post:
    """A post of the past under the id that X would have given it."""
    id = str(snowflake(past.created, digest(author.handle, past.text)))
    return Post(
        platform="x",
        id=id,
        author=author.handle,
        source="history",
        text=past.text,
        created=past.created,
        root=id,
        wire={"media_type": past.media_type, "lang": language},
        fate=past.fate,
    )
