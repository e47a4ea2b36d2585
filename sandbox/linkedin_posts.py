"""How LinkedIn shapes people, comments and past posts, and the URNs it gives them."""

import re
from datetime import datetime

from sandbox.clock import micros
from sandbox.comments import Remark
from sandbox.history import PastPost
from sandbox.identity import digest
from sandbox.store import Person, Post

MEMBER = "in-"
"""Handles that begin so belong to a person, as linkedin.com/in/ does; the others to a company."""
_LOW_BITS = 22
_POST = re.compile(r"urn:li:(share|ugcPost|activity):([0-9]{1,19})")
_COMMENT = re.compile(r"urn:li:comment:\((urn:li:(?:activity|share|ugcPost):[0-9]+),([0-9]+)\)")


def number(at: datetime, low: int = 0) -> int:
    """A number for an id: milliseconds above 22 low bits, so that ids sort by time."""
    return (micros(at) // 1000) << _LOW_BITS | low % (1 << _LOW_BITS)


def urn_of(handle: str) -> str:
    """The URN of a brand's account."""
    if handle.startswith(MEMBER):
        return member_urn(handle)
    return f"urn:li:organization:{10**7 + digest('linkedin-company', handle) % (9 * 10**7)}"


def member_urn(handle: str) -> str:
    """The URN of a person."""
    return f"urn:li:person:{digest('linkedin-member', handle) % 36**10:x}"


def activity_of(post: str) -> str:
    """The activity that a post is in the feed."""
    found = _POST.fullmatch(post)
    return f"urn:li:activity:{int(found[2]) + 1}" if found else post


def post_urns(urn: str) -> list[str]:
    """The posts that a URN may mean: itself, or what an activity shows."""
    found = _POST.fullmatch(urn)
    if not found or found[1] != "activity":
        return [urn]
    return [f"urn:li:{kind}:{int(found[2]) - 1}" for kind in ("share", "ugcPost")]


def comment_parts(urn: str) -> tuple[str, str] | None:
    """The activity and the id of a comment's URN; None where it is none."""
    found = _COMMENT.fullmatch(urn)
    return (found[1], found[2]) if found else None


def brand(handle: str, name: str) -> Person:
    """A brand's account: a company's page, or a member."""
    return Person("linkedin", handle, urn_of(handle), name)


def person(handle: str, name: str) -> Person:
    """Somebody of the audience."""
    return Person("linkedin", handle, member_urn(handle), name)


def comment(post: Post, author: Person, brand: Person, remark: Remark) -> Post:
    """A comment below a post."""
    created = post.created + remark.after
    id = number(created, digest(post.id, author.handle, remark.text))
    return Post(
        platform="linkedin",
        id=f"urn:li:comment:({activity_of(post.id)},{id})",
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
    """A post of the past under the URN that LinkedIn would have given it."""
    urn = f"urn:li:share:{number(past.created, digest(author.handle, past.text))}"
    return Post(
        platform="linkedin",
        id=urn,
        author=author.handle,
        source="history",
        text=past.text,
        created=past.created,
        root=urn,
        wire={
            "media_type": past.media_type,
            "lang": language,
            "commentary": past.text,
            "visibility": "PUBLIC",
        },
        fate=past.fate,
    )
