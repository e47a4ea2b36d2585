"""What a worker held that is silent for too long, or has certainly ended."""

from datetime import datetime

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState
from publishing.workers import is_gone
from storage.ledger import deliveries as ledger_deliveries
from storage.ledger.tables import deliveries, delivery_attempts, in_state

BATCH = 500
HELD = (DeliveryState.CLAIMED, DeliveryState.SENDING)


def expire(connection: sa.Connection, now: datetime) -> list[Delivery]:
    """Take back leases that ran out before `now`; returns the rows as they stand then.

    A claim without an attempt has provably sent nothing and is due again: the intent comes
    before the request, and a late intent is refused. Everything else is unknown.
    """
    return _take_back(connection, deliveries.c.lease_until < now, now)


def bury(connection: sa.Connection, now: datetime) -> list[Delivery]:
    """Take back before its time what workers of this machine held that have certainly ended."""
    ended = dead(connection)
    if not ended:
        return []
    return _take_back(connection, deliveries.c.lease_owner.in_(ended), now)


def dead(connection: sa.Connection) -> list[str]:
    """The workers that hold something and have certainly ended."""
    owners = sa.select(deliveries.c.lease_owner).where(in_state(*HELD)).distinct()
    names: list[str | None] = list(connection.scalars(owners))
    return [name for name in names if name and is_gone(name)]


def _take_back(
    connection: sa.Connection, which: sa.ColumnElement[bool], now: datetime
) -> list[Delivery]:
    query = sa.select(deliveries).where(in_state(*HELD), which)
    rows = connection.execute(query.limit(BATCH).with_for_update(skip_locked=True)).mappings()
    return [_expired(connection, Delivery.model_validate(dict(row)), now) for row in rows.all()]


def _expired(connection: sa.Connection, delivery: Delivery, now: datetime) -> Delivery:
    attempt = sa.and_(
        delivery_attempts.c.delivery_id == delivery.id,
        delivery_attempts.c.fence == delivery.fence,
    )
    has_intent = bool(
        connection.scalar(sa.select(sa.func.count()).select_from(delivery_attempts).where(attempt))
    )
    state, owner = DeliveryState.DUE, delivery.lease_owner
    reason = f"{owner} claimed it and sent nothing before it ended or its lease ran out"
    # what a dead process has handed to the network may still arrive: absence counts from the lease
    over_at = max(now, delivery.lease_until or now)
    if has_intent or delivery.state == DeliveryState.SENDING:
        state = DeliveryState.UNKNOWN
        reason = f"{owner} did not come back from sending; it is looked up"
        connection.execute(
            delivery_attempts.update()
            .where(attempt, delivery_attempts.c.finished_at.is_(None))
            .values(finished_at=over_at, outcome="unknown", detail=reason)
        )
    next_at = now if state == DeliveryState.UNKNOWN else None
    return ledger_deliveries.move(
        connection, delivery, state, now=now, actor="door", reason=reason, next_at=next_at
    )
