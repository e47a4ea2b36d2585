"""The chain of a delivery's events: each carries a hash over itself and the one before it.

A claim of many deliveries is one event, whose hash stands alone and is joined to the chain of each.
The last hash stands in the delivery's row. A row of `events` that is changed, taken out or slipped
in afterwards breaks the chain of its delivery; each delivery has its own, so that writers never
wait for one another. Who may write both tables could forge a whole chain: it tells of accidents and
of edits by hand, and a copy of the last hashes kept elsewhere tells of the rest.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import sqlalchemy as sa

from domain.events import DomainEvent, EventType
from storage.ledger.tables import deliveries, events

HASHED = ("id", "type", "schema_version", "correlation", "causation", "actor", "payload")
"""Fields under the hash, beside the instant; a later field must not change the old hashes."""
OF_MANY = EventType.DELIVERIES_CLAIMED
CHAINED = (EventType.DELIVERY_MOVED, EventType.POST_PUBLISHED, EventType.POST_FAILED, OF_MANY)
AT_ONCE = 1_000
_WRITTEN = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk along all chains came to; `broken` says where and how, oldest first."""

    events: int
    deliveries: int
    broken: tuple[str, ...]


def digest(before: str | None, event: DomainEvent) -> str:
    """The hash of an event that follows the one with the hash `before` (None: the first)."""
    return _digest(before, {name: getattr(event, name) for name in (*HASHED, "occurred_at")})


def joined(delivery_id: str, before: str | None, told: str) -> str:
    """The last hash of a delivery's chain after an event of many that has the hash `told`."""
    return hashlib.sha256(f"{delivery_id} {before or ''} {told}".encode()).hexdigest()


def verify(connection: sa.Connection) -> Verdict:
    """Walk along every chain. Work that is under way elsewhere is not seen."""
    if connection.dialect.name == "postgresql":  # both tables as of one moment
        connection.execute(sa.text("set transaction isolation level repeatable read"))
    heads: dict[str, str] = {}
    broken, count = [], 0
    for row in _events(connection):
        of_many = row["type"] == OF_MANY
        ids = (
            [*row["payload"].get("fences", ())] if of_many else [row["payload"].get("delivery_id")]
        )
        if row["digest"] is None and not any(one in heads for one in ids):
            continue  # from before there were chains
        count += 1
        digest = row["digest"] or ""
        if digest != _digest(None if of_many else heads.get(ids[0]), row):
            broken.append(_told(row, f"{len(ids)} deliveries" if of_many else f"delivery {ids[0]}"))
        for one in ids:
            heads[one] = joined(one, heads.get(one), digest) if of_many else digest
    return Verdict(count, len(heads), (*broken, *_ends(connection, heads)))


def _events(connection: sa.Connection) -> Iterator[sa.RowMapping]:
    query = sa.select(events).where(events.c.type.in_(CHAINED)).order_by(events.c.position)
    streaming = connection.execution_options(yield_per=AT_ONCE)
    yield from streaming.execute(query).mappings()


def _ends(connection: sa.Connection, heads: Mapping[str, str]) -> Iterator[str]:
    """Deliveries whose row knows another last event than there is."""
    query = sa.select(deliveries.c.id, deliveries.c.key, deliveries.c.chain)
    query = query.where(deliveries.c.chain.is_not(None)).order_by(deliveries.c.id)
    ends = {row.id: row for row in connection.execute(query)}
    for delivery_id in sorted(heads.keys() | ends.keys()):
        known = ends.get(delivery_id)
        if known is None:
            yield f"delivery {delivery_id} has events, and its row knows of none"
        elif heads.get(delivery_id) != known.chain:
            yield f"delivery {delivery_id} ({known.key}): its last event is not the one that it had"


def _told(row: sa.RowMapping, whose: str) -> str:
    at = f"{row['occurred_at']:%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"event {row['position']} ({row['type']}, {at}) of {whose} was changed, "
        "or the one before it was"
    )


def _digest(before: str | None, event: Mapping[str, Any]) -> str:
    fields = {name: event[name] for name in HASHED}
    fields["occurred_at"] = event["occurred_at"].astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(_WRITTEN([before, fields]).encode()).hexdigest()
