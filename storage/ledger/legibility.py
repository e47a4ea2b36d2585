"""Deliveries that this version can read, and what is wrong with those that it cannot.

Bytes that are no text, half a document, the shape of another version: a disk, an import or another
program may have left them. One such row must never stop another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError

from domain.deliveries import Delivery, DeliveryKind, Payload
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
        rows = connection.execute(query).mappings().all()
        return Found([Delivery.model_validate({**row, **more}) for row in rows], {})
    except GARBLED as exc:
        if not is_garbled(exc):
            raise
    only_ids = query.with_only_columns(deliveries.c.id, maintain_column_froms=True)
    return read_each(connection, connection.scalars(only_ids).all(), content=content)


def read_each(connection: sa.Connection, ids: Iterable[str], *, content: bool = True) -> Found:
    """These deliveries in this order, each asked for by itself: what cannot be read stops no other.

    Raises:
        StoreError: the ledger refused.
    """
    columns = [*deliveries.c] if content else BARE
    more = {} if content else {"payload": Payload()}
    found = Found([], {})
    for delivery_id in ids:
        mine = sa.select(*columns).where(deliveries.c.id == delivery_id)
        try:
            row = connection.execute(mine).mappings().one()
            found.rows.append(Delivery.model_validate({**row, **more}))
        except GARBLED as exc:
            if not is_garbled(exc):
                raise
            found.unread[delivery_id] = exc
    return found


def mend(connection: sa.Connection, delivery_id: str, *, now: datetime) -> str | None:
    """Put something empty in the place of what cannot be read of a row that the caller holds.

    Returns in words what could not be read and how it began. The row says so too (`LOST`), and is
    never sent. None, and nothing is written, where all can be read after all.
    """
    damage = _damage(connection, delivery_id)
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
    name = "payload" if "payload" in damage else min(damage)
    what = ", ".join("content" if one == "payload" else one for one in sorted(damage))
    return f"its stored {what} cannot be read; it begins {damage[name][:SHOWN]!r}"


def _damage(connection: sa.Connection, delivery_id: str) -> dict[str, str]:
    """The fields that cannot be read, each with what stands there."""
    values: dict[str, Any] = {}
    broken: set[str] = set()
    for column in deliveries.c:
        try:
            values[column.name] = _field(connection, column.name, delivery_id)
        except GARBLED as exc:
            if not is_garbled(exc):
                raise
            broken.add(column.name)
    now = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
    values |= {name: _stand_in(name, delivery_id, now) for name in broken}
    try:
        Delivery.model_validate(values)
    except ValidationError as exc:
        broken |= {str(one["loc"][0]) for one in exc.errors(include_url=False, include_input=False)}
    return {name: _shown(connection, name, delivery_id) for name in broken if name != "id"}


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
    if name in ("due_at", "created_at", "updated_at"):
        return now
    return known.get(name)
