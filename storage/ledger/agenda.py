"""What asks for something next: the rows that a door-bell rings for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.deliveries import DeliveryState
from storage.ledger.tables import choices, deliveries, in_state, inbox

ASKS = (
    (in_state(DeliveryState.PLANNED), deliveries.c.due_at),
    (in_state(DeliveryState.DUE), deliveries.c.due_at),
    (in_state(DeliveryState.CLAIMED, DeliveryState.SENDING), deliveries.c.lease_until),
    (in_state(DeliveryState.WAITING), deliveries.c.next_at),
    (in_state(DeliveryState.UNKNOWN), deliveries.c.next_at),
)
"""Which rows ask for something, and when; each has an index of its own."""


@dataclass(frozen=True, slots=True)
class Call:
    """The soonest delivery that wants the door.

    Attributes:
        name: the delivery with its attempt and state: new whenever something happened to it.
        at: when it wants it; an instant that is past means now.
    """

    name: str
    at: datetime


def next_call(connection: sa.Connection) -> Call | None:
    """The soonest delivery to send, to try again or to look up; None where nothing is to do."""
    calls = [_soonest(condition, at) for condition, at in ASKS]
    soonest = sa.union_all(*calls).subquery()
    query = sa.select(soonest).order_by(soonest.c.wants).limit(1)
    row = connection.execute(query).one_or_none()
    return Call(f"{row.id}:{row.attempts}:{row.state}", row.wants) if row else None


def _soonest(condition: sa.ColumnElement[bool], at: sa.Column[datetime]) -> sa.Select[Any]:
    first = (
        sa.select(deliveries.c.id, deliveries.c.attempts, deliveries.c.state, at.label("wants"))
        .where(condition, at.is_not(None))
        .order_by(at)
        .limit(1)
    )
    return sa.select(first.subquery())


def unread(connection: sa.Connection) -> tuple[int, str]:
    """How many messages nobody has decided about, and the newest one's id."""
    query = sa.select(sa.func.count(), sa.func.max(inbox.c.message_id)).where(
        inbox.c.status == "new"
    )
    count, newest = connection.execute(query).one()
    return int(count), str(newest or "")


def is_planned_since(connection: sa.Connection, since: datetime) -> bool:
    """Whether any slot was chosen at or after `since`."""
    found = sa.select(choices.c.id).where(choices.c.kind == "slot", choices.c.decided_at >= since)
    return connection.execute(found.limit(1)).one_or_none() is not None
