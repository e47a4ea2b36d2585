"""Parts of a thread and first comments: each waits for the one before and answers it."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState, Payload
from storage.ledger import legibility
from storage.ledger.tables import deliveries

ENDED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED)


_BEFORE = deliveries.alias("before")
_HAS_ENDED = _BEFORE.c.state.in_([sa.literal_column(f"'{state.value}'") for state in ENDED])


def has_ended(key: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition that the delivery under this key is not still to come."""
    return sa.exists().where(_BEFORE.c.key == key, _HAS_ENDED)


_HAS_ITS_TURN = sa.or_(deliveries.c.after.is_(None), has_ended(deliveries.c.after))


def has_its_turn() -> sa.ColumnElement[bool]:
    """The condition on `deliveries` that nothing before it is still to come."""
    return _HAS_ITS_TURN


def parents(connection: sa.Connection, parts: Sequence[Delivery]) -> Mapping[str, Delivery]:
    """The deliveries that these come after, by their keys.

    One whose content cannot be read comes without it; what else cannot be read is left out.
    """
    keys = {one.after for one in parts if one.after}
    if not keys:
        return {}
    found = legibility.read(connection, sa.select(deliveries).where(deliveries.c.key.in_(keys)))
    rows = found.rows
    if found.unread:
        rest = sa.select(deliveries).where(deliveries.c.id.in_(found.unread))
        rows = rows + legibility.read(connection, rest, content=False).rows
    return {row.key: row for row in rows}


def answering(
    connection: sa.Connection, part: Delivery, before: Mapping[str, Delivery] | None = None
) -> Payload:
    """The payload with the post that it answers filled in from the delivery before it.

    `before` are the parts' parents by key, where the caller has them already.
    """
    if part.after is None:
        return part.payload
    parent = (parents(connection, [part]) if before is None else before).get(part.after)
    if parent is None or parent.platform_id is None:
        return part.payload
    root = answering(connection, parent).reply_root or parent.platform_id
    return part.payload.model_copy(update={"reply_to": parent.platform_id, "reply_root": root})
