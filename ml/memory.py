"""What an account's earlier posts say of the next one, as columns beside its level."""

import polars as pl

_WINDOWS = (10, 25, 100, 300)
_HALF_LIVES = (1, 3, 10, 30, 100)
_LAGS = (1, 2, 3, 4, 5)
_MEDIAN = 50

LEVELS = (
    *(f"level_{size}" for size in _WINDOWS), "level_all", "level_median",
    *(f"fade_{life}" for life in _HALF_LIVES), *(f"back_{lag}" for lag in _LAGS), "spread_10",
)  # fmt: skip
MEDIA = ("media_last", "media_fade_5", "media_fade_20", "media_gap", "media_same")
REACTIONS = ("last_comment_share", "last_share_share")
MEMORY = (*LEVELS, *MEDIA, *REACTIONS)


def add_memory(posts: pl.DataFrame, asked: pl.Series) -> pl.DataFrame:
    """The rows of `prepare_posts` with the columns of MEMORY, all from earlier posts.

    Where `asked` is false a row is the past of others, and its own columns may not be right.

    Engagement is on the log scale and against the level: over windows of the last posts
    (`level_`), fading with half-lives in posts (`fade_`), of single posts (`back_`), and the same
    among posts with the same kind of media. Outcomes still unknown are passed over.
    """
    log = pl.col("engagement").log1p()
    remembered = posts.with_columns(
        log.forward_fill().shift(1).over("account").alias("_past"),
        log.forward_fill().shift(1).over("account", "media_type").alias("_media_past"),
    )
    return remembered.with_columns(
        *_levels(), *_media(), *_reactions(), level_median=_median(remembered, asked)
    ).select(*posts.columns, *MEMORY)


def _median(remembered: pl.DataFrame, asked: pl.Series) -> pl.Series:
    """Computed of the posts asked for and those in their windows alone: it takes the longest."""
    ahead = asked.reverse().cast(pl.UInt8).rolling_max(_MEDIAN, min_samples=1).reverse()
    near = ahead == 1
    median = pl.col("_past").rolling_median(_MEDIAN, min_samples=1).over("account")
    found = remembered.filter(near).select(median - pl.col("level")).to_series()
    if found.is_empty():
        return pl.repeat(None, len(asked), dtype=pl.Float64, eager=True)
    # rows between take the median of one before them, which nobody asks for
    return found.gather((near.cast(pl.Int64).cum_sum() - 1).clip(0))


def _levels() -> list[pl.Expr]:
    past, level = pl.col("_past"), pl.col("level")
    count = past.is_not_null().cum_sum().over("account")
    log = pl.col("engagement").log1p().forward_fill()
    return [
        *(
            (past.rolling_mean(size, min_samples=1).over("account") - level).alias(f"level_{size}")
            for size in _WINDOWS
        ),
        (past.fill_null(0.0).cum_sum().over("account") / count - level).alias("level_all"),
        *(
            (past.ewm_mean(half_life=life, ignore_nulls=True).over("account") - level).alias(
                f"fade_{life}"
            )
            for life in _HALF_LIVES
        ),
        *((log.shift(lag).over("account") - level).alias(f"back_{lag}") for lag in _LAGS),
        past.rolling_std(10, min_samples=3).over("account").alias("spread_10"),
    ]


def _media() -> list[pl.Expr]:
    past, level, at = pl.col("_media_past"), pl.col("level"), pl.col("published_at")
    return [
        (past - level).alias("media_last"),
        *(
            (
                past.ewm_mean(half_life=life, ignore_nulls=True).over("account", "media_type")
                - level
            ).alias(f"media_fade_{life}")
            for life in (5, 20)
        ),
        (at.diff().over("account", "media_type").dt.total_seconds() / 3600)
        .log1p()
        .alias("media_gap"),
        (pl.col("media_type") == pl.col("media_type").shift(1).over("account"))
        .cast(pl.Float64)
        .alias("media_same"),
    ]


def _reactions() -> list[pl.Expr]:
    likes, comments, shares = (
        pl.col(name).log1p().forward_fill().shift(1).over("account")
        for name in ("likes", "comments", "shares")
    )
    return [
        (comments - likes).alias("last_comment_share"),
        (shares - likes).alias("last_share_share"),
    ]
