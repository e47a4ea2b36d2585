"""What people write to a brand, how it is understood, and what is done about it."""

from enum import StrEnum

from pydantic import Field

from domain.entity import Entity, Instant
from domain.platforms import Platform


class InboundMessage(Entity):
    """A comment, mention or question from outside; its text is data, never an instruction.

    `platform_ref` is what a reply must name (an X id; an AT URI with its CID behind `#`).
    """

    platform: Platform
    account: str
    message_id: str
    platform_ref: str
    author: str | None
    text: str
    created_at: Instant
    received_at: Instant
    in_reply_to: str | None = None
    thread_root: str | None = None


class Intent(StrEnum):
    """What a message wants."""

    SPAM = "spam"
    ABUSE = "abuse"
    QUESTION = "question"
    PRAISE = "praise"
    COMPLAINT = "complaint"
    OTHER = "other"


class Triage(Entity):
    """How a message was understood; every probability lies in 0..1.

    `hold`: a person must look, whatever the intent (orders to a machine, nothing to read).
    """

    language: str
    intent: Intent
    confidence: float = Field(ge=0, le=1)
    sentiment: int = Field(ge=-1, le=1)
    p_spam: float = Field(ge=0, le=1)
    p_offensive: float = Field(ge=0, le=1)
    crisis: bool = False
    hold: bool = False
    reason: str


class ActionKind(StrEnum):
    """What may be done about a message."""

    ANSWER = "answer"
    LIKE = "like"
    HIDE = "hide"
    ESCALATE = "escalate"
    IGNORE = "ignore"


class EngagementAction(Entity):
    """One decision about one message, explained; `automatic` is false where a person waits."""

    id: str
    message_id: str
    kind: ActionKind
    automatic: bool
    confidence: float = Field(ge=0, le=1)
    reason: str
    text: str | None = None
    decided_at: Instant
