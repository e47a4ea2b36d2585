"""Where a send is written down: before the request, between its steps, and after the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Self

from domain.deliveries import Delivery
from publishing.attempts import Attempt, Ending, Intent, begin_all, finish_all, keep, look
from storage.ledger.database import Ledger
from storage.ledger.group_commit import GroupCommit


@dataclass(frozen=True, slots=True)
class Books:
    """What each send goes through; every call returns when it is on disk.

    Attributes:
        begin: the intent; None where the claim is no longer good.
        keep: what a step reached.
        look: raises LeaseLost where the send may not go on.
        finish: the outcome; None where the fence shuts this worker out.
    """

    begin: Callable[[Intent], Attempt | None]
    keep: Callable[[Attempt, str, str], None]
    look: Callable[[Attempt], None]
    finish: Callable[[Ending], Delivery | None]

    @classmethod
    def of(cls, ledger: Ledger) -> Self:
        """The ledger's: what several threads write at the same time is committed together."""
        intents = GroupCommit[Intent, Attempt | None](
            ledger, partial(begin_all, bills=ledger.clock is None)
        )
        endings = GroupCommit[Ending, Delivery | None](ledger, finish_all)
        return cls(intents.commit, partial(keep, ledger), partial(look, ledger), endings.commit)
