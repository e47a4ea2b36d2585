"""A post is meant at a wall-clock time: where a zone's rules change, its instant follows."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from domain.deliveries import DeliveryState
from domain.zones import WALL, instant_of, wall_of
from storage.ledger.database import Ledger
from storage.ledger.tables import deliveries, in_state

CHUNK = 1000
PLANNED = sa.and_(
    in_state(DeliveryState.PLANNED),
    deliveries.c.local_time.is_not(None),
    deliveries.c.time_zone.is_not(None),
)


def follow_zones(
    ledger: Ledger, *, zones: Mapping[str, ZoneInfo] | None = None
) -> list[tuple[str, datetime]]:
    """Move what is planned to the instant that its wall-clock time means today; (id, instant).

    Called when a worker starts: new rules come with a new version of the zone data. Where the
    rules are those that the post was planned under, nothing moves, not even within an hour that
    comes twice. `zones` stand in for the system's.

    Raises:
        StoreError: the ledger refused.
    """
    find = cache(ZoneInfo) if zones is None else zones.__getitem__
    names = ("id", "due_at", "local_time", "time_zone")
    columns = [deliveries.c[name] for name in names]
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        ahead = sa.select(*columns).where(PLANNED, deliveries.c.due_at > now)
        # of a million rows few move, and only those are kept
        rows = connection.execute(ahead.execution_options(yield_per=CHUNK))
        moved = [(row, at) for row in rows if (at := _moves(row, find, now)) is not None]
        return [(row.id, at) for row, at in moved if _move(connection, row, at, now)]


def _move(connection: sa.Connection, row: Any, due_at: datetime, now: datetime) -> bool:
    """Whether it is still planned for what it was seen to be, and moved from there."""
    mine = sa.and_(
        deliveries.c.id == row.id,
        deliveries.c.state == DeliveryState.PLANNED,
        deliveries.c.due_at == row.due_at,
        deliveries.c.local_time == row.local_time,
        deliveries.c.time_zone == row.time_zone,
    )
    values = {"due_at": due_at, "updated_at": now}
    return connection.execute(deliveries.update().where(mine).values(**values)).rowcount == 1


def _moves(row: Any, find: Callable[[str], ZoneInfo], now: datetime) -> datetime | None:
    try:
        return _moved_to(row, find, now)
    except (ValueError, LookupError, OSError):  # no zone, or no time: its instant stands
        return None


def _moved_to(row: Any, find: Callable[[str], ZoneInfo], now: datetime) -> datetime | None:
    zone = find(row.time_zone)
    if wall_of(row.due_at, zone) == row.local_time:
        return None
    due_at = instant_of(datetime.strptime(row.local_time, WALL), zone)  # noqa: DTZ007
    due_at += row.due_at - row.due_at.replace(second=0, microsecond=0)
    later: datetime = max(due_at, now)
    return later
