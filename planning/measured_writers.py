"""What is known of the writers: recalled when a run begins, shown when it ends."""

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from content.answers import LIFETIME_S
from content.router import Router
from storage.ledger import writer_calls
from storage.ledger.database import Ledger

Accepted = Mapping[tuple[str, str], tuple[int, int]]
"""By writer and language: how many drafts were approved, of how many decided."""


def recall(ledger: Ledger, router: Router) -> None:
    """Let the router go on where the runs of the last month ended; without writers it need not."""
    if not router.hosted:
        return
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        writer_calls.forget(connection, now=now)
        since = now - timedelta(seconds=LIFETIME_S)
        kept = writer_calls.answers(connection, since=since)
        router.remember(
            writer_calls.lately(connection, now=now),
            accepted=writer_calls.accepted(connection, now=now),
            answers=[(key, written, (now - at).total_seconds()) for key, written, at in kept],
        )


def writers_frame(drafts: pl.DataFrame, by_people: Accepted, by_policy: Accepted) -> pl.DataFrame:
    """One row per writer of these drafts: tokens, US cents, and the shares approved in a month.

    `drafts` as `planning.tables.drafts_frame` has them. What people approved and what the brand's
    policy let go stand apart: only the one is praise.
    """
    sums = pl.len(), pl.col("input_tokens", "output_tokens", "cents").sum()
    rows = [
        (name, *counts, *_share(by_people, name), *_share(by_policy, name))
        for name, *counts in drafts.group_by("writer").agg(*sums).sort("writer").iter_rows()
    ]
    schema = {
        "writer": pl.String(),
        "drafts": pl.Int64(),
        "tokens in": pl.Int64(),
        "tokens out": pl.Int64(),
        "cents": pl.Float64(),
        "approved by people": pl.Float64(),
        "of so many": pl.Int64(),
        "let go by policy": pl.Float64(),
        "of as many": pl.Int64(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _share(accepted: Accepted, name: str) -> tuple[float | None, int]:
    """Which share of a writer's decided drafts was approved, and of how many."""
    counts = [each for (who, _), each in accepted.items() if who == name.partition("/")[0]]
    decided = sum(count for _, count in counts)
    return (sum(count for count, _ in counts) / decided if decided else None, decided)


def passed_over_frame(router: Router) -> pl.DataFrame:
    """One row per brand, writer and kind of trouble: orders that went to others, and why."""
    rows = [
        (brand, writer, orders, why)
        for (brand, writer, _), (orders, why) in sorted(router.passed_over.items())
    ]
    schema = {
        "brand": pl.String(),
        "writer": pl.String(),
        "orders": pl.Int64(),
        "why the last one": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
