"""Claiming, measured against a bare script that takes rows of the same table."""

import json
import statistics
from collections.abc import Callable
from datetime import timedelta
from time import perf_counter
from typing import Any

import sqlalchemy as sa

from cli.bench_stage import Stage
from publishing import claims
from publishing.claims import Claimer

LANES, PER_ACCOUNT = 64, 8
TICK = timedelta(microseconds=1)
"""Between two posts: nothing to the clock, but it puts them in order."""
TAKE = {
    "postgresql": (
        "update deliveries set state = 'claimed', fence = fence + 1, lease_owner = 'bare', "
        "lease_until = now() + interval '40 seconds' where id in (select id from deliveries "
        "where state = 'due' order by due_at limit :many for update skip locked) returning *"
    ),
    "sqlite": (
        "update deliveries set state = 'claimed', fence = fence + 1, lease_owner = 'bare', "
        "lease_until = datetime('now', '+40 seconds') where id in (select id from deliveries "
        "where state = 'due' order by due_at limit :many) returning *"
    ),
}


def against_a_bare_script(stage: Stage, *, rows: int) -> dict[str, Any]:
    """Claims a second, ours and a bare script's, each row by row and in batches.

    Each transaction is durable on all sides, and both take the same rows of the same table with
    the same indexes: posts fall due one after the other, by turns on all accounts. The bare script
    marks what has been due longest, skips what others have locked (SQLite has no such words, and
    one writer), and gives its rows back with the content that is to be sent. Ours also reads the
    gate and the limits, keeps to one lane an account, checks each row, and writes an event that
    tells of all.
    """
    few = max(rows // 20, 1)
    batched = _rate(stage, "claims", rows, lambda c: _take(stage, c, LANES, PER_ACCOUNT))
    single = _rate(stage, "claim", few, lambda c: _take(stage, c, 1, 1))
    bare_single = _rate(stage, "bare", few, lambda c: _bare(c, 1))
    bare_batched = _rate(stage, "bares", rows, lambda c: _bare(c, LANES * PER_ACCOUNT))
    return {
        "rows": rows,
        "claims_per_s": round(batched),
        "single_per_s": round(single),
        "bare_per_s": round(bare_single),
        "bare_batched_per_s": round(bare_batched),
        "ratio": round(batched / bare_single, 2),
        "ratio_single": round(single / bare_single, 3),
        "ratio_batched": round(batched / bare_batched, 3),
    }


def _rate(stage: Stage, tag: str, rows: int, take: Callable[[sa.Connection], int]) -> float:
    first = stage.clock.now() - TICK * rows
    stage.plan(tag, rows, due_at=lambda number: first + TICK * number)
    now = stage.clock.now()
    with stage.ledger.transaction() as connection:
        while claims.due(connection, now):
            pass
    paces = []
    taken = 0
    while taken < rows:
        start = perf_counter()
        with stage.ledger.transaction() as connection:
            here = take(connection)
        paces.append(here / (perf_counter() - start))
        taken += here
        _put_away(stage)
    return statistics.median(paces)


def _take(stage: Stage, connection: sa.Connection, lanes: int, per_account: int) -> int:
    claimer = Claimer("bench", stage.names(), lanes, per_account)
    return len(claims.take(connection, stage.ledger.now(connection), claimer))


def _bare(connection: sa.Connection, many: int) -> int:
    query = sa.text(TAKE[connection.dialect.name])
    rows = connection.execute(query, {"many": many}).all()
    contents = [row.payload for row in rows]
    if connection.dialect.name == "sqlite":  # the other driver has read them already
        contents = [json.loads(one) for one in contents]
    return len(contents)


def _put_away(stage: Stage) -> None:
    """Nobody sends what was claimed here."""
    with stage.ledger.transaction() as connection:
        connection.execute(
            sa.text("update deliveries set state = 'cancelled' where state = 'claimed'")
        )
