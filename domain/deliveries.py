"""A delivery: one change of the outside world, planned, sent once, accounted for."""

from enum import StrEnum

from domain.entity import Entity, Instant
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

    `reply_to` and `reply_root` name platform posts (an X id; an AT URI with its CID behind `#`).
    """

    text: str = ""
    language: str | None = None
    link: str | None = None
    hashtags: tuple[str, ...] = ()
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
