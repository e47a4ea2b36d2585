"""What is known of the writers: recalled when a run begins, shown when it ends."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import polars as pl

from content.answers import LIFETIME_S
from content.router import Router
from domain.posts import ContentPost
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


def writers_frame(
    drafts: Sequence[ContentPost], by_people: Accepted, by_policy: Accepted
) -> pl.DataFrame:
    """One row per writer of these drafts: tokens, US cents, and the shares approved in a month.

    What people approved and what the brand's policy let go stand apart: only the one is praise.
    """
    rows = []
    for name in sorted({draft.generated_by for draft in drafts}):
        own = [draft for draft in drafts if draft.generated_by == name]
        rows.append(
            (
                name,
                len(own),
                sum(draft.input_tokens for draft in own),
                sum(draft.output_tokens for draft in own),
                sum(draft.cost_cents for draft in own),
                *_share(by_people, name),
                *_share(by_policy, name),
            )
        )
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
