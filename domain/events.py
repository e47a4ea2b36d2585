"""Domain events: what happened, in one envelope, written with the change itself."""

from enum import StrEnum
from typing import Any
from uuid import uuid4

from pydantic import Field

from domain.entity import Entity, Instant


class EventType(StrEnum):
    """What may be announced."""

    BRAND_LOADED = "BrandLoaded"
    HISTORY_IMPORTED = "HistoryImported"
    CONTENT_GENERATED = "ContentGenerated"
    CONTENT_APPROVED = "ContentApproved"
    CONTENT_HELD = "ContentHeld"
    CONTENT_REJECTED = "ContentRejected"
    CONTENT_EXPIRED = "ContentExpired"
    MEDIA_CREATED = "MediaCreated"
    POST_SCHEDULED = "PostScheduled"
    POST_PUBLISHED = "PostPublished"
    POST_FAILED = "PostFailed"
    DELIVERY_MOVED = "DeliveryMoved"
    DELIVERIES_CLAIMED = "DeliveriesClaimed"
    DELIVERY_OVERDUE = "DeliveryOverdue"
    ENGAGEMENT_RECEIVED = "EngagementReceived"
    TREND_DETECTED = "TrendDetected"
    MESSAGE_RECEIVED = "MessageReceived"
    ACTION_DECIDED = "ActionDecided"
    MODEL_PROMOTED = "ModelPromoted"
    MODEL_ROLLED_BACK = "ModelRolledBack"
    ACCOUNT_CONNECTED = "AccountConnected"
    ACCOUNT_NEEDS_ATTENTION = "AccountNeedsAttention"
    EMERGENCY_STOPPED = "EmergencyStopped"
    EMERGENCY_LIFTED = "EmergencyLifted"


CAUSES: dict[EventType, tuple[EventType, ...]] = {
    EventType.CONTENT_APPROVED: (EventType.CONTENT_GENERATED, EventType.CONTENT_HELD),
    EventType.CONTENT_HELD: (EventType.CONTENT_GENERATED,),
    EventType.CONTENT_REJECTED: (EventType.CONTENT_GENERATED, EventType.CONTENT_HELD),
    EventType.CONTENT_EXPIRED: (EventType.CONTENT_HELD,),
    EventType.POST_SCHEDULED: (EventType.CONTENT_APPROVED,),
    EventType.POST_PUBLISHED: (EventType.POST_SCHEDULED,),
    EventType.POST_FAILED: (EventType.POST_SCHEDULED,),
    EventType.ACTION_DECIDED: (EventType.MESSAGE_RECEIVED, EventType.ACTION_DECIDED),
    EventType.EMERGENCY_LIFTED: (EventType.EMERGENCY_STOPPED,),
}
"""What an event follows from: the newest one of these types in the same story."""


class DomainEvent(Entity):
    """The envelope. `causation` is the event that led here, `correlation` the whole story."""

    id: str = Field(default_factory=lambda: uuid4().hex)
    type: EventType
    occurred_at: Instant
    correlation: str
    causation: str | None = None
    actor: str
    payload: dict[str, Any]
