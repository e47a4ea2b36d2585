"""Tokens kept fresh beside the work: one that nobody uses must not end unnoticed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

import structlog

from domain.errors import AmselError
from publishing.tokens import TokenKeeper

ENDS_WITHIN = 30.0
"""Seconds that a renewal under way may take at the end: cut off after its request, it would take
the new pair along, and where the old one is spent a person would have to log in again."""
EVERY = 60.0
"""Seconds between two looks; a look that finds nothing to do is one read per account."""
log = structlog.get_logger(__name__)


@contextmanager
def kept_fresh(keepers: Sequence[TokenKeeper], *, every: float = EVERY) -> Iterator[None]:
    """Renew what is due, again and again, until the work is done."""
    done = Event()
    thread = Thread(target=_renew, args=(keepers, done, every), name="tokens", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=ENDS_WITHIN)


def _renew(keepers: Sequence[TokenKeeper], done: Event, every: float) -> None:
    while not done.is_set():
        for keeper in keepers:
            if done.is_set():
                return
            try:
                keeper.keep_fresh()
            except AmselError as exc:  # one account's trouble is no reason to forget the others
                log.warning("tokens", keeper=repr(keeper), trouble=str(exc))
        done.wait(every)
