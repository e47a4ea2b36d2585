"""A ledger that refuses a standing worker: how long to wait for it, and what to say, once."""

import time
from collections.abc import Callable

import structlog

from domain.errors import StoreError

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before the next try after a refusal; they double from the first to the longest."""
TRIES = 4
"""How many refusals in a row end a worker that is to end by itself: about seven seconds."""
STEP = 0.2
"""Seconds after which a pause asks whether it is to end."""
log = structlog.get_logger(__name__)


class Refusals:
    """Refusals in a row.

    Args:
        tries: how many end it; None: it waits as long as it takes.
    """

    def __init__(self, *, tries: int | None) -> None:
        self._tries, self._count = tries, 0
        self._has_begun = False

    def begin(self) -> None:
        """Note that the work has begun: from here on the ledger is waited for."""
        self._has_begun = True

    def over(self) -> None:
        """Note that the ledger has done all that was asked."""
        self.begin()
        if self._count:
            log.warning("the ledger is back", refusals=self._count)
        self._count = 0

    def wait(self, error: StoreError, *, is_stopped: Callable[[], bool]) -> None:
        """Pause before the next try, until `is_stopped`; the first of a row is told in the log.

        Raises:
            StoreError: nothing ever came through, or it was refused too often.
        """
        self._count += 1
        if not self._has_begun or self._count == self._tries:
            raise error
        if self._count == 1:
            log.warning("the ledger refuses; it is tried again until it is back", why=str(error))
        pause = min(FIRST_PAUSE * 2 ** min(self._count - 1, 10), LONGEST_PAUSE)
        goes_on_at = time.monotonic() + pause
        while not is_stopped() and (left := goes_on_at - time.monotonic()) > 0:
            time.sleep(min(left, STEP))
