"""Deliveries in the ledger: planned once, moved by the table of moves, never deleted."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryKind, DeliveryState, NewDelivery, full_text
from domain.deliveries import fingerprint as fingerprint_of
from domain.errors import StateError, StoreError
from domain.events import DomainEvent, EventType
from domain.moves import check_move
from storage.ledger import chain, events, legibility
from storage.ledger.documents import insert_new, to_document
from storage.ledger.many_rows import insert_all, update_all
from storage.ledger.many_texts import given, names_of
from storage.ledger.tables import deliveries, delivery_attempts, in_state

_MOVING = (
    "id",
    "state",
    "due_at",
    "local_time",
    "time_zone",
    "platform_key",
    "steps",
    "lease_owner",
    "lease_until",
    "fence",
    "attempts",
    "next_at",
    "platform_id",
    "url",
    "sent_at",
    "reason",
    "remedy",
    "chain",
    "updated_at",
)
"""What may change in a delivery that is claimed; the rest stands as it was planned."""
ENDED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED)
CHUNK = 2_000
MANY = 10_000
"""So many new rows change what a planner should know of the table."""
ENDS = {
    DeliveryState.SENT: EventType.POST_PUBLISHED,
    DeliveryState.FAILED: EventType.POST_FAILED,
}
"""What the end of a post's delivery is announced as."""


@dataclass(frozen=True, slots=True)
class Move:
    """A delivery that its owner has loaded under lock, where it goes, and what is set with it."""

    delivery: Delivery
    state: DeliveryState
    changes: dict[str, Any] = field(default_factory=dict)


def plan(connection: sa.Connection, delivery: NewDelivery, *, now: datetime) -> str:
    """Plan one change of the outside world and return its id, which follows from its key.

    The same key again is harmless. While it is still `planned`, another payload, instant or
    post version under the same key replaces the old one.

    Raises:
        StateError: something else stands under this key and is no longer only planned.
    """
    delivery_id = uuid5(NAMESPACE_URL, delivery.key).hex
    values = _planned_values(delivery) | {"updated_at": now}
    new = {"id": delivery_id, "state": DeliveryState.PLANNED, "created_at": now}
    if insert_new(connection, deliveries, **new, **values):
        return delivery_id
    stored = load(connection, delivery_id, lock=True)
    if stored.model_dump(include=set(NewDelivery.model_fields)) == delivery.model_dump():
        return delivery_id
    if stored.state != DeliveryState.PLANNED:
        raise StateError(
            f"delivery {delivery.key!r} is already {stored.state} and cannot be changed; "
            "plan the new content under another key"
        )
    connection.execute(deliveries.update().where(deliveries.c.id == delivery_id).values(**values))
    return delivery_id


def plan_many(connection: sa.Connection, new: Iterable[NewDelivery], *, now: datetime) -> int:
    """Plan many changes in few rounds; a key that is taken keeps what stands under it.

    Returns how many were handed in. Memory holds one chunk, however long `new` is.
    """
    count, source = 0, iter(new)
    while chunk := [*islice(source, CHUNK)]:
        fixed = {"state": DeliveryState.PLANNED, "created_at": now, "updated_at": now}
        rows = [
            {"id": uuid5(NAMESPACE_URL, one.key).hex} | fixed | _planned_values(one)
            for one in chunk
        ]
        insert_all(connection, deliveries, rows)
        count += len(chunk)
    if count >= MANY and connection.dialect.name == "postgresql":
        # plans that were made for a small table are kept until somebody counts again
        connection.execute(sa.text("analyze deliveries"))
    return count


def load(connection: sa.Connection, delivery_id: str, *, lock: bool = False) -> Delivery:
    """One delivery; `lock` keeps others out until the transaction ends. Raises StoreError."""
    query = sa.select(deliveries).where(deliveries.c.id == delivery_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise StoreError(f"the ledger knows no delivery {delivery_id!r}; see `amsel deliveries`")
    return Delivery.model_validate(dict(row))


def load_all(
    connection: sa.Connection, ids: Collection[str], *, lock: bool = False
) -> dict[str, Delivery]:
    """Those of `ids` that exist; `lock` keeps others out until the transaction ends."""
    rows = _rows(connection, ids, lock=lock)
    return {row["id"]: Delivery.model_validate(dict(row)) for row in rows}


def refresh_all(connection: sa.Connection, known: "Collection[Delivery]") -> dict[str, Delivery]:
    """These deliveries as they stand now, by id, those that exist; locked until the end.

    For deliveries that were claimed: what they were planned as is taken from `known`, for nobody
    changes it after the claim.
    """
    before = {one.id: one for one in known}
    rows = _rows(connection, before, lock=True, columns=_MOVING)
    states = {row["id"]: {"state": DeliveryState(row["state"])} for row in rows}
    return {
        key: before[key].model_copy(update=dict(row) | states[key])
        for row in rows
        if (key := row["id"])
    }


def _rows(
    connection: sa.Connection,
    ids: Collection[str],
    *,
    lock: bool,
    columns: tuple[str, ...] = (),
) -> Sequence[sa.RowMapping]:
    dialect = connection.dialect.name
    names = {"names": names_of(dialect, ids)}
    return connection.execute(_by_ids(dialect, lock, columns), names).mappings().all()


@cache
def _by_ids(dialect: str, lock: bool, columns: tuple[str, ...]) -> sa.Select[Any]:
    wanted = [deliveries.c[name] for name in columns] or [deliveries]
    # everybody locks in one order, so that no two wait for each other
    query = sa.select(*wanted).where(given(dialect, deliveries.c.id)).order_by(deliveries.c.id)
    return query.with_for_update() if lock else query


def find(connection: sa.Connection, key: str) -> Delivery | None:
    """The delivery that was planned under this key; None where there is none."""
    return find_all(connection, [key]).get(key)


def find_all(connection: sa.Connection, keys: Collection[str]) -> dict[str, Delivery]:
    """The deliveries that were planned under these keys, by key; without those there are none."""
    if not keys:
        return {}
    rows = connection.execute(sa.select(deliveries).where(deliveries.c.key.in_(keys))).mappings()
    return {row["key"]: Delivery.model_validate(dict(row)) for row in rows}


def of_posts(connection: sa.Connection, post_ids: Collection[str]) -> "tuple[Delivery, ...]":
    """All deliveries of these posts that can be read, of whatever version."""
    if not post_ids:
        return ()
    query = sa.select(deliveries).where(deliveries.c.post_id.in_(post_ids))
    return tuple(legibility.read(connection, query).rows)


def keep_step(
    connection: sa.Connection, delivery: Delivery, name: str, value: str, *, lease_until: datetime
) -> None:
    """Write down what a step reached, for a delivery that the caller has loaded under lock."""
    steps = {**delivery.steps, name: value}
    values = {"steps": steps, "lease_until": lease_until}
    connection.execute(deliveries.update().where(deliveries.c.id == delivery.id).values(**values))


def list(
    connection: sa.Connection,
    *,
    states: tuple[DeliveryState, ...] = (),
    brand: str | None = None,
    post_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> "tuple[Delivery, ...]":
    """All deliveries in these states (any, where none is named), by due instant.

    With `since` or `until`, those that fall due before or after it are left out; so are those that
    nobody can read (`listings` shows them).
    """
    query = sa.select(deliveries).order_by(deliveries.c.due_at, deliveries.c.id)
    if states:
        query = query.where(deliveries.c.state.in_(states))
    if brand is not None:
        query = query.where(deliveries.c.brand == brand)
    if post_id is not None:
        query = query.where(deliveries.c.post_id == post_id)
    if since is not None:
        query = query.where(deliveries.c.due_at >= since)
    if until is not None:
        query = query.where(deliveries.c.due_at <= until)
    return tuple(legibility.read(connection, query).rows)


def sent_since(connection: sa.Connection, instant: datetime | None) -> "tuple[Delivery, ...]":
    """What was sent since that instant (ever, where it is None) and can be read, in that order."""
    query = sa.select(deliveries).where(in_state(DeliveryState.SENT))
    if instant is not None:
        query = query.where(deliveries.c.sent_at >= instant)
    query = query.order_by(deliveries.c.sent_at, deliveries.c.id)
    return tuple(legibility.read(connection, query).rows)


def move(
    connection: sa.Connection,
    delivery: Delivery,
    state: DeliveryState,
    *,
    now: datetime,
    actor: str,
    **changes: Any,
) -> Delivery:
    """Move a delivery that the caller has loaded under lock, and set other columns with it.

    Raises:
        StateError: the table of moves does not allow it.
    """
    (moved,) = move_all(connection, [Move(delivery, state, changes)], now=now, actor=actor)
    return moved


def move_all(
    connection: sa.Connection, moves: "Sequence[Move]", *, now: datetime, actor: str
) -> "tuple[Delivery, ...]":
    """Move deliveries that the caller has loaded under lock, each once.

    Writes PostPublished or PostFailed for a post that reached its end, DeliveryMoved otherwise.

    Raises:
        StateError: the table of moves does not allow one of them, or one delivery moves twice.
    """
    if not moves:
        return ()
    for one in moves:
        check_move(one.delivery.state, one.state)
    if len({one.delivery.id for one in moves}) < len(moves):
        raise StateError("a delivery can move only once at a time; move it again from its new row")
    told: dict[str, DomainEvent] = {}
    causes = _causes(connection, moves)
    moved = tuple(_moved(one, told, causes, now=now, actor=actor) for one in moves)
    _write(connection, moves, moved)
    events.append(connection, *told.values(), digests={one.id: link for link, one in told.items()})
    return moved


def _write(connection: sa.Connection, moves: "Sequence[Move]", moved: "Sequence[Delivery]") -> None:
    changed = {name for one in moves for name in one.changes}
    names = ("id", "state", "chain", "updated_at", *sorted(changed))
    rows = [{name: getattr(one, name) for name in names} for one in moved]
    update_all(connection, deliveries, rows, key=("id",))


def _causes(connection: sa.Connection, moves: "Sequence[Move]") -> dict[str, str]:
    """By post, the event that scheduled it, where one of its deliveries reaches its end."""
    ended = {
        one.delivery.post_id
        for one in moves
        if one.state in ENDS and one.delivery.kind is DeliveryKind.POST and one.delivery.post_id
    }
    return events.causes(connection, EventType.POST_PUBLISHED, ended)


def _moved(
    move: Move,
    told: dict[str, DomainEvent],
    causes: Mapping[str, str],
    *,
    now: datetime,
    actor: str,
) -> Delivery:
    """The delivery after the move, whose event joins `told` under its hash."""
    changes = {"state": move.state, "updated_at": now} | move.changes
    event = _event(move, causes, now=now, actor=actor)
    link = chain.digest(move.delivery.chain, event)
    told[link] = event
    return move.delivery.model_copy(update=changes | {"chain": link})


def note(
    connection: sa.Connection,
    delivery: Delivery,
    reason: str,
    *,
    next_at: datetime | None,
    remedy: str | None = None,
) -> None:
    """Say why a delivery stays where it is, and when it is looked at again (None: by a person)."""
    values = {"reason": reason, "next_at": next_at} | ({"remedy": remedy} if remedy else {})
    connection.execute(deliveries.update().where(deliveries.c.id == delivery.id).values(**values))


def attempts(connection: sa.Connection, delivery_id: str) -> "tuple[sa.RowMapping, ...]":
    """The attempts of one delivery, oldest first: rows of `delivery_attempts`."""
    query = sa.select(delivery_attempts).where(delivery_attempts.c.delivery_id == delivery_id)
    return tuple(connection.execute(query.order_by(delivery_attempts.c.attempt)).mappings())


def _planned_values(delivery: NewDelivery) -> dict[str, Any]:
    values = {name: getattr(delivery, name) for name in NewDelivery.model_fields}
    del values["schema_version"]
    values["payload"] = to_document(delivery.payload)
    values["fingerprint"] = fingerprint_of(full_text(delivery.payload))
    return values


def _event(move: Move, causes: Mapping[str, str], *, now: datetime, actor: str) -> DomainEvent:
    old, changes = move.delivery, move.changes
    kind = EventType.DELIVERY_MOVED
    if old.kind == DeliveryKind.POST:
        kind = ENDS.get(move.state, kind)
    story = old.post_id or old.message_id or old.id
    payload = {
        "delivery_id": old.id,
        "from": old.state,
        "to": move.state,
        "post_id": old.post_id,
        "message_id": old.message_id,
        "kind": old.kind,
        "brand": old.brand,
        "platform": old.platform,
        "account": old.account,
        "platform_id": changes.get("platform_id", old.platform_id),
        "url": changes.get("url", old.url),
        "sent_at": _iso(changes.get("sent_at", old.sent_at)),
        "due_at": _iso(changes.get("due_at", old.due_at)),
        "reason": changes.get("reason", old.reason),
    }
    return DomainEvent(
        type=kind,
        occurred_at=now,
        correlation=story,
        causation=causes.get(story) if kind in ENDS.values() else None,
        actor=actor,
        payload=payload,
    )


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat().replace("+00:00", "Z") if instant else None
