"""A post that a look-up found belongs to one delivery: two of the same words never share it."""

from datetime import datetime

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryKind, DeliveryState, PublishResult
from storage.ledger.tables import deliveries, in_state

OF_ITS_OWN = (DeliveryKind.POST, DeliveryKind.REPLY)
"""Kinds that make a post; hiding and deleting go by the id of somebody else's."""


def is_anothers(
    connection: sa.Connection, row: Delivery, found: PublishResult, *, since: datetime
) -> bool:
    """Whether what was found is, or may become, the post of another delivery of the account.

    Either one has it already, since the look-up was asked, or one with the same words is being
    sent at this moment, and what was found may be its. Until the transaction ends nobody else
    adopts a post of the account.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        key = sa.func.hashtextextended(f"adopt:{row.account}", 0)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    others = sa.and_(
        deliveries.c.account == row.account,
        deliveries.c.id != row.id,
        deliveries.c.kind.in_(OF_ITS_OWN),
    )
    has_it = sa.and_(
        in_state(DeliveryState.SENT),
        deliveries.c.sent_at >= since,
        deliveries.c.platform_id == found.platform_id,
    )
    sends_it = sa.and_(
        in_state(DeliveryState.CLAIMED, DeliveryState.SENDING),
        deliveries.c.state == DeliveryState.SENDING,
        deliveries.c.fingerprint == row.fingerprint,
    )
    each = (sa.select(deliveries.c.id).where(others, one).limit(1) for one in (has_it, sends_it))
    return any(connection.scalar(query) is not None for query in each)
