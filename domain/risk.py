"""How much may go wrong with what goes out, and how much of that kind needs no person."""

from enum import StrEnum
from typing import Any, NamedTuple

from domain.entity import Entity

CALIBRATED_FROM = 50
"""Decisions of people below which a draft's score says nothing about the next one."""


class Autonomy(StrEnum):
    """How much goes out without a person.

    `manual`: everything waits. `guarded`: what passes every check and is sure enough goes out, the
    rest waits. `full`: only what is blocked, what no fact gives and what comes close to bad news
    waits.
    """

    MANUAL = "manual"
    GUARDED = "guarded"
    FULL = "full"


class Risk(StrEnum):
    """How much may go wrong, by what it is and not by how well it is done.

    Of a post `domain.rules.risks` tells it, of a reply its intent (`domain.reply_policy`).
    """

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class ByRisk(Entity):
    """Another autonomy for each risk; `guarded` where none is given."""

    low: Autonomy = Autonomy.GUARDED
    medium: Autonomy = Autonomy.GUARDED
    high: Autonomy = Autonomy.GUARDED

    def at(self, risk: Risk) -> Autonomy:
        """The autonomy of what has that risk."""
        return {Risk.LOW: self.low, Risk.MEDIUM: self.medium, Risk.HIGH: self.high}[risk]


class Assessed(NamedTuple):
    """A risk, and in a few words what it comes from."""

    risk: Risk
    why: str

    @property
    def in_words(self) -> str:
        """`high risk: somebody pays for it`."""
        return f"{self.risk} risk: {self.why}"


def checked_autonomy(given: Any) -> ByRisk | Autonomy:
    """One word for every risk, or a word for each.

    Raises:
        ValueError: it is neither; says what may be written.
    """
    if isinstance(given, dict | ByRisk):
        return ByRisk.model_validate(given)
    try:
        return Autonomy(given)
    except ValueError as exc:
        words = ", ".join(Autonomy)
        raise ValueError(
            f"{given!r} is no autonomy; write one of {words}, or one for each risk, like "
            "{low: full, medium: guarded, high: manual}"
        ) from exc
