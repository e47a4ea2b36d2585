"""A ledger put back from a backup: what may have gone out since is looked up before it is sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState
from publishing.platforms.base import FORGOTTEN, Network
from storage.ledger import deliveries as ledger_deliveries
from storage.ledger import legibility
from storage.ledger.database import Ledger
from storage.ledger.deliveries import Move
from storage.ledger.tables import deliveries, delivery_attempts, in_state

OPEN = (DeliveryState.PLANNED, DeliveryState.DUE, DeliveryState.WAITING, DeliveryState.CLAIMED)
REASON = "the ledger was put back from a backup; it is looked up first"


def doubt(ledger: Ledger, *, networks: Mapping[str, Network], actor: str) -> int:
    """Call unknown whatever was due by now and is not known as sent; returns how many deliveries.

    To be called once after a restore, while no worker runs. Each gets an attempt as of its due
    instant, which the look-up goes by; what is not found is sent.

    Raises:
        StoreError: the ledger refused.
    """
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        query = sa.select(deliveries).where(
            in_state(*OPEN), deliveries.c.due_at <= now, deliveries.c.account.in_(tuple(networks))
        )
        # what cannot be read is put aside by whoever would send it
        rows = legibility.read(connection, query.with_for_update()).rows
        if rows:
            connection.execute(
                delivery_attempts.insert(), [_attempt(row, networks) for row in rows]
            )
        moves = [_move(row, now) for row in rows]
        ledger_deliveries.move_all(connection, moves, now=now, actor=actor)
        for row in rows:
            ledger_deliveries.keep_step(connection, row, FORGOTTEN, "yes", lease_until=now)
    return len(rows)


def _move(row: Delivery, now: datetime) -> Move:
    changes = {"attempts": row.attempts + 1, "reason": REASON, "remedy": None, "next_at": now}
    return Move(row, DeliveryState.UNKNOWN, changes)


def _attempt(row: Delivery, networks: Mapping[str, Network]) -> dict[str, Any]:
    key = row.platform_key or networks[row.account].make_key(row.due_at, row.id)
    return {
        "delivery_id": row.id,
        "attempt": row.attempts + 1,
        "fence": row.fence,
        "owner": "restore",
        "fingerprint": row.fingerprint,
        "platform_key": key,
        "started_at": row.due_at,
        "finished_at": row.due_at,
        "outcome": "unknown",
        "detail": REASON,
    }
