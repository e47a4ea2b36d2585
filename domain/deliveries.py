"""A delivery: one change of the outside world, planned, sent once, accounted for."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from domain.entity import Entity, Instant
from domain.media import Attachment
from domain.platforms import Platform


class DeliveryState(StrEnum):
    """Where a delivery stands; the moves between them are in `domain.moves`."""

    PLANNED = "planned"
    DUE = "due"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    FAILED = "failed"
    CANCELLED = "cancelled"


class DeliveryKind(StrEnum):
    """What a delivery changes out there."""

    POST = "post"
    REPLY = "reply"
    HIDE = "hide"
    DELETE = "delete"


class Payload(Entity):
    """What is to be sent, complete: nothing is looked up elsewhere at the door.

    `reply_to` and `reply_root` name platform posts (an X id; an AT URI with its CID behind `#`);
    where both are the same, the reply answers the post itself and not a comment below it. `title`
    is for platforms that show one apart from the text.
    """

    text: str = ""
    title: str | None = None
    language: str | None = None
    link: str | None = None
    hashtags: tuple[str, ...] = ()
    media: tuple[Attachment, ...] = ()
    made_with_ai: bool = False
    paid_partnership: bool = False
    reply_to: str | None = None
    reply_root: str | None = None
    target: str | None = None


class PublishResult(Entity):
    """What a platform answered to a successful send."""

    platform: Platform
    account: str
    platform_id: str
    url: str | None = None
    published_at: Instant
    adopted: bool = False


class NewDelivery(Entity):
    """A delivery to be planned. The same `key` planned again is the same delivery.

    `account` is the account's id (`platform:handle`); `local_time` and `time_zone` keep the
    wall-clock time that was meant, `due_at` the instant it came to. `after` is the key of the
    delivery that must be out before: the part of the thread, or the post of a first comment, that
    this one answers.
    """

    key: str = Field(min_length=1)
    kind: DeliveryKind = DeliveryKind.POST
    brand: str
    platform: Platform
    account: str
    payload: Payload
    due_at: Instant
    local_time: str | None = None
    time_zone: str | None = None
    post_id: str | None = None
    post_version: int | None = None
    message_id: str | None = None
    after: str | None = None


class Delivery(NewDelivery):
    """A delivery as it stands in the ledger.

    `fence` grows with each claim and shuts out late writers; `next_at` is when a waiting or
    unknown one is looked at again (None: it waits for a person or an event). `steps` is what its
    attempts have reached on the platform before it was public: a container, an upload, a media id.
    `chain` is the hash of its last event.
    """

    id: str
    state: DeliveryState
    fingerprint: str
    platform_key: str | None = None
    steps: Mapping[str, str] = {}
    lease_owner: str | None = None
    lease_until: Instant | None = None
    fence: int = 0
    attempts: int = 0
    next_at: Instant | None = None
    platform_id: str | None = None
    url: str | None = None
    sent_at: Instant | None = None
    reason: str | None = None
    remedy: str | None = None
    chain: str | None = None
    created_at: Instant
    updated_at: Instant


def full_text(payload: Payload) -> str:
    """The text as it goes out, with the link and the hashtags that it does not hold yet.

    They follow after a space each; the checks of length look at this text.
    """
    parts = [payload.text] if payload.text else []
    if payload.link and payload.link not in payload.text:
        parts.append(payload.link)
    words = {word.casefold() for word in re.findall(r"#\w+", payload.text)}
    tags = [f"#{tag.lstrip('#')}" for tag in payload.hashtags]
    parts += [tag for tag in tags if tag.casefold() not in words]
    return " ".join(parts)


def media_type(payload: Payload) -> str:
    """What carries the post, as the canonical table of posts names it.

    The first file decides; without any the link does, and else the words alone.
    """
    if not payload.media:
        return "link" if payload.link else "text"
    if payload.media[0].is_video:
        return "video"
    return "carousel" if len(payload.media) > 1 else "image"


def fingerprint(text: str) -> str:
    """SHA-256 of a text without what platforms change on the way.

    Left out: Unicode composition, runs of white space, a link's scheme and its last slash (X
    shows `https://t.co/...` for every link and gives the target back with a scheme and a slash).
    """
    plain = unicodedata.normalize("NFC", text)
    plain = re.sub(r"https?://", "", plain)
    plain = re.sub(r"/(?=\s|$)", "", plain)
    return hashlib.sha256(" ".join(plain.split()).encode()).hexdigest()
