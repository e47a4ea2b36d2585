"""What became of the posts that were forecast."""

import polars as pl

from domain.deliveries import Delivery, DeliveryKind
from ml.early import update_as_known
from storage.lake_tables import INSTANT

LATE_SECONDS = 60.0
"""A post that went out more than a minute after its instant was late."""


def outcomes(
    sent: list[Delivery], *, forecasts: pl.DataFrame, performance: pl.DataFrame
) -> pl.DataFrame:
    """One row per sent post: its forecast, and its engagement 24 h after it went out.

    `actual`, `predicted`, `lower` and `upper` are log engagement against the account's level when
    the forecast was made; `engagement` is the count itself, null while the post is younger.
    `early_predicted` and its bounds are the forecast for those 24 h after the first of them, as
    earlier rows taught to move it (`ml.early`); null where that hour was not counted. Columns of
    `forecasts` beyond its own are kept.
    """
    rows = [
        (one.id, one.post_id, one.account, one.platform_id, one.sent_at)
        for one in sent
        if one.kind is DeliveryKind.POST
    ]
    names = ("delivery_id", "post_id", "account", "platform_id")
    schema = dict.fromkeys(names, pl.String()) | {"published_at": INSTANT}
    posts = pl.DataFrame(rows, schema=schema, orient="row")
    counts = performance.select(
        "account",
        pl.col("post_id").alias("platform_id"),
        pl.col("engagement_24h").alias("engagement"),
        "engagement_1h",
        "engagement_latest",
        "age_hours_latest",
    )
    joined = posts.join(counts, on=["account", "platform_id"], how="left")
    joined = joined.join(forecasts.drop("due_at"), on=["post_id", "account"], how="left")
    return update_as_known(
        joined.with_columns(
            actual=pl.col("engagement").log1p() - pl.col("level"),
            first=pl.col("engagement_1h").log1p() - pl.col("level"),
        )
    )


def past_at_fixed_hours(
    performance: pl.DataFrame, *, ours: pl.Series, fixed: pl.Series
) -> pl.DataFrame:
    """The accounts' own earlier posts at their fixed hours, with engagement at the same age."""
    own = pl.col("post_id").is_in(ours.implode())
    original = ~(pl.col("is_reply") | pl.col("is_repost"))
    rows = performance.filter(fixed).filter(original & ~own)
    return rows.select("account", "published_at", pl.col("engagement_24h").alias("engagement"))
