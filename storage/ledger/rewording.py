"""A delivery that nobody has begun, with other content: the same row, key and instant."""

from datetime import datetime

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState, Payload, fingerprint, full_text
from domain.errors import StateError
from storage.ledger.documents import to_document
from storage.ledger.tables import deliveries


def is_unbegun(delivery: Delivery) -> bool:
    """Whether no worker has had it: it is planned, or due and not tried yet."""
    return delivery.state in (DeliveryState.PLANNED, DeliveryState.DUE) and not delivery.attempts


def reword(
    connection: sa.Connection, delivery: Delivery, payload: Payload, *, version: int, now: datetime
) -> None:
    """Give a delivery that the caller has loaded under lock another payload, of that version.

    Raises:
        StateError: a worker has begun on it.
    """
    if not is_unbegun(delivery):
        raise StateError(
            f"delivery {delivery.key!r} is {delivery.state} and cannot be changed; "
            "plan the new content under another key"
        )
    values = {
        "payload": to_document(payload),
        "fingerprint": fingerprint(full_text(payload)),
        "post_version": version,
        "updated_at": now,
    }
    connection.execute(deliveries.update().where(deliveries.c.id == delivery.id).values(**values))
