"""How close to its own voice a brand stays, week by week."""

import io
from collections.abc import Iterable
from datetime import timedelta

import polars as pl

from content.manner import accepted_of, distances
from domain.posts import ContentPost

SHOWN = timedelta(days=182)
"""How far back the voice is looked at."""
INK, MUTED, OURS = "#1f2933", "#7b8794", "#0b6e4f"
SCHEMA = {
    "brand": pl.String(),
    "post_id": pl.String(),
    "due_at": pl.Datetime("us", "UTC"),
    "distance": pl.Float64(),
}


def voice_distances(posts: Iterable[ContentPost]) -> pl.DataFrame:
    """One row per accepted post of one brand: its distance to those that were accepted before it.

    The first eight have none: there is no manner yet to be close to.
    """
    accepted = accepted_of(posts)
    measured = distances([post.text for post in accepted])
    rows = [
        (post.brand, post.id, post.scheduled_for, far)
        for post, far in zip(accepted, measured, strict=True)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def voice_by_week(distances: pl.DataFrame) -> pl.DataFrame:
    """One row per brand and week (its Monday): posts, and their mean distance."""
    weeks = distances.drop_nulls("distance").with_columns(
        week=pl.col("due_at").dt.truncate("1w").dt.date()
    )
    return (
        weeks.group_by("brand", "week")
        .agg(posts=pl.len(), distance=pl.col("distance").mean().round(3))
        .sort("brand", "week")
    )


def voice_chart(distances: pl.DataFrame) -> bytes:
    """PNG: a dot for each accepted post, and the mean of each week as a line."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.figure import Figure

    known = distances.drop_nulls("distance")
    weeks = voice_by_week(known)
    figure = Figure(figsize=(9, 2.6), dpi=110)
    axes = figure.add_axes((0.07, 0.16, 0.9, 0.72))
    axes.plot(known["due_at"], known["distance"], "o", color=OURS, alpha=0.35, markersize=4)
    middles = weeks["week"].cast(pl.Datetime("us", "UTC")) + pl.duration(days=3, hours=12)
    axes.plot(pl.select(middles).to_series(), weeks["distance"], "o-", color=INK, markersize=5)
    axes.set_ylim(0, 1)
    axes.set_ylabel("distance", color=MUTED, fontsize=8)
    axes.tick_params(labelsize=8, colors=INK, length=0)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(AutoDateLocator()))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
