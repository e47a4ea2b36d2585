"""Many small writes in one durable transaction: who comes first commits for all who wait."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

import sqlalchemy as sa

from storage.ledger.database import Ledger

Item = TypeVar("Item")
Result = TypeVar("Result")
MOST = 256
"""Items in one transaction."""


def _taken() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(eq=False, slots=True)
class _Entry(Generic[Item, Result]):
    """An item, what it came to, and whether its thread is the one that commits.

    Its thread waits at `turn`, a bare lock: an event or a future costs more than the wait.
    """

    item: Item
    leads: bool = False
    turn: threading.Lock = field(default_factory=_taken)
    results: list[Result] = field(default_factory=list)
    error: Exception | None = None

    def wake(self) -> None:
        """Let its thread go on, where it waits."""
        if not self.leads:
            self.turn.release()

    def answer(self) -> Result:
        """What was written. Raises what the item's own write raised."""
        if self.error is not None:
            raise self.error
        return self.results[0]


class GroupCommit(Generic[Item, Result]):
    """Commits together what threads hand in at the same time; each waits until its own is on disk.

    One thread commits at a time. What comes meanwhile waits, and the first of it commits next.

    Args:
        ledger: where it is written.
        write: is given the connection, the instant and all items that wait, and returns one
            result for each, in order. A group that fails is tried again one by one, so that an
            item harms no other.
    """

    def __init__(
        self,
        ledger: Ledger,
        write: Callable[[sa.Connection, datetime, Sequence[Item]], Sequence[Result]],
    ) -> None:
        self._ledger = ledger
        self._write = write
        self._waiting: deque[_Entry[Item, Result]] = deque()
        self._is_led = False
        self._lock = threading.Lock()

    def commit(self, item: Item) -> Result:
        """Write `item` and return its result once it is durable.

        Raises:
            StoreError: the ledger refused; nothing of this item was written.
        """
        entry: _Entry[Item, Result] = _Entry(item)
        with self._lock:
            self._waiting.append(entry)
            entry.leads, self._is_led = not self._is_led, True
        if not entry.leads:
            entry.turn.acquire()
        if entry.leads:
            try:
                self._commit_all()
            finally:
                self._hand_over()
        return entry.answer()

    def _commit_all(self) -> None:
        with self._lock:
            group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST))]
        if not self._commit_group(group):
            for entry in group:
                self._commit_group([entry], is_last_try=True)

    def _hand_over(self) -> None:
        """Let the first of those that wait commit next."""
        with self._lock:
            self._is_led = bool(self._waiting)
            if self._is_led:
                self._waiting[0].leads = True
                self._waiting[0].turn.release()

    def _commit_group(
        self, group: Sequence[_Entry[Item, Result]], *, is_last_try: bool = False
    ) -> bool:
        try:
            with self._ledger.transaction() as connection:
                now = self._ledger.now(connection)
                results = self._write(connection, now, [entry.item for entry in group])
        except Exception as exc:  # noqa: BLE001 - it is raised where the item came from
            if len(group) > 1 and not is_last_try:
                return False
            for entry in group:
                entry.error = exc
                entry.wake()
            return True
        for entry, result in zip(group, results, strict=True):
            entry.results.append(result)
            entry.wake()
        return True
