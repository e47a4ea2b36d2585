"""A post is meant at a wall-clock time: where a zone's rules change, its instant follows."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from domain.zones import WALL, instant_of, wall_of
from storage.ledger.database import Ledger
from storage.ledger.tables import deliveries

PLANNED = sa.and_(
    deliveries.c.state == "planned",
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
    moved = []
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        ahead = sa.select(*columns).where(PLANNED, deliveries.c.due_at > now)
        for row in connection.execute(ahead.with_for_update(skip_locked=True)).all():
            zone = find(row.time_zone)
            if wall_of(row.due_at, zone) == row.local_time:
                continue
            due_at = instant_of(datetime.strptime(row.local_time, WALL), zone)  # noqa: DTZ007
            due_at += row.due_at - row.due_at.replace(second=0, microsecond=0)
            values = {"due_at": max(due_at, now), "updated_at": now}
            connection.execute(
                deliveries.update().where(deliveries.c.id == row.id).values(**values)
            )
            moved.append((row.id, values["due_at"]))
    return moved
