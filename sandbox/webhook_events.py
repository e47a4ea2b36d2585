"""What platforms send to apps: a comment below a post, or on TikTok that a post is public."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.clock import iso, micros
from sandbox.identity import digest
from sandbox.linkedin_posts import activity_of, urn_of
from sandbox.store import Person, Post

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Happening:
    """A post that the brand is told of, who wrote it, and when it is told (Unix seconds)."""

    post: Post
    author: Person
    brand: Person
    unix: int


def x_reply(one: Happening) -> Event:
    """post.reply.create of the X Activity API."""
    payload = {
        "id": one.post.id,
        "text": one.post.text,
        "author_id": one.author.ref,
        "created_at": iso(one.post.created),
        "conversation_id": one.post.root,
        "in_reply_to_tweet_id": one.post.parent,
        "in_reply_to_user_id": one.brand.ref,
        "referenced_tweets": [{"type": "replied_to", "id": one.post.parent}],
    }
    return {
        "data": {
            "event_uuid": one.post.id,
            "filter": {"user_id": one.brand.ref},
            "event_type": "post.reply.create",
            "tag": "replies",
            "payload": payload,
            "includes": {},
        }
    }


def instagram_comment(one: Happening) -> Event:
    """A change of the field `comments`, as apps with Facebook Login get it."""
    value = {
        "id": one.post.id,
        "from": {"id": one.author.ref, "username": one.author.handle},
        "media": {"id": one.post.root, "media_product_type": "FEED"},
        "text": one.post.text,
    }
    if one.post.parent != one.post.root:
        value["parent_id"] = str(one.post.parent)
    return _meta("instagram", one, "comments", value)


def facebook_comment(one: Happening) -> Event:
    """A change of the field `feed`."""
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": one.post.id,
        "post_id": one.post.root,
        "parent_id": one.post.parent,
        "from": {"id": one.author.ref, "name": one.author.name},
        "message": one.post.text,
        "created_time": micros(one.post.created) // 1_000_000,
    }
    return _meta("page", one, "feed", value)


def linkedin_comment(one: Happening) -> Event:
    """One notification of an organisation."""
    brand = urn_of(one.brand.handle)
    owner = brand if one.author == one.brand else one.author.ref
    told = linkedin_notification(one.post, owner=owner, brand=brand)
    return {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": [told]}


def linkedin_notification(post: Post, *, owner: str, brand: str) -> Event:
    """A comment as an organisation is told of it; URNs of who wrote it and whose post it is."""
    comment = {"entity": post.id, "owner": owner, "text": post.text}
    return {
        "notificationId": digest("linkedin-notification", post.id) % 2**53,
        "organizationalEntity": brand,
        "action": "ADMIN_COMMENT" if owner == brand else "COMMENT",
        "sourcePost": post.root,
        "generatedActivity": post.id,
        "decoratedSourcePost": {"entity": activity_of(post.root), "owner": brand},
        "decoratedGeneratedActivity": {"comment": comment},
        "lastModifiedAt": micros(post.created) // 1000,
        "subscriber": "urn:li:person:sandbox",
    }


def tiktok_public(one: Happening) -> Event:
    """A post of the brand is public; `content` is JSON in a text, as there."""
    content = {"publish_id": one.post.wire.get("publish_id", ""), "post_id": one.post.id}
    return {
        "client_key": "sandbox-app",
        "event": "post.publish.publicly_available",
        "create_time": one.unix,
        "user_openid": one.brand.ref,
        "content": json.dumps(content | {"publish_type": "DIRECT_POST"}, separators=(",", ":")),
    }


EVENTS: dict[str, Callable[[Happening], Event]] = {
    "x": x_reply,
    "instagram": instagram_comment,
    "facebook": facebook_comment,
    "linkedin": linkedin_comment,
    "tiktok": tiktok_public,
}


def meta_batch(events: Sequence[Event]) -> Event:
    """Several changes of one account: one entry of one body."""
    first, entries = events[0], [event["entry"][0] for event in events]
    changes = [change for entry in entries for change in entry["changes"]]
    return {"object": first["object"], "entry": [entries[0] | {"changes": changes}]}


def linkedin_batch(events: Sequence[Event]) -> Event:
    """Several notifications in one body."""
    return events[0] | {"notifications": [one for each in events for one in each["notifications"]]}


BATCHES: dict[str, Callable[[Sequence[Event]], Event]] = {
    "instagram": meta_batch,
    "facebook": meta_batch,
    "linkedin": linkedin_batch,
}
"""X and TikTok send each event by itself."""
ECHOES = ("instagram", "facebook", "linkedin")
"""Platforms that tell an account of its own comments."""


def _meta(object: str, one: Happening, field: str, value: dict[str, Any]) -> Event:
    change = {"field": field, "value": value}
    return {
        "object": object,
        "entry": [{"id": one.brand.ref, "time": one.unix, "changes": [change]}],
    }
