"""When and where a post is meant to go out, and why then."""

from enum import StrEnum

from pydantic import Field

from domain.brand import Zone
from domain.entity import Entity, Instant
from domain.platforms import Platform


class Strategy(StrEnum):
    """How a slot was found: by the model, by the brand's fixed hours, or for a test."""

    OPTIMAL = "optimal"
    FIXED = "fixed"
    TEST = "test"


class PlatformSchedule(Entity):
    """One platform's slot: the wall-clock time that was meant, its zone, the instant, the reason.

    `propensity` is the probability with which the policy chose this slot among those open.
    """

    platform: Platform
    account: str
    local_time: str
    time_zone: Zone
    due_at: Instant
    reasoning: str
    propensity: float = Field(gt=0, le=1)


class ScheduleTask(Entity):
    """The schedule of one post over its platforms."""

    id: str
    post_id: str
    brand: str
    strategy: Strategy
    platforms: tuple[PlatformSchedule, ...] = Field(min_length=1)
    priority: int = Field(default=0, ge=0, le=9)
