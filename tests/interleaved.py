"""Something that is committed between two statements of a transaction."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from storage.ledger.database import Ledger

_BLOCKED = sa.text(
    "select count(*) from pg_stat_activity "
    "where wait_event_type = 'Lock' and datname = current_database()"
)


class Between:
    """What another does after a statement of this thread, as far as no lock keeps it waiting.

    Attributes:
        seen: how many statements this thread's transactions have made.
        has_acted: whether there was such a statement.
        error: what the other's deed ended in, once the block is over.
    """

    def __init__(self, act: Callable[[], object]) -> None:
        self.seen, self.has_acted = 0, False
        self.error: Exception | None = None
        self._act = act
        self._thread = threading.Thread(target=self._run)

    def start(self, watcher: Ledger) -> None:
        """Let it act until it has done so, or waits for a lock that is held here."""
        self.has_acted = True
        self._thread.start()
        while self._thread.is_alive():
            self._thread.join(0.02)
            with watcher.reading() as connection:
                if connection.scalar(_BLOCKED):
                    return

    def end(self) -> None:
        """Wait for it to come to its end."""
        if self.has_acted:
            self._thread.join()

    def _run(self) -> None:
        try:
            self._act()
        except Exception as exc:  # noqa: BLE001 - the test looks at it
            self.error = exc


@contextmanager
def between(
    ledger: Ledger,
    act: Callable[[], object],
    *,
    after: Callable[[int, str], bool],
    watcher: Ledger,
) -> Iterator[Between]:
    """Have `act`, which must use another ledger, run once after a statement of this thread.

    Args:
        ledger: whose statements count.
        act: what somebody else does.
        after: is given the number of the statement, from 1, and its words.
        watcher: a third ledger, of the same server: it sees who waits for whom.
    """
    here, other = threading.get_ident(), Between(act)

    def note(_connection: Any, _cursor: Any, words: str, *_: Any) -> None:
        if threading.get_ident() != here:
            return
        other.seen += 1
        if not other.has_acted and after(other.seen, words):
            other.start(watcher)

    sa.event.listen(ledger.engine, "after_cursor_execute", note)
    try:
        yield other
    finally:
        sa.event.remove(ledger.engine, "after_cursor_execute", note)
        other.end()
