"""Domain events: what happened, in one envelope, written with the change itself."""

from enum import StrEnum
from typing import Any
from uuid import uuid4

from pydantic import Field

from domain.entity import Entity, Instant


class EventType(StrEnum):
    """What may be announced.

    Named but not written yet: HistoryImported by an import, MediaCreated, EngagementReceived,
    TrendDetected, ModelPromoted.
    """

    BRAND_LOADED = "BrandLoaded"
    HISTORY_IMPORTED = "HistoryImported"
    CONTENT_GENERATED = "ContentGenerated"
    CONTENT_APPROVED = "ContentApproved"
    CONTENT_HELD = "ContentHeld"
    CONTENT_REJECTED = "ContentRejected"
    MEDIA_CREATED = "MediaCreated"
    POST_SCHEDULED = "PostScheduled"
    POST_PUBLISHED = "PostPublished"
    POST_FAILED = "PostFailed"
    DELIVERY_MOVED = "DeliveryMoved"
    DELIVERY_OVERDUE = "DeliveryOverdue"
    ENGAGEMENT_RECEIVED = "EngagementReceived"
    TREND_DETECTED = "TrendDetected"
    MESSAGE_RECEIVED = "MessageReceived"
    ACTION_DECIDED = "ActionDecided"
    MODEL_PROMOTED = "ModelPromoted"
    ACCOUNT_CONNECTED = "AccountConnected"
    ACCOUNT_NEEDS_ATTENTION = "AccountNeedsAttention"
    EMERGENCY_STOPPED = "EmergencyStopped"
    EMERGENCY_LIFTED = "EmergencyLifted"


class DomainEvent(Entity):
    """The envelope. `causation` is the event that led here, `correlation` the whole story."""

    id: str = Field(default_factory=lambda: uuid4().hex)
    type: EventType
    occurred_at: Instant
    correlation: str
    causation: str | None = None
    actor: str
    payload: dict[str, Any]
