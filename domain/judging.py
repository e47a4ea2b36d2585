"""A writer as judge: what a brand wants read by a model where no rule objects."""

from typing import Literal

from domain.entity import Entity

JUDGE = "judge"
"""The name of the judge's verdict among those of the rules."""


class Judging(Entity):
    """Who reads drafts for what no rule can see: `judge` of the brand file; nobody by default.

    `writer` is a hosted writer by its name in the record. Where it cannot be asked, or gives no
    valid verdict, a draft waits for a person, or goes by the rules alone: `without`.
    """

    writer: str | None = None
    without: Literal["wait", "rules"] = "wait"
