"""A commission: what a model of others makes to order within minutes or a day, paid for once."""

from enum import StrEnum
from typing import Any, Literal

from domain.entity import Entity, Instant

Kind = Literal["picture", "clip", "text"]
"""`text` is written in a batch; what is written at once is no commission."""


class CommissionState(StrEnum):
    """Where a commission stands.

    `asked`: written down, and the request is under way or its answer was lost. `at_work`: the
    provider named a job. `unknown`: nobody can say whether it was taken, and a person is asked.
    """

    ASKED = "asked"
    AT_WORK = "at_work"
    MADE = "made"
    FAILED = "failed"
    UNKNOWN = "unknown"


MEDIA: tuple[Kind, ...] = ("picture", "clip")
OPEN = (CommissionState.ASKED, CommissionState.AT_WORK)


class NewCommission(Entity):
    """What is to be made for an order: one picture, one clip and one text at most.

    `cents` is its price; until `wait_until` the post waits for it, then it is shown without.
    """

    brand: str
    brief_id: str
    kind: Kind
    maker: str
    prompt: str
    seed: int
    cents: float
    wait_until: Instant

    @property
    def id(self) -> str:
        """The same order and kind again is the same commission."""
        return f"{self.brief_id}:{self.kind}"


class Commission(NewCommission):
    """A commission as it stands in the ledger.

    `next_at` is when it is looked at again, `attempts` how often it was ordered; `job` is the
    provider's, `sha256` names what came of it; a text stands in `result`.
    """

    booking: str
    state: CommissionState
    attempts: int = 1
    job: str | None = None
    sha256: str | None = None
    result: dict[str, Any] | None = None
    reason: str | None = None
    remedy: str | None = None
    asked_at: Instant
    next_at: Instant | None = None
    updated_at: Instant

    @property
    def is_open(self) -> bool:
        """Whether something may still come of it by itself."""
        return self.state in OPEN
