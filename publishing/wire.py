"""The requests under way, and the intents ahead of them: no more than get their turn in time."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

AHEAD = 1.0
"""Seconds of sending for which intents may lie ready: well below those for which one is good."""
FIRST_GUESS = 0.25
"""Seconds of a send before any was measured."""
WEIGHT = 0.2
"""How much the newest send counts in the mean."""


class Wire:
    """Turns to ask platforms, and places in the queue for them.

    While some requests are under way, the next intents are written: that takes longer than a
    quick request. Before slow ones there are few places, for an intent that waits is over soon.

    Args:
        turns: requests under way at a time.
    """

    def __init__(self, turns: int) -> None:
        self._most, self._turns = turns, threading.BoundedSemaphore(turns)
        self._seconds, self._placed = FIRST_GUESS, 0
        self._moved = threading.Condition()

    @property
    def places(self) -> float:
        """How many may be under way or wait for their turn, with an intent on disk."""
        return self._most * (1 + AHEAD / max(self._seconds, 1e-3))

    @contextmanager
    def place(self) -> Iterator[None]:
        """Queue; to be held from before the intent until the answer."""
        with self._moved:
            self._moved.wait_for(lambda: self._placed + 1 <= self.places)
            self._placed += 1
        try:
            yield
        finally:
            with self._moved:
                self._placed -= 1
                self._moved.notify_all()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Ask; to be held from before the first request until the last answer."""
        with self._turns:
            begun = time.monotonic()
            try:
                yield
            finally:
                took = time.monotonic() - begun
                with self._moved:
                    self._seconds += WEIGHT * (took - self._seconds)
