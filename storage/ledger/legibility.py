"""Deliveries that this version can read, and what is wrong with those that it cannot.

Bytes that are no text, half a document, the shape of another version: a disk, an import or another
program may have left them. One such row must never stop another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from domain.deliveries import Delivery, DeliveryKind, DeliveryState, Payload
from domain.errors import StoreError
from domain.platforms import Platform
from storage.ledger import revisions
from storage.ledger.documents import to_document
from storage.ledger.tables import deliveries

GARBLED = (ValueError, TypeError, StoreError, sa.exc.OperationalError)
"""What reading such a row ends in: the database's own refusal, or that of the entity."""
SIGN = "UTF-8"
LOST = "unreadable"
"""The step of a row that was mended: which of its fields could not be read and are lost."""
SHOWN = 300
"""Characters of a field that stay with the row, for whoever wants to know what it was."""
AT_ONCE = 500
"""Rows that are asked for by their ids in one query."""
INSTANTS = ("due_at", "created_at", "updated_at")
LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
"""In the place of an instant that cannot be read, where no other of the row can."""
REMEDY = "nothing can be done with it before it is due; then it is put aside, and stops no other"
CONTENT = ("payload", "steps")
BARE = [column for column in deliveries.c if column.name not in CONTENT]
"""All of a row but its documents: enough to move it."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows in order, and those that could not be read, by id, with what the reading ended in."""

    rows: list[Delivery]
    unread: dict[str, Exception]


def is_garbled(error: BaseException) -> bool:
    """Whether an error may come from a row, and not from a ledger that is away."""
    return not isinstance(error, (StoreError, sa.exc.OperationalError)) or SIGN in str(error)


def is_newer(error: BaseException) -> bool:
    """Whether what could not be read says of itself that a newer version wrote it."""
    return isinstance(error, ValidationError) and any(
        one["type"] == "less_than_equal" and one["loc"][-1:] == ("schema_version",)
        for one in error.errors(include_url=False, include_input=False)
    )


def is_ledger_newer(connection: sa.Connection) -> bool:
    """Whether a newer version has changed the tables: then nothing is known of their rows."""
    revision = revisions.current(connection)
    return revision is not None and revision not in revisions.known()


def read(connection: sa.Connection, query: sa.Select[Any], *, content: bool = True) -> Found:
    """The deliveries of a query over all their columns; without `content`, less their documents.

    Raises:
        StoreError: the ledger refused.
    """
    columns = [*deliveries.c] if content else BARE
    if not content:
        query = query.with_only_columns(*columns, maintain_column_froms=True)
    more = {} if content else {"payload": Payload()}
    try:
        return _found(connection.execute(query).mappings().all(), more)
    except GARBLED as exc:
        if not is_garbled(exc):
            raise
    only_ids = query.with_only_columns(deliveries.c.id, maintain_column_froms=True)
    return read_each(connection, connection.scalars(only_ids).all(), content=content)


def read_each(connection: sa.Connection, ids: Iterable[str], *, content: bool = True) -> Found:
    """These deliveries in this order: what cannot be read stops no other.

    Raises:
        StoreError: the ledger refused.
    """
    columns = [*deliveries.c] if content else BARE
    more = {} if content else {"payload": Payload()}
    found, wanted = Found([], {}), [*ids]
    for start in range(0, len(wanted), AT_ONCE):
        _halve(connection, columns, wanted[start : start + AT_ONCE], more, found)
    return found


def _halve(
    connection: sa.Connection,
    columns: Sequence[sa.Column[Any]],
    ids: Sequence[str],
    more: Mapping[str, Any],
    found: Found,
) -> None:
    """Read these, in halves where the database hands one of them out as no text or document."""
    query = sa.select(*columns).where(deliveries.c.id.in_(ids))
    try:
        rows = {row["id"]: row for row in connection.execute(query).mappings()}
    except GARBLED as exc:
        if not is_garbled(exc):
            raise
        if len(ids) == 1:
            found.unread[ids[0]] = exc
            return
        for half in (ids[: len(ids) // 2], ids[len(ids) // 2 :]):
            _halve(connection, columns, half, more, found)
        return
    some = _found([rows[one] for one in ids if one in rows], more)
    found.rows.extend(some.rows)
    found.unread.update(some.unread)


def _found(rows: Iterable[sa.RowMapping], more: Mapping[str, Any]) -> Found:
    found = Found([], {})
    for row in rows:
        try:
            found.rows.append(Delivery.model_validate({**row, **more}))
        except GARBLED as exc:
            found.unread[row["id"]] = exc
    return found


def as_it_stands(connection: sa.Connection, delivery_id: str) -> Delivery:
    """What can be read of a row, for whoever lists it; nothing is written.

    In the place of the rest there is something empty. Its reason says what could not be read.
    """
    values, damage = _damage(connection, delivery_id)
    known = [values[name] for name in INSTANTS if name not in damage]
    now = known[0] if known else LONG_AGO
    values |= {name: _stand_in(name, delivery_id, now) for name in damage}
    if "state" in damage:
        values["state"] = DeliveryState.FAILED
    if damage:
        values |= {"reason": _words(damage), "remedy": REMEDY}
    return Delivery.model_validate(values)


def mend(connection: sa.Connection, delivery_id: str, *, now: datetime) -> str | None:
    """Put something empty in the place of what cannot be read of a row that the caller holds.

    Returns in words what could not be read and how it began. The row says so too (`LOST`), and is
    never sent. None, and nothing is written, where all can be read after all.
    """
    _, damage = _damage(connection, delivery_id)
    if not damage:
        return None
    mine = deliveries.c.id == delivery_id
    values = {name: _stand_in(name, delivery_id, now) for name in damage}
    steps = {} if "steps" in damage else _field(connection, "steps", delivery_id)
    values["steps"] = {**steps, LOST: ",".join(sorted(damage))}
    if "platform" in values and "account" not in values:
        account = str(_field(connection, "account", delivery_id))
        named = account.partition(":")[0]
        values["platform"] = named if named in [*Platform] else values["platform"]
    connection.execute(deliveries.update().where(mine).values(**values))
    return _words(damage)


def _words(damage: Mapping[str, str]) -> str:
    name = "payload" if "payload" in damage else min(damage)
    what = ", ".join("content" if one == "payload" else one for one in sorted(damage))
    return f"its stored {what} cannot be read; it begins {damage[name][:SHOWN]!r}"


def _damage(connection: sa.Connection, delivery_id: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of the row, and of the fields that cannot be read what stands there."""
    values: dict[str, Any] = {}
    broken: set[str] = set()
    for column in deliveries.c:
        try:
            values[column.name] = _field(connection, column.name, delivery_id)
        except GARBLED as exc:
            if not is_garbled(exc):
                raise
            broken.add(column.name)
    values |= {name: _stand_in(name, delivery_id, LONG_AGO) for name in broken}
    try:
        Delivery.model_validate(values)
    except ValidationError as exc:
        broken |= {str(one["loc"][0]) for one in exc.errors(include_url=False, include_input=False)}
    shown = {name: _shown(connection, name, delivery_id) for name in broken if name != "id"}
    return values, shown


def _field(connection: sa.Connection, name: str, delivery_id: str) -> Any:
    return connection.scalar(sa.select(deliveries.c[name]).where(deliveries.c.id == delivery_id))


def _shown(connection: sa.Connection, name: str, delivery_id: str) -> str:
    """What stands there as bytes, whatever they say."""
    column = deliveries.c[name]
    if connection.dialect.name == "postgresql":
        raw: Any = sa.func.convert_to(sa.cast(column, sa.Text), "UTF8", type_=sa.LargeBinary)
    else:
        raw = sa.cast(column, sa.LargeBinary)
    found = connection.scalar(sa.select(raw).where(deliveries.c.id == delivery_id))
    return bytes(found or b"").decode("utf-8", "backslashreplace")


def _stand_in(name: str, delivery_id: str, now: datetime) -> Any:
    known = {
        "key": f"{LOST}:{delivery_id}",
        "kind": DeliveryKind.POST,
        "brand": LOST,
        "platform": Platform.X,
        "account": LOST,
        "payload": to_document(Payload()),
        "steps": {},
        "fingerprint": "",
        "fence": 0,
        "attempts": 0,
    }
    if name in INSTANTS:
        return now
    return known.get(name)
