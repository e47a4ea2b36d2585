"""What people did with a post, and how they felt about it."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from domain.entity import Entity, Instant

METRICS = (
    "impressions",
    "reach",
    "views",
    "likes",
    "comments",
    "shares",
    "saves",
    "clicks",
)
"""The canonical metrics. One that a platform does not give is null, never 0."""


class SentimentAnalysis(Entity):
    """How messages sound together; `score`, their mean, from -1 (hostile) to 1 (kind)."""

    score: float = Field(ge=-1, le=1)
    positive: int = Field(ge=0)
    neutral: int = Field(ge=0)
    negative: int = Field(ge=0)

    @classmethod
    def of(cls, sentiments: Sequence[int]) -> Self | None:
        """Of messages that are each -1, 0 or 1; None where there is none."""
        if not sentiments:
            return None
        return cls(
            score=sum(sentiments) / len(sentiments),
            positive=sentiments.count(1),
            neutral=sentiments.count(0),
            negative=sentiments.count(-1),
        )

    def in_words(self) -> str:
        """Like `3 kind, 1 neutral, 0 unkind`."""
        return f"{self.positive} kind, {self.neutral} neutral, {self.negative} unkind"


class EngagementMetrics(Entity):
    """The counts of one post as they stood at one instant."""

    observed_at: Instant
    impressions: int | None = Field(default=None, ge=0)
    reach: int | None = Field(default=None, ge=0)
    views: int | None = Field(default=None, ge=0)
    likes: int | None = Field(default=None, ge=0)
    comments: int | None = Field(default=None, ge=0)
    shares: int | None = Field(default=None, ge=0)
    saves: int | None = Field(default=None, ge=0)
    clicks: int | None = Field(default=None, ge=0)
    sentiment: SentimentAnalysis | None = None
