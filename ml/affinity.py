"""How much of a post speaks of what the world spoke of when it went out."""

from datetime import timedelta

import polars as pl

FRESH = timedelta(days=7)
"""How long a trend is spoken of after it was observed."""

_WORD = r"\p{L}[\p{L}\p{N}]{3,}"


def add_trend_affinity(posts: pl.DataFrame, trends: pl.DataFrame) -> pl.DataFrame:
    """The same canonical posts with `trend_affinity`, 0 to 1; null where no trend was known.

    That is the share of a post's words, of four letters or more, that stand in a topic observed
    within the seven days before it went out, and never later. `trends` holds rows of the lake
    table `trends` (topic, observed_at) or none.
    """
    unknown = pl.lit(None, pl.Float64()).alias("trend_affinity")
    if trends.is_empty() or posts.is_empty():
        return posts.with_columns(unknown)
    at = pl.col("published_at").cast(pl.Datetime("us", "UTC")).alias("at")
    asked = posts.with_row_index("row").select("row", at, _words("text")).sort("at")
    seen = trends.select(
        pl.col("observed_at").cast(pl.Datetime("us", "UTC")).alias("at"), _words("topic")
    ).sort("at").with_columns(known=True)  # fmt: skip
    some = asked.select("row", "at").join_asof(
        seen.select("at", "known"), on="at", tolerance=FRESH, allow_exact_matches=False
    )
    said = asked.explode("words", empty_as_null=True).rename({"words": "word"}).drop_nulls()
    topics = seen.explode("words", empty_as_null=True).rename({"words": "word"}).drop_nulls()
    found = said.join_asof(
        topics, on="at", by="word", tolerance=FRESH, allow_exact_matches=False,
        check_sortedness=False,
    )  # fmt: skip
    shares = found.group_by("row").agg(share=pl.col("known").is_not_null().mean())
    told = some.join(shares, on="row", how="left").sort("row")
    affinity = pl.when("known").then(pl.col("share").fill_null(0.0))
    return posts.with_columns(told.select(affinity.alias("trend_affinity")).to_series())


def _words(column: str) -> pl.Expr:
    lower = pl.col(column).fill_null("").str.to_lowercase()
    return lower.str.extract_all(_WORD).list.unique().alias("words")
