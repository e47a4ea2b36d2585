"""Posts in the shape that models are trained on, with counts at one and the same age."""

from datetime import timedelta
from enum import StrEnum

import polars as pl

from domain.errors import InputError
from ml.affinity import add_trend_affinity


class Age(StrEnum):
    """How old posts are when their counts are compared."""

    DAY = "24h"
    WEEK = "7d"


_HOURS = {Age.DAY: 24.0, Age.WEEK: 168.0}
_TOLERANCE = {Age.DAY: 3.0, Age.WEEK: 12.0}
"""How far from its age a count may have been taken, in hours; as in the dbt project."""


def at_comparable_age(
    performance: pl.DataFrame, age: Age = Age.DAY, *, trends: pl.DataFrame | None = None
) -> pl.DataFrame:
    """One row per post with its counts at an age, or as last known where that is none.

    `performance` are rows of the mart `fct_post_performance`. Posts younger than the age have no
    counts: what they will come to is not known yet. With rows of the lake table `trends` each post
    has its `trend_affinity`.
    """
    latest = pl.col("age_hours_latest")
    young = latest.is_not_null() & (latest < _HOURS[age] - _TOLERANCE[age])
    counts = [
        pl.when(~young | pl.col(f"{name}_{age}").is_not_null())
        .then(pl.coalesce(f"{name}_{age}", f"{name}_latest"))
        .alias(name)
        for name in ("likes", "comments", "shares")
    ]
    posts = performance.with_columns(counts).select(
        "platform",
        "account",
        "post_id",
        "published_at",
        "text",
        "media_type",
        "language",
        "followers",
        "likes",
        "comments",
        "shares",
        "is_reply",
        "is_repost",
        pl.lit(None, pl.Datetime("us", "UTC")).alias("observed_at"),
    )
    return posts if trends is None else add_trend_affinity(posts, trends)


def observed_at_age(posts: pl.DataFrame, age: Age) -> pl.DataFrame:
    """Of canonical posts the observation of each that was nearest to an age, if one was near.

    Near is within 3 h of a day and within 12 h of a week. Raises InputError where no post was
    observed then.
    """
    known = {"observed_at", "published_at", "account", "post_id"} <= {*posts.columns}
    if known:
        old = (pl.col("observed_at") - pl.col("published_at")).cast(pl.Duration("us"))
        off = (old - timedelta(hours=_HOURS[age])).abs()
        near = posts.with_columns(_off=off).filter(
            pl.col("_off") <= timedelta(hours=_TOLERANCE[age])
        )
        nearest = near.sort("_off", maintain_order=True).unique(
            ["account", "post_id"], keep="first", maintain_order=True
        )
        if nearest.height:
            return nearest.drop("_off")
    raise InputError(
        f"no post of the table was observed {age} after it went out (`observed_at`); leave "
        "out --age to judge by the counts as last known"
    )
