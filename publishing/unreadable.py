"""Deliveries whose stored content nobody can read: set aside, so that they hold up nobody else.

Bytes that are no text, half a document, the shape of another version: a disk, an import or another
program may have left them. One of them would fail every claim that comes upon it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.deliveries import DeliveryState, Payload
from domain.errors import StoreError
from publishing import claims
from publishing.gate import lock_posts
from publishing.posts import settle_posts
from storage.ledger import deliveries as ledger_deliveries
from storage.ledger.database import Ledger
from storage.ledger.documents import to_document
from storage.ledger.tables import deliveries, in_state

GARBLED = (StoreError, ValueError)
"""What reading such a row ends in: the database's own refusal, or that of the entity."""
SIGN = "UTF-8"
SHOWN = 300
"""Characters of the content that stay with the row, for whoever wants to know what it was."""
REMEDY = "plan it again under another key"


def is_garbled(error: BaseException) -> bool:
    """Whether an error may come from such a row, and not from a ledger that is away."""
    return not isinstance(error, StoreError) or SIGN in str(error)


def set_aside(ledger: Ledger) -> int:
    """Let what is due and cannot be read fail, with its reason; returns how many rows.

    Raises:
        StoreError: the ledger refused.
    """
    with ledger.transaction() as connection:
        claims.due(connection, ledger.now(connection))
        due = sa.select(deliveries.c.id).where(in_state(DeliveryState.DUE))
        ids: Sequence[str] = connection.scalars(due).all()
    broken = _unreadable(ledger, ids)
    for delivery_id in broken:
        with ledger.transaction() as connection:
            _fail(connection, delivery_id, now=ledger.now(connection))
    return len(broken)


def _unreadable(ledger: Ledger, ids: Sequence[str]) -> list[str]:
    """Those of `ids` that cannot be read, found by halves."""
    if not ids:
        return []
    try:
        with ledger.reading() as connection:
            ledger_deliveries.load_all(connection, ids)
    except GARBLED as exc:
        if not is_garbled(exc):
            raise
        if len(ids) == 1:
            return list(ids)
        half = len(ids) // 2
        return _unreadable(ledger, ids[:half]) + _unreadable(ledger, ids[half:])
    return []


def _fail(connection: sa.Connection, delivery_id: str, *, now: datetime) -> None:
    mine = deliveries.c.id == delivery_id
    there = connection.execute(
        sa.select(_raw(connection)).where(mine, in_state(DeliveryState.DUE)).with_for_update()
    ).first()
    if there is None:  # somebody else was quicker
        return
    empty = to_document(Payload())
    connection.execute(deliveries.update().where(mine).values(payload=empty))
    row = ledger_deliveries.load(connection, delivery_id, lock=True)
    documents = lock_posts(connection, [row])
    was = bytes(there[0]).decode("utf-8", "backslashreplace")
    ledger_deliveries.move(
        connection,
        row,
        DeliveryState.FAILED,
        now=now,
        actor="door",
        reason=f"its stored content cannot be read; it begins {was[:SHOWN]!r}",
        remedy=REMEDY,
    )
    settle_posts(connection, documents, now=now)


def _raw(connection: sa.Connection) -> sa.ColumnElement[Any]:
    """The content as bytes, whatever they say."""
    if connection.dialect.name == "postgresql":
        text = sa.cast(deliveries.c.payload, sa.Text)
        return sa.func.convert_to(text, "UTF8", type_=sa.LargeBinary)
    return sa.cast(deliveries.c.payload, sa.LargeBinary)
