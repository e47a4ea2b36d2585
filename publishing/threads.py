"""Parts of a thread and first comments: each waits for the one before and answers it."""

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState, Payload
from storage.ledger import deliveries as ledger_deliveries
from storage.ledger.tables import deliveries

ENDED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.CANCELLED)


def has_its_turn() -> sa.ColumnElement[bool]:
    """The condition on `deliveries` that nothing before it is still to come."""
    before = deliveries.alias("before")
    ended = sa.exists().where(before.c.key == deliveries.c.after, before.c.state.in_(ENDED))
    return sa.or_(deliveries.c.after.is_(None), ended)


def before(connection: sa.Connection, delivery: Delivery) -> Delivery | None:
    """The delivery that this one comes after; None where it stands alone."""
    if delivery.after is None:
        return None
    return ledger_deliveries.find(connection, delivery.after)


def answering(connection: sa.Connection, delivery: Delivery) -> Payload:
    """The payload with the post that it answers filled in from the delivery before it."""
    parent = before(connection, delivery)
    if parent is None or parent.platform_id is None:
        return delivery.payload
    root = answering(connection, parent).reply_root or parent.platform_id
    return delivery.payload.model_copy(update={"reply_to": parent.platform_id, "reply_root": root})
