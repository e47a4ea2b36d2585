"""The rows of deliveries that were moved, written in as few statements as can be."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.deliveries import Delivery
from storage.ledger.many import each_of
from storage.ledger.tables import deliveries

MOVABLE = (
    "state",
    "due_at",
    "local_time",
    "time_zone",
    "platform_key",
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
"""The columns that a move writes."""
_MOVE = (
    deliveries.update()
    .where(deliveries.c.id == sa.bindparam("moved_id"))
    .values({name: sa.bindparam(f"new_{name}") for name in MOVABLE})
)


def write_moves(
    connection: sa.Connection,
    changes: Sequence[Mapping[str, Any]],
    moved: Sequence[Delivery],
    *,
    now: datetime,
) -> None:
    """Write moved deliveries: those that set the same columns in one statement, as far as can be.

    `changes` are what each sets, its `state` among it; `moved` how each stands then.
    """
    alike = defaultdict[tuple[str, ...], list[dict[str, Any]]](list)
    for one, new in zip(changes, moved, strict=True):
        fresh = {"id": new.id, "chain": new.chain} | one
        alike[new.state, *sorted(one)].append(fresh)
    apart = {
        row["id"]
        for rows in alike.values()
        if not _write_alike(connection, rows, now)
        for row in rows
    }
    rows = [_moved_row(one) for one in moved if one.id in apart]
    if rows:
        connection.execute(_MOVE, rows)


def _write_alike(
    connection: sa.Connection, rows: Sequence[Mapping[str, Any]], now: datetime
) -> bool:
    """Write rows that set the same columns; false where they differ in more than texts."""
    first = rows[0]
    own = [name for name in first if name == "id" or any(row[name] != first[name] for row in rows)]
    texts = [{name: row[name] for name in own} for row in rows]
    if len(rows) == 1 or not all(
        isinstance(one, str | None) for row in texts for one in row.values()
    ):
        return False
    each = each_of(connection, texts)
    shared = {name: value for name, value in first.items() if name not in own}
    connection.execute(
        deliveries.update()
        .where(deliveries.c.id == each.c.id)
        .values(updated_at=now, **shared, **{name: each.c[name] for name in own if name != "id"})
    )
    return True


def _moved_row(moved: Delivery) -> dict[str, Any]:
    return {"moved_id": moved.id} | {f"new_{name}": getattr(moved, name) for name in MOVABLE}
