"""Emergency stops in the ledger: while one is active nothing of that brand goes out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import sqlalchemy as sa

from domain.events import DomainEvent, EventType
from storage.ledger import events
from storage.ledger.tables import stops

_ACTIVE = sa.select(stops).where(stops.c.lifted_at.is_(None)).order_by(stops.c.stopped_at)


@dataclass(frozen=True, slots=True)
class Stop:
    """One emergency stop; a brand of None stops every brand."""

    id: str
    brand: str | None
    reason: str
    actor: str
    stopped_at: datetime
    lifted_at: datetime | None
    lifted_by: str | None


def stop(
    connection: sa.Connection, *, brand: str | None, reason: str, actor: str, now: datetime
) -> str:
    """Stop a brand (None: all) and return the stop's id; what is stopped already stays so."""
    for one in active_all(connection):
        if one.brand == brand:
            return one.id
    stop_id = uuid4().hex
    values = {"brand": brand, "reason": reason, "actor": actor, "stopped_at": now}
    connection.execute(stops.insert().values(id=stop_id, **values))
    payload = {"stop_id": stop_id, "brand": brand, "reason": reason}
    _announce(connection, EventType.EMERGENCY_STOPPED, payload, actor=actor, now=now)
    return stop_id


def resume(
    connection: sa.Connection, *, brand: str | None = None, actor: str, now: datetime
) -> int:
    """Lift the active stops of a brand (None: all stops); returns how many."""
    lifted = [s for s in active_all(connection) if brand is None or s.brand == brand]
    for one in lifted:
        values = {"lifted_at": now, "lifted_by": actor}
        connection.execute(stops.update().where(stops.c.id == one.id).values(**values))
        payload = {"stop_id": one.id, "brand": one.brand}
        _announce(connection, EventType.EMERGENCY_LIFTED, payload, actor=actor, now=now)
    return len(lifted)


def active(connection: sa.Connection, brand: str) -> Stop | None:
    """The stop that holds this brand now, its own or the one for all; None where it may send."""
    return next((s for s in active_all(connection) if s.brand in (None, brand)), None)


def active_all(connection: sa.Connection) -> list[Stop]:
    """Every stop that is not lifted, oldest first."""
    return [Stop(**row) for row in connection.execute(_ACTIVE).mappings()]


def _announce(
    connection: sa.Connection,
    kind: EventType,
    payload: dict[str, str | None],
    *,
    actor: str,
    now: datetime,
) -> None:
    events.append(
        connection,
        DomainEvent(
            type=kind,
            occurred_at=now,
            correlation=str(payload["stop_id"]),
            actor=actor,
            payload=payload,
        ),
    )
