"""Sums of money in the ledger: booked before a call, settled after it, added up by month."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.ledger.many_rows import insert_all
from storage.ledger.tables import costs


@dataclass(frozen=True, slots=True)
class Booking:
    """Money set aside for one call; the same id again is the same call."""

    id: str
    brand: str
    provider: str
    purpose: str
    cents: float
    at: datetime


def book(connection: sa.Connection, bookings: Sequence[Booking]) -> None:
    """Set money aside. It does not look at any budget."""
    rows = [
        {
            "id": one.id,
            "brand": one.brand,
            "provider": one.provider,
            "purpose": one.purpose,
            "reserved_cents": one.cents,
            "reserved_at": one.at,
        }
        for one in bookings
    ]
    insert_all(connection, costs, rows)


def settle(
    connection: sa.Connection, paid: Collection[str], free: Collection[str], *, now: datetime
) -> None:
    """Settle bookings: `paid` at what was set aside, `free` at nothing; others are left out."""
    for ids, cents in ((paid, costs.c.reserved_cents), (free, 0.0)):
        if ids:
            connection.execute(
                costs.update()
                .where(costs.c.id.in_(ids))
                .values(settled_cents=cents, settled_at=now)
            )


def replace(
    connection: sa.Connection, booking: str, paid: Sequence[Booking], *, now: datetime
) -> None:
    """Put what was paid in the place of what was set aside; the same id again is paid once."""
    connection.execute(costs.delete().where(costs.c.id == booking))
    book(connection, paid)
    settle(connection, [one.id for one in paid], (), now=now)


def spent(
    connection: sa.Connection, *, brand: str, since: datetime, until: datetime | None = None
) -> float:
    """Cents of a brand by reservation instant: settled, or else reserved."""
    amount = sa.func.coalesce(costs.c.settled_cents, costs.c.reserved_cents)
    query = sa.select(sa.func.coalesce(sa.func.sum(amount), 0.0)).where(
        costs.c.brand == brand, costs.c.reserved_at >= since
    )
    if until is not None:
        query = query.where(costs.c.reserved_at < until)
    return float(connection.scalar(query) or 0)


def one_at_a_time(connection: sa.Connection, brand: str) -> None:
    """Hold a brand's purse until the transaction ends.

    Two reservations that each fit the budget must not both pass; SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        key = sa.func.hashtextextended(f"purse:{brand}", 0)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
