"""Beside the work: tokens are kept fresh, and what is late or waits for a person is told.

A token that nobody uses must not end unnoticed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

import structlog

from domain.errors import AmselError
from publishing.tokens import TokenKeeper

ENDS_WITHIN = 30.0
"""Seconds that a renewal under way may take at the end: cut off after its request, it would take
the new pair along, and where the old one is spent a person would have to log in again."""
EVERY = 30.0
"""Seconds between two looks, so that what is late is told within two minutes; a look that finds
nothing to do is one read per account and a few of the ledger."""
LONGEST_REST = 16
"""Looks at most that a duty sits out which ended in an error that nobody foresaw."""
log = structlog.get_logger(__name__)


@contextmanager
def kept_fresh(
    keepers: Sequence[TokenKeeper],
    *,
    tell: Callable[[], object] = lambda: None,
    every: float = EVERY,
) -> Iterator[None]:
    """Renew what is due, then `tell`, again and again, until the work is done.

    It is told once more at the end: what fails in work that takes only a moment is told, too.
    Whatever a keeper or `tell` ends in is logged, and neither ends the others nor the work.
    """
    done = Event()
    telling = _Duty("alerts", tell)
    duties = [*(_Duty(repr(one), one.keep_fresh) for one in keepers), telling]
    thread = Thread(target=_look, args=(duties, done, every), name="upkeep", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=ENDS_WITHIN)
        telling.do()


@dataclass
class _Duty:
    """One thing to do at each look, on its own: what it ends in is no matter of the others."""

    name: str
    act: Callable[[], object]
    failures: int = 0
    rest: int = 0

    def take_turn(self) -> None:
        """Do it, unless it sits this look out."""
        if self.rest:
            self.rest -= 1
        else:
            self.do()

    def do(self) -> None:
        """Do it; an error that nobody foresaw has it sit out 1, 2, 4 and up to 16 looks."""
        try:
            self.act()
        except AmselError as exc:  # one account's trouble is no reason to forget the others
            log.warning("upkeep", duty=self.name, trouble=str(exc))
        except Exception as exc:  # noqa: BLE001 - the thread must not end in silence
            self.rest = min(2**self.failures, LONGEST_REST)
            self.failures += 1
            log.error("upkeep", duty=self.name, error=type(exc).__name__, sits_out=self.rest)
            return
        self.failures = 0


def _look(duties: Sequence[_Duty], done: Event, every: float) -> None:
    while not done.is_set():
        for duty in duties[:-1]:
            if done.is_set():
                return
            duty.take_turn()
        duties[-1].take_turn()
        done.wait(every)
