"""Domain events in the ledger: appended with the change, read in order by each consumer."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from domain.events import CAUSES, DomainEvent, EventType
from storage.ledger.documents import upsert
from storage.ledger.many_rows import insert_all
from storage.ledger.tables import event_positions, events

WRITERS = 0x6576656E  # the advisory lock that every transaction with events shares: "even"
AT_ONCE = 1_000
"""Stories that are looked up in one query."""


# by story alone: by type, a database without statistics would walk through all of a type
_OF_STORIES = (
    sa.select(events.c.correlation, events.c.type, events.c.id)
    .where(events.c.correlation.in_(sa.bindparam("stories", expanding=True)))
    .order_by(events.c.position)
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event and its place in the order of writing."""

    position: int
    event: DomainEvent


def append(
    connection: sa.Connection, *new: DomainEvent, digests: Mapping[str, str] | None = None
) -> None:
    """Write events in the caller's transaction; an id that is there already is left out.

    Each follows from the newest event of its story that may have led to it (`CAUSES`), unless it
    says so itself. `digests`, by event id, are for those that are links of a chain: a hash covers
    the cause, so they must bring theirs.
    """
    if not new:
        return
    links = digests or {}
    rows = [row_of(one, links.get(one.id)) for one in _with_causes(connection, new, links)]
    # shared before the position is given, so that a reader can see who may still fill a gap
    insert_all(connection, events, rows, sharing=WRITERS)


def row_of(event: DomainEvent, digest: str | None) -> dict[str, Any]:
    """The event as it stands in the table, less its position."""
    told = event.model_dump(mode="json", exclude={"occurred_at"})
    return told | {"occurred_at": event.occurred_at, "digest": digest}


def causes(
    connection: sa.Connection, kind: EventType, correlations: Collection[str]
) -> dict[str, str]:
    """The id of the event that one of that type would follow from, by story where there is one."""
    return {
        story: cause
        for (_, story), cause in _causes(
            connection, {(kind, name) for name in correlations}
        ).items()
    }


def read_since(connection: sa.Connection, position: int, *, limit: int = 500) -> list[Recorded]:
    """The events after `position`, oldest first.

    Where a transaction that got an earlier position has not committed yet, reading stops before
    the gap, so that a consumer that advances never misses an event.
    """
    found = _read(connection, position, limit)
    if connection.dialect.name != "postgresql" or _gap(found, position) is None:
        return found
    writing = _writers(connection)
    again = [row for row in _read(connection, position, limit) if row.position <= _last(found)]
    gap = _gap(again, position)
    return again[:gap] if writing and gap is not None else again


def position(connection: sa.Connection, consumer: str) -> int:
    """How far `consumer` has read; 0 for a new one."""
    query = sa.select(event_positions.c.position).where(event_positions.c.consumer == consumer)
    return connection.scalar(query) or 0


def advance(connection: sa.Connection, consumer: str, *, to: int) -> None:
    """Note that `consumer` has handled everything up to `to`; it never goes back."""
    if to > position(connection, consumer):
        upsert(connection, event_positions, key=("consumer",), consumer=consumer, position=to)


def _with_causes(
    connection: sa.Connection, new: tuple[DomainEvent, ...], links: Mapping[str, str]
) -> list[DomainEvent]:
    wanted = {
        (event.type, event.correlation)
        for event in new
        if event.causation is None and event.id not in links
    }
    known = _causes(connection, wanted)
    return [
        event.model_copy(update={"causation": known[event.type, event.correlation]})
        if event.id not in links and (event.type, event.correlation) in known
        else event
        for event in new
    ]


def _causes(
    connection: sa.Connection, wanted: Collection[tuple[EventType, str]]
) -> dict[tuple[EventType, str], str]:
    kinds: dict[str, list[EventType]] = defaultdict(list)
    for kind, story in wanted:
        if kind in CAUSES:
            kinds[story].append(kind)
    found: dict[tuple[EventType, str], str] = {}
    stories = [*kinds]
    for start in range(0, len(stories), AT_ONCE):
        given = {"stories": stories[start : start + AT_ONCE]}
        for story, cause, event_id in connection.execute(_OF_STORIES, given):
            found |= {(k, story): event_id for k in kinds[story] if cause in CAUSES[k]}
    return found


def _read(connection: sa.Connection, position: int, limit: int) -> list[Recorded]:
    query = (
        sa.select(events)
        .where(events.c.position > position)
        .order_by(events.c.position)
        .limit(limit)
    )
    rows = connection.execute(query).mappings()
    return [
        Recorded(row["position"], DomainEvent(**{k: row[k] for k in DomainEvent.model_fields}))
        for row in rows
    ]


def _last(found: list[Recorded]) -> int:
    return found[-1].position if found else 0


def _gap(found: list[Recorded], position: int) -> int | None:
    for index, row in enumerate(found):
        if row.position != position + index + 1:
            return index
    return None


def _writers(connection: sa.Connection) -> bool:
    query = sa.text(
        "select count(*) from pg_locks where locktype = 'advisory' and granted "
        "and objid = :key and pid <> pg_backend_pid() "
        "and database = (select oid from pg_database where datname = current_database())"
    )
    return bool(connection.scalar(query, {"key": WRITERS}))
