"""Deliveries as a table that people read."""

from collections.abc import Sequence

import polars as pl

from domain.deliveries import Delivery

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


OPEN = {
    "waiting, and until when": "waiting",
    "unknown, being looked up": "unknown",
    "dead, with reason and remedy": "failed",
}
"""Title to the state of what is neither planned nor at an end that anybody wished for."""
SHOWN = 30


def overview(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Tables for a person: counts, what is open and why, and links to what is live."""
    tables = {"where they stand": standing(frame)}
    for title, state in OPEN.items():
        rows = frame.filter(pl.col("state") == state).sort("due_at")
        if rows.height:
            until = pl.col("next_at").dt.strftime("%d %b %H:%M UTC").alias("until")
            shown = ("account", "kind", "text", "reason", "remedy", until, "key")
            tables[title] = rows.select(*shown).head(SHOWN)
    live = frame.filter(pl.col("state") == "sent", pl.col("url").is_not_null())
    if live.height:
        link = pl.format("[{}]({})", pl.col("platform"), pl.col("url")).alias("live")
        at = pl.col("sent_at").dt.strftime("%d %b %H:%M UTC").alias("out at")
        newest = live.sort("sent_at", descending=True).head(SHOWN)
        tables["live posts"] = newest.select(at, link, "account", "text")
    return tables


def standing(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per platform, kind and state: how many, and how late the sent ones were."""
    late = pl.col("late_seconds")
    return (
        frame.group_by("platform", "kind", "state")
        .agg(
            pl.len().alias("deliveries"),
            late.median().alias("late p50, s"),
            late.quantile(0.99).alias("late p99, s"),
        )
        .sort("platform", "kind", "state")
    )
