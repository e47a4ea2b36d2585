"""Who may send what now: due rows, leases with fencing tokens, and leases that ran out."""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState
from publishing.gate import hindrance, lock_post
from publishing.leases import LEASE
from publishing.threads import has_its_turn
from storage.ledger import deliveries as ledger_deliveries
from storage.ledger.database import Ledger
from storage.ledger.tables import deliveries, delivery_attempts

BATCH = 500


def due(connection: sa.Connection, now: datetime) -> int:
    """Move what has fallen due by `now` to `due`; returns how many rows."""
    planned = sa.and_(deliveries.c.state == DeliveryState.PLANNED, deliveries.c.due_at <= now)
    waiting = sa.and_(deliveries.c.state == DeliveryState.WAITING, deliveries.c.next_at <= now)
    ready = sa.select(deliveries.c.id).where(sa.or_(planned, waiting)).limit(BATCH)
    # rows that another worker holds are its business, and waiting for them could deadlock
    ids: list[str] = list(connection.scalars(ready.with_for_update(skip_locked=True)))
    if ids:
        values = {"state": DeliveryState.DUE, "next_at": None, "updated_at": now}
        connection.execute(deliveries.update().where(deliveries.c.id.in_(ids)).values(**values))
    return len(ids)


def expire(connection: sa.Connection, now: datetime) -> list[Delivery]:
    """Take back leases that ran out before `now`; returns the rows as they stand then.

    A claim without an attempt has provably sent nothing and is due again: the intent comes
    before the request, and a late intent is refused. Everything else is unknown.
    """
    query = sa.select(deliveries).where(
        deliveries.c.state.in_((DeliveryState.CLAIMED, DeliveryState.SENDING)),
        deliveries.c.lease_until < now,
    )
    rows = connection.execute(query.limit(BATCH).with_for_update(skip_locked=True)).mappings()
    return [_expired(connection, Delivery.model_validate(dict(row)), now) for row in rows.all()]


def claim(
    ledger: Ledger, *, accounts: Collection[str], owner: str, lease: timedelta = LEASE
) -> Delivery | None:
    """Take the delivery that has been due longest under a lease; None where nothing may go out.

    What the gate holds back is moved aside in the same transaction, with its reason.

    Raises:
        StoreError: the ledger refused.
    """
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        expire(connection, now)
        due(connection, now)
        edited: set[str] = set()
        while (delivery := _next(connection, accounts, without=edited)) is not None:
            if not lock_post(connection, delivery, wait=False):
                edited.add(delivery.id)  # its post is being changed now: a later claim sees how
                continue
            held = hindrance(connection, delivery)
            if held is None:
                changes = {"lease_owner": owner, "lease_until": now + lease}
                return ledger_deliveries.move(
                    connection,
                    delivery,
                    DeliveryState.CLAIMED,
                    now=now,
                    actor=owner,
                    fence=delivery.fence + 1,
                    **changes,
                )
            ledger_deliveries.move(
                connection,
                delivery,
                held.state,
                now=now,
                actor=owner,
                reason=held.reason,
                remedy=held.remedy,
                next_at=None,
            )
    return None


def next_instant(
    connection: sa.Connection, *, accounts: Collection[str], states: Collection[DeliveryState]
) -> datetime | None:
    """The first instant at which a row in one of `states` asks for something; None without one."""
    asks = sa.case(
        (deliveries.c.state == DeliveryState.PLANNED, deliveries.c.due_at),
        (deliveries.c.state.in_(("claimed", "sending")), deliveries.c.lease_until),
        else_=deliveries.c.next_at,
    )
    query = sa.select(sa.func.min(asks)).where(
        deliveries.c.state.in_(tuple(states)), deliveries.c.account.in_(tuple(accounts))
    )
    instant: datetime | None = connection.scalar(query)
    return instant


def _next(
    connection: sa.Connection, accounts: Collection[str], *, without: Collection[str]
) -> Delivery | None:
    query = (
        sa.select(deliveries)
        .where(
            deliveries.c.state == DeliveryState.DUE,
            deliveries.c.account.in_(tuple(accounts)),
            deliveries.c.id.not_in(tuple(without)),
            has_its_turn(),
        )
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(query).mappings().one_or_none()
    return Delivery.model_validate(dict(row)) if row else None


def _expired(connection: sa.Connection, delivery: Delivery, now: datetime) -> Delivery:
    attempt = sa.and_(
        delivery_attempts.c.delivery_id == delivery.id,
        delivery_attempts.c.fence == delivery.fence,
    )
    has_intent = bool(
        connection.scalar(sa.select(sa.func.count()).select_from(delivery_attempts).where(attempt))
    )
    state, owner = DeliveryState.DUE, delivery.lease_owner
    reason = f"{owner} claimed it and sent nothing before its lease ran out"
    if has_intent or delivery.state == DeliveryState.SENDING:
        state = DeliveryState.UNKNOWN
        reason = f"{owner} did not come back from sending; it is looked up"
        connection.execute(
            delivery_attempts.update()
            .where(attempt, delivery_attempts.c.finished_at.is_(None))
            .values(finished_at=now, outcome="unknown", detail=reason)
        )
    return ledger_deliveries.move(
        connection, delivery, state, now=now, actor="door", reason=reason, next_at=None
    )
