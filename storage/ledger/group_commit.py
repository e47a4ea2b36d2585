"""Many small writes in one durable transaction: who comes first commits for all who wait."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

import sqlalchemy as sa

from storage.ledger.database import Ledger

Item = TypeVar("Item")
Result = TypeVar("Result")
MOST = 256
"""Items in one transaction."""


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Item, Result]):
    item: Item
    future: "Future[Result]" = field(default_factory=Future)


class GroupCommit(Generic[Item, Result]):
    """Commits together what threads hand in at the same time; each waits until its own is on disk.

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
        self._turn = threading.Lock()

    def commit(self, item: Item) -> Result:
        """Write `item` and return its result once it is durable.

        Raises:
            StoreError: the ledger refused; nothing of this item was written.
        """
        entry: _Entry[Item, Result] = _Entry(item)
        self._waiting.append(entry)
        with self._turn:
            while not entry.future.done():  # whoever had the turn before may have taken it along
                self._commit_next()
        return entry.future.result()

    def _commit_next(self) -> None:
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST))]
        if not self._commit_group(group):
            for entry in group:
                self._commit_group([entry], is_last_try=True)

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
                entry.future.set_exception(exc)
            return True
        for entry, result in zip(group, results, strict=True):
            entry.future.set_result(result)
        return True
