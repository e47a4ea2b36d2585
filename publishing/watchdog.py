"""What should be out and is not: due is compared with sent, and somebody is told, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState
from domain.events import DomainEvent, EventType
from storage.ledger import events, legibility
from storage.ledger.database import Ledger
from storage.ledger.tables import deliveries, in_state

PATIENCE = timedelta(seconds=75)
"""With a look every 30 seconds, what is due and not out is told within two minutes."""
REMEDY = (
    "is a worker running? `amsel worker` sends, `amsel deliveries` shows them, `amsel doctor` "
    "looks for the cause"
)
SHOWN = 20
SILENT = (
    in_state(DeliveryState.PLANNED),
    in_state(DeliveryState.DUE),
    in_state(DeliveryState.CLAIMED, DeliveryState.SENDING),
    in_state(DeliveryState.UNKNOWN),
)
"""States in which nobody was told a reason yet; what failed has one, and what waits has one until
its next try is overdue itself."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """How many deliveries are late without a word, and the first of them, without their content."""

    count: int
    first: tuple[Delivery, ...]

    def words(self, now: datetime) -> str:
        """One sentence with what to do."""
        if not self.count:
            return "everything that was due is out or has its reason"
        if not self.first:
            return f"{self.count} late that cannot be read; {REMEDY}"
        oldest = (now - self.first[0].due_at) / timedelta(minutes=1)
        return (
            f"{self.count} late without a reason, the oldest by {oldest:.0f} min "
            f"({self.first[0].account}, {self.first[0].key}); {REMEDY}"
        )


def overdue(connection: sa.Connection, *, now: datetime) -> Overdue:
    """What fell due longer ago than the patience and is neither out nor explained.

    What waits is late where its next try fell due so long ago: then nobody tries any more.
    """
    since = deliveries.c.due_at < now - PATIENCE
    forsaken = sa.and_(in_state(DeliveryState.WAITING), deliveries.c.next_at < now - PATIENCE)
    late = sa.or_(forsaken, *(sa.and_(states, since) for states in SILENT))
    count = connection.scalar(sa.select(sa.func.count()).select_from(deliveries).where(late)) or 0
    # content is not read: nothing of it is told, and what nobody can read is late as well
    query = sa.select(deliveries).where(late).order_by(deliveries.c.due_at).limit(SHOWN)
    return Overdue(count, tuple(legibility.read(connection, query, content=False).rows))


def watch(ledger: Ledger, *, actor: str) -> tuple[Overdue, datetime]:
    """Look, and announce each late delivery once (`DeliveryOverdue`); what was found, and when.

    Raises:
        StoreError: the ledger refused.
    """
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        found = overdue(connection, now=now)
        for delivery in found.first:
            events.append(connection, _event(delivery, now=now, actor=actor))
    return found, now


def name_of(delivery: Delivery) -> str:
    """One lateness: a delivery that was moved to another time is late anew."""
    return f"overdue:{delivery.id}:{delivery.due_at.timestamp():.0f}"


def _event(delivery: Delivery, *, now: datetime, actor: str) -> DomainEvent:
    shown = {"brand", "platform", "account", "key", "state", "due_at"}
    return DomainEvent(
        id=name_of(delivery),  # the same lateness is announced once
        type=EventType.DELIVERY_OVERDUE,
        occurred_at=now,
        correlation=delivery.post_id or delivery.message_id or delivery.id,
        actor=actor,
        payload=delivery.model_dump(mode="json", include=shown),
    )
