"""Beside the work: tokens are kept fresh, and what is late or waits for a person is told.

A token that nobody uses must not end unnoticed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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
    """
    done = Event()
    thread = Thread(target=_look, args=(keepers, tell, done, every), name="upkeep", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=ENDS_WITHIN)
        _say(tell)


def _look(
    keepers: Sequence[TokenKeeper], tell: Callable[[], object], done: Event, every: float
) -> None:
    while not done.is_set():
        for keeper in keepers:
            if done.is_set():
                return
            try:
                keeper.keep_fresh()
            except AmselError as exc:  # one account's trouble is no reason to forget the others
                log.warning("tokens", keeper=repr(keeper), trouble=str(exc))
        _say(tell)
        done.wait(every)


def _say(tell: Callable[[], object]) -> None:
    try:
        tell()
    except AmselError as exc:  # it is told at the next look
        log.warning("alerts", trouble=str(exc))
