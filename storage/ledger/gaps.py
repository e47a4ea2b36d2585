"""Where the reading of an account's messages was broken off: what is left is read later."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from storage.ledger import events
from storage.ledger.documents import upsert
from storage.ledger.tables import event_positions

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages that were not read: since an instant, below the message of that id."""

    since: datetime
    before: int


def find(connection: sa.Connection, account: str) -> Gap | None:
    """What is left to read of an account; None where nothing is."""
    before = events.position(connection, _name(account, "below"))
    since = events.position(connection, _name(account, "since"))
    return Gap(EPOCH + since * MICROSECOND, before) if before else None


def keep(connection: sa.Connection, account: str, gap: Gap | None) -> None:
    """Put down what is left to read of an account, in the place of what was."""
    since = (gap.since - EPOCH) // MICROSECOND if gap else 0
    for what, position in (("below", gap.before if gap else 0), ("since", since)):
        row = {"consumer": _name(account, what), "position": position}
        upsert(connection, event_positions, key=("consumer",), **row)


def _name(account: str, what: str) -> str:
    return f"messages of {account} unread {what}"
