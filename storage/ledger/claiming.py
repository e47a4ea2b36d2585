"""Claims in the ledger: rows taken in one statement and told by one event."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSON

from domain.deliveries import Delivery, DeliveryState
from domain.events import DomainEvent, EventType
from domain.moves import check_move
from storage.ledger import chain, events, many_rows
from storage.ledger.instants import UtcInstant
from storage.ledger.tables import deliveries
from storage.ledger.tables import events as event_rows


def claim_all(
    connection: sa.Connection,
    rows: Sequence[Delivery],
    *,
    owner: str,
    until: datetime,
    now: datetime,
) -> tuple[Delivery, ...]:
    """Give `owner` a lease until then on deliveries that the caller has loaded under lock.

    Each gets the next fencing token. One DeliveriesClaimed event tells of all of them, and is a
    link in the chain of each.

    Raises:
        StateError: the table of moves does not allow it for one of them.
    """
    for state in {one.state for one in rows}:
        check_move(state, DeliveryState.CLAIMED)
    if not rows:
        return ()
    event = _event(rows, owner=owner, until=until, now=now)
    digest = chain.digest(None, event)
    held = {
        "state": DeliveryState.CLAIMED,
        "lease_owner": owner,
        "lease_until": until,
        "updated_at": now,
    }
    claimed = tuple(
        one.amended(
            held | {"fence": one.fence + 1, "chain": chain.joined(one.id, one.chain, digest)}
        )
        for one in rows
    )
    links = json.dumps({one.id: one.chain for one in claimed})
    given = {"links": links, "owner": owner, "until": until, "now": now}
    if connection.dialect.name == "postgresql":  # one round trip for both
        told = events.row_of(event, digest)
        statement = _claim_and_tell(tuple(told))
        connection.execute(statement, given | {"rows": many_rows.as_json([told])})
    else:
        connection.execute(_claim(connection.dialect.name), given)
        events.append(connection, event, digests={event.id: digest})
    return claimed


@cache
def _claim_and_tell(names: tuple[str, ...]) -> Any:
    tell = many_rows.insertion(event_rows, names, False, events.WRITERS)
    return _claim("postgresql").add_cte(tell.cte("told"))


@cache
def _claim(dialect: str) -> Any:
    links = sa.bindparam("links", type_=sa.Text)
    if dialect == "postgresql":
        each = sa.func.json_each_text(sa.cast(links, JSON)).table_valued("key", "value")
        each = each.render_derived(name="each")
    else:
        each = sa.func.json_each(links).table_valued("key", "value", name="each")
    return (
        deliveries.update()
        .where(deliveries.c.id == each.c.key)
        .values(
            state=sa.literal_column(f"'{DeliveryState.CLAIMED.value}'"),
            fence=deliveries.c.fence + 1,
            lease_owner=sa.bindparam("owner", type_=sa.Text),
            lease_until=sa.bindparam("until", type_=UtcInstant),
            updated_at=sa.bindparam("now", type_=UtcInstant),
            chain=each.c.value,
        )
    )


def _event(rows: Sequence[Delivery], *, owner: str, until: datetime, now: datetime) -> DomainEvent:
    # no story of its own: it belongs to the stories of all that it names
    name = uuid4().hex
    return DomainEvent(
        id=name,
        type=EventType.DELIVERIES_CLAIMED,
        occurred_at=now,
        correlation=name,
        actor=owner,
        payload={
            "fences": {one.id: one.fence + 1 for one in rows},
            "lease_until": until.isoformat().replace("+00:00", "Z"),
        },
    )
