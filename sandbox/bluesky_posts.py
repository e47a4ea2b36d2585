"""How Bluesky shapes people, comments and past posts."""

from typing import Any

from sandbox.clock import iso, micros
from sandbox.comments import Remark
from sandbox.history import PastPost
from sandbox.identity import POST_COLLECTION, at_uri, did, digest, record_cid, tid
from sandbox.store import Person, Post


def brand(handle: str, name: str) -> Person:
    """A brand's account."""
    return Person("bluesky", handle, did(handle), name)


def person(handle: str, name: str) -> Person:
    """Somebody of the audience."""
    return Person("bluesky", f"{handle}.test", did(f"{handle}.test"), name)


def reference(post: Post) -> dict[str, str]:
    """The strong reference to a post."""
    return {"uri": post.id, "cid": post.wire["cid"]}


def comment(post: Post, author: Person, brand: Person, remark: Remark) -> Post:
    """A reply with references to the thread's root and to the post."""
    created = post.created + remark.after
    reply = post.wire["record"].get("reply")
    root = reply["root"] if reply else reference(post)
    record = {
        "$type": POST_COLLECTION,
        "text": remark.text,
        "createdAt": iso(created),
        "langs": [remark.language],
        "reply": {"root": root, "parent": reference(post)},
    }
    rkey = tid(micros(created), digest(post.id, author.handle))
    return Post(
        platform="bluesky",
        id=at_uri(author.ref, rkey),
        author=author.handle,
        source="audience",
        text=remark.text,
        created=created,
        root=root["uri"],
        parent=post.id,
        subject=brand.handle,
        category=remark.category,
        wire={"rkey": rkey, "cid": record_cid(record), "record": record},
    )


def past(author: Person, past: PastPost, language: str) -> Post:
    """A post of the past under the key that a client would have given it."""
    record: dict[str, Any] = {
        "$type": POST_COLLECTION,
        "text": past.text,
        "createdAt": iso(past.created),
        "langs": [language],
    }
    rkey = tid(micros(past.created), digest(author.handle, past.text))
    uri = at_uri(author.ref, rkey)
    return Post(
        platform="bluesky",
        id=uri,
        author=author.handle,
        source="history",
        text=past.text,
        created=past.created,
        root=uri,
        wire={
            "rkey": rkey,
            "cid": record_cid(record),
            "record": record,
            "media_type": past.media_type,
        },
        fate=past.fate,
    )
