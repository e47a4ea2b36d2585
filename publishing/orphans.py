"""What a worker held that is silent for too long, or has certainly ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState
from publishing import diary, money, unreadable
from publishing.diary import Told
from publishing.outcomes import UNASKED
from publishing.workers import is_gone
from storage.ledger import deliveries as ledger_deliveries
from storage.ledger import legibility
from storage.ledger.tables import deliveries, delivery_attempts, in_state

BATCH = 500
HELD = (DeliveryState.CLAIMED, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class _Fate:
    """Where an orphan moves, why, what its open attempt came to, and when that was over."""

    state: DeliveryState
    reason: str
    outcome: str
    over_at: datetime


def expire(connection: sa.Connection, now: datetime) -> list[Delivery]:
    """Take back leases that ran out before `now`; returns the rows as they stand then.

    They come without their content, which need not be readable. A claim without an attempt has
    provably sent nothing and is due again: the intent comes before the request, and a late intent
    is refused. Everything else is unknown.
    """
    rows, _ = _held(connection, deliveries.c.lease_until < now, now)
    return [_taken_back(connection, row, now) for row in rows]


def bury(connection: sa.Connection, now: datetime) -> list[Delivery]:
    """Take back before its time what workers of this machine held that have certainly ended.

    What such a worker's diary proves to be unasked for is tried again at once.
    """
    buried: list[Delivery] = []
    for owner in dead(connection):
        told = diary.read(owner)
        rows, is_left = _held(connection, deliveries.c.lease_owner == owner, now)
        buried += [_taken_back(connection, row, now, told) for row in rows]
        if len(rows) < BATCH and not is_left:
            diary.forget(owner)
    return buried


def dead(connection: sa.Connection) -> list[str]:
    """The workers that hold something and have certainly ended."""
    owners = sa.select(deliveries.c.lease_owner).where(in_state(*HELD)).distinct()
    names: list[str | None] = list(connection.scalars(owners))
    return [name for name in names if name and is_gone(name)]


def _held(
    connection: sa.Connection, which: sa.ColumnElement[bool], now: datetime
) -> tuple[list[Delivery], bool]:
    """Held rows without their content, locked; and whether some are left to a newer version."""
    query = sa.select(deliveries).where(in_state(*HELD), which)
    query = query.limit(BATCH).with_for_update(skip_locked=True)
    found = legibility.read(connection, query, content=False)
    if not found.unread:
        return found.rows, False
    mended = unreadable.mended(connection, found.unread, now=now)
    again = sa.select(deliveries).where(deliveries.c.id.in_(mended))
    rows = found.rows + legibility.read(connection, again, content=False).rows
    return rows, len(mended) < len(found.unread)


def _taken_back(
    connection: sa.Connection, row: Delivery, now: datetime, told: Told | None = None
) -> Delivery:
    attempt = sa.and_(
        delivery_attempts.c.delivery_id == row.id, delivery_attempts.c.fence == row.fence
    )
    found = sa.select(delivery_attempts.c.attempt, delivery_attempts.c.started_at).where(attempt)
    intent = connection.execute(found).first()
    fate = _fate(row, now, intent, told)
    if intent is not None:
        connection.execute(
            delivery_attempts.update()
            .where(attempt, delivery_attempts.c.finished_at.is_(None))
            .values(finished_at=fate.over_at, outcome=fate.outcome, detail=fate.reason)
        )
        money.settle(connection, {(row.id, intent.attempt): fate.state}, now=now)
    return ledger_deliveries.move(
        connection,
        row,
        fate.state,
        now=now,
        actor="door",
        reason=fate.reason,
        next_at=None if fate.state == DeliveryState.DUE else now,
    )


def _fate(row: Delivery, now: datetime, intent: Any, told: Told | None) -> _Fate:
    owner = row.lease_owner
    if intent is None and row.state == DeliveryState.CLAIMED:
        reason = f"{owner} claimed it and sent nothing before it ended or its lease ran out"
        return _Fate(DeliveryState.DUE, reason, UNASKED, now)
    if intent is not None and told is not None and told.proves_unasked(row.id, *intent):
        reason = f"{owner} ended before it asked for anything; it is tried again"
        return _Fate(DeliveryState.WAITING, reason, UNASKED, now)
    reason = f"{owner} did not come back from sending; it is looked up"
    # what a dead process has handed to the network may still arrive: absence counts from the lease
    over_at = max(now, row.lease_until or now)
    return _Fate(DeliveryState.UNKNOWN, reason, "unknown", over_at)
