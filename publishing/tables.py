"""Deliveries as a table that people read."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from domain.deliveries import Delivery, DeliveryState
from storage.ledger import listings, overview
from storage.ledger.database import Ledger

READ = 1_000
"""So many deliveries of each state are read, the others counted: a run's cost must not grow with
what is stored."""

SCHEMA = {
    "id": pl.String(),
    "key": pl.String(),
    "kind": pl.String(),
    "brand": pl.String(),
    "platform": pl.String(),
    "account": pl.String(),
    "state": pl.String(),
    "due_at": pl.Datetime("us", "UTC"),
    "sent_at": pl.Datetime("us", "UTC"),
    "late_seconds": pl.Float64(),
    "attempts": pl.Int64(),
    "next_at": pl.Datetime("us", "UTC"),
    "url": pl.String(),
    "text": pl.String(),
    "reason": pl.String(),
    "remedy": pl.String(),
}


def deliveries_frame(found: Sequence[Delivery]) -> pl.DataFrame:
    """One row per delivery; `late_seconds` is null until it is sent."""
    rows = [
        {name: getattr(one, name, None) for name in SCHEMA}
        | {
            "kind": str(one.kind),
            "platform": str(one.platform),
            "state": str(one.state),
            "text": one.payload.text,
            "late_seconds": (one.sent_at - one.due_at).total_seconds() if one.sent_at else None,
        }
        for one in found
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


COUNTS = {
    "platform": pl.String(),
    "kind": pl.String(),
    "state": pl.String(),
    "deliveries": pl.UInt32(),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """All deliveries in counts, and those that are read one by one.

    Attributes:
        counts: one row per platform, kind and state, of all that there ever were.
        rows: as `deliveries_frame`: of each state at most a thousand; of what is at an end the
            last, of the rest what is due next.
    """

    counts: pl.DataFrame
    rows: pl.DataFrame

    def number(self, *states: DeliveryState) -> int:
        """How many are in these states, in any where none is named."""
        wanted = self.counts.filter(pl.col("state").is_in(states)) if states else self.counts
        return int(wanted["deliveries"].sum())


def read_standing(ledger: Ledger, *, states: tuple[DeliveryState, ...] = ()) -> Standing:
    """How all deliveries stand, and the rows of these states (any, where none is named).

    Raises:
        StoreError: the ledger refused.
    """
    with ledger.reading() as connection:
        found = listings.foremost(connection, states or DeliveryState, limit=READ)
        counts = overview.deliveries_by_kind(connection)
    return Standing(pl.DataFrame(counts, schema=COUNTS), deliveries_frame(found))


OPEN = {
    "waiting, and until when": "waiting",
    "unknown, being looked up": "unknown",
    "dead, with reason and remedy": "failed",
}
"""Title to the state of what is neither planned nor at an end that anybody wished for."""
SHOWN = 30


def shown(standing: Standing) -> dict[str, pl.DataFrame]:
    """Tables for a person: counts, what is open and why, and links to what is live."""
    frame = standing.rows
    tables = {"where they stand": summary(standing)}
    for title, state in OPEN.items():
        rows = frame.filter(pl.col("state") == state).sort("due_at")
        if rows.height:
            until = pl.col("next_at").dt.strftime("%d %b %H:%M UTC").alias("until")
            columns = ("account", "kind", "text", "reason", "remedy", until, "key")
            tables[title] = rows.select(*columns).head(SHOWN)
    live = frame.filter(pl.col("state") == "sent", pl.col("url").is_not_null())
    if live.height:
        link = pl.format("[{}]({})", pl.col("platform"), pl.col("url")).alias("live")
        at = pl.col("sent_at").dt.strftime("%d %b %H:%M UTC").alias("out at")
        newest = live.sort("sent_at", descending=True).head(SHOWN)
        tables["live posts"] = newest.select(at, link, "account", "text")
    return tables


def summary(standing: Standing) -> pl.DataFrame:
    """One row per platform, kind and state: how many, and how late the last ones were."""
    group = ("platform", "kind", "state")
    late = pl.col("late_seconds")
    lately = standing.rows.group_by(group).agg(
        late.median().alias("late p50, s"), late.quantile(0.99).alias("late p99, s")
    )
    return standing.counts.join(lately, on=group, how="left").sort(group)
