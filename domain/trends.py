"""A topic that the world talks about now."""

from pydantic import Field

from domain.entity import Entity, Instant


class TrendingTopic(Entity):
    """One topic at one time: how much it is talked about, how new it is, how well it fits."""

    topic: str
    observed_at: Instant
    volume: int = Field(ge=0)
    growth: float
    fit: float = Field(default=0, ge=0, le=1)
    source: str
