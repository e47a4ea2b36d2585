"""What asks for something next: the rows that a door-bell rings for."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from domain.deliveries import DeliveryState
from storage.ledger.tables import choices, deliveries, inbox


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
    wants = sa.case(
        (deliveries.c.state.in_((DeliveryState.PLANNED, DeliveryState.DUE)), deliveries.c.due_at),
        (
            deliveries.c.state.in_((DeliveryState.CLAIMED, DeliveryState.SENDING)),
            deliveries.c.lease_until,
        ),
        (
            deliveries.c.state.in_((DeliveryState.WAITING, DeliveryState.UNKNOWN)),
            deliveries.c.next_at,
        ),
    ).label("wants")
    query = (
        sa.select(deliveries.c.id, deliveries.c.attempts, deliveries.c.state, wants)
        .where(wants.is_not(None))
        .order_by(wants)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return Call(f"{row.id}:{row.attempts}:{row.state}", row.wants) if row else None


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
