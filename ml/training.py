"""The mart of post performance in the shape that models are trained on."""

import polars as pl


def at_comparable_age(performance: pl.DataFrame) -> pl.DataFrame:
    """One row per post with its counts 24 h after publishing, or as last known where that is none.

    `performance` are rows of the mart `fct_post_performance`. Posts younger than a day have no
    counts: what they will come to is not known yet.
    """
    young = pl.col("age_hours_latest").is_not_null() & (pl.col("age_hours_latest") < 21)
    counts = [
        pl.when(~young | pl.col(f"{name}_24h").is_not_null())
        .then(pl.coalesce(f"{name}_24h", f"{name}_latest"))
        .alias(name)
        for name in ("likes", "comments", "shares")
    ]
    return performance.with_columns(counts).select(
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
