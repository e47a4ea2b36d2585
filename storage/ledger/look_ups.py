"""What was said on the wire when an attempt was looked up: beside what the attempt itself said."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from domain.deliveries import Delivery
from storage.ledger.tables import delivery_attempts


def keep(
    connection: sa.Connection, delivery: Delivery, exchanges: Sequence[Mapping[str, Any]]
) -> None:
    """Keep the look-up of the delivery's last attempt, in place of the one before.

    Its exchanges stand behind the attempt's own, each with `looks_up`.
    """
    columns = delivery_attempts.c
    mine = sa.and_(columns.delivery_id == delivery.id, columns.attempt == delivery.attempts)
    before = connection.scalar(sa.select(columns.exchanges).where(mine)) or ()
    said = [one for one in before if not one.get("looks_up")]
    said += [{**one, "looks_up": True} for one in exchanges]
    connection.execute(delivery_attempts.update().where(mine).values(exchanges=said))
