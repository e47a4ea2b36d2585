"""A campaign: days on which some of a brand's topics come before the others."""

from collections.abc import Sequence
from datetime import date
from typing import Self

from pydantic import Field, model_validator

from domain.entity import Entity


class Campaign(Entity):
    """A theme with its days, both included, its topics, and what share of the posts they get.

    A day is the local day of the account on which a post goes out. Of several campaigns on one day
    that of the highest `priority` counts, and among equals the first of the brand file.
    `paid_partnership` says that somebody else pays for its posts.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: str = Field(min_length=1)
    starts_on: date
    ends_on: date
    topics: tuple[str, ...] = Field(min_length=1)
    share: float = Field(default=0.5, gt=0, le=1)
    priority: int = Field(default=0, ge=0, le=9)
    paid_partnership: bool = False

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError(
                f"it ends on {self.ends_on}, before it starts on {self.starts_on}; swap the days"
            )
        return self

    def runs_on(self, day: date) -> bool:
        """Whether the day is one of its days."""
        return self.starts_on <= day <= self.ends_on


def campaign_of(campaigns: Sequence[Campaign], day: date) -> Campaign | None:
    """The campaign that counts on that day; None where none runs."""
    running = [campaign for campaign in campaigns if campaign.runs_on(day)]
    return max(running, key=lambda each: each.priority, default=None)
