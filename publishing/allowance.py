"""How many rows of each account may be taken now: one lane an account, in order."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from domain.deliveries import DeliveryState
from storage.ledger.tables import deliveries, in_state


def rooms(
    connection: sa.Connection,
    accounts: Collection[str],
    *,
    most: int,
) -> Mapping[str, int]:
    """Account to the number of its rows that may be taken, at most `most`; closed ones are out.

    An account whose rows somebody holds is closed: its posts go out one after the other.
    """
    busy = in_flight(connection)
    return {account: most for account in accounts if account not in busy}


def in_flight(connection: sa.Connection) -> Mapping[str, int]:
    """Account to the number of its rows that workers hold."""
    query = sa.select(deliveries.c.account, sa.func.count()).where(
        in_state(DeliveryState.CLAIMED, DeliveryState.SENDING)
    )
    rows: Any = connection.execute(query.group_by(deliveries.c.account))
    return dict(rows.all())
