"""Which open matters somebody was told of, so that each is told once, by whoever looks first."""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from storage.ledger.documents import insert_new
from storage.ledger.tables import told_matters

TELLS_WITHIN = timedelta(minutes=1)
"""Who took it on to tell and has not by then has died: another one does."""
SEEN_EVERY = timedelta(minutes=10)
FORGOTTEN = timedelta(hours=2)
"""A matter that was not open for so long is over; the same one is then told anew."""


def take(connection: sa.Connection, names: Collection[str], *, now: datetime) -> set[str]:
    """Those of the open matters that nobody was told of; the caller tells them, nobody beside it.

    `names` are all that are open: what is not among them for long is forgotten.
    """
    columns, wanted = told_matters.c, sorted(names)
    is_open = columns.name.in_(wanted)
    is_over = sa.and_(columns.at < now - FORGOTTEN, sa.not_(is_open))
    connection.execute(told_matters.delete().where(is_over))
    is_seen_long_ago = sa.and_(is_open, columns.is_told, columns.at < now - SEEN_EVERY)
    connection.execute(told_matters.update().where(is_seen_long_ago).values(at=now))
    query = sa.select(told_matters).where(is_open).order_by(columns.name).with_for_update()
    known = {row.name: row for row in connection.execute(query)}
    died = {one.name for one in known.values() if not one.is_told and one.at < now - TELLS_WITHIN}
    _note(connection, died, is_told=False, at=now)
    new = (name for name in wanted if name not in known)
    return died | {
        name
        for name in new
        if insert_new(connection, told_matters, name=name, is_told=False, at=now)
    }


def tell(connection: sa.Connection, names: Collection[str], *, now: datetime) -> None:
    """Note that somebody was told."""
    _note(connection, names, is_told=True, at=now)


def give_back(connection: sa.Connection, names: Collection[str]) -> None:
    """Note that nobody was told after all."""
    connection.execute(told_matters.delete().where(told_matters.c.name.in_(sorted(names))))


def _note(
    connection: sa.Connection, names: Collection[str], *, is_told: bool, at: datetime
) -> None:
    mine = told_matters.c.name.in_(sorted(names))
    connection.execute(told_matters.update().where(mine).values(is_told=is_told, at=at))
