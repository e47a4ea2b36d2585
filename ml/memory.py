"""What an account's earlier posts say of the next one, as columns beside its level."""

import polars as pl

_WINDOWS = (10, 25, 100, 300)
_HALF_LIVES = (1, 3, 10, 30, 100)
_LAGS = (1, 2, 3, 4, 5)
_MEDIAN = 50
_REACH = max(*_WINDOWS, *_LAGS, _MEDIAN)
"""How many rows back a column may look that is computed near the posts asked for alone."""

LEVELS = (
    *(f"level_{size}" for size in _WINDOWS), "level_all", "level_median",
    *(f"fade_{life}" for life in _HALF_LIVES), *(f"back_{lag}" for lag in _LAGS), "spread_10",
)  # fmt: skip
MEDIA = ("media_last", "media_fade_5", "media_fade_20", "media_gap", "media_same")
REACTIONS = ("last_comment_share", "last_share_share")
MEMORY = (*LEVELS, *MEDIA, *REACTIONS)


def add_memory(posts: pl.DataFrame, asked: pl.Series) -> pl.DataFrame:
    """The rows of `prepare_posts` that are asked for with the columns of MEMORY.

    Where `asked` is false a row is the past of others; all columns are from earlier posts.

    Engagement is on the log scale and against the level: over windows of the last posts
    (`level_`), fading with half-lives in posts (`fade_`), of single posts (`back_`), and the same
    among posts with the same kind of media. Outcomes still unknown are passed over.
    """
    log = pl.col("engagement").log1p()
    remembered = posts.with_columns(
        log.forward_fill().shift(1).over("account").alias("_past"),
        log.forward_fill().shift(1).over("account", "media_type").alias("_media_past"),
        log.forward_fill().over("account").alias("_log"),
        asked.alias("_asked"),
    ).with_columns(*_fading(), *_media(), *_reactions())
    near = remembered.filter(_near(asked)).with_columns(*_windows())
    return near.filter("_asked").select(*posts.columns, *MEMORY)


def _near(asked: pl.Series) -> pl.Series:
    """Whether a row is asked for, or so little before one that its windows reach there."""
    # one more than the widest window, as the past begins with the row before
    return asked.reverse().cast(pl.UInt8).rolling_max(_REACH + 1, min_samples=1).reverse() == 1


def _windows() -> list[pl.Expr]:
    """What looks no further back than _REACH rows."""
    past, level = pl.col("_past"), pl.col("level")
    median = past.rolling_median(_MEDIAN, min_samples=1).over("account")
    return [
        *(
            (past.rolling_mean(size, min_samples=1).over("account") - level).alias(f"level_{size}")
            for size in _WINDOWS
        ),
        (median - level).alias("level_median"),
        *(
            (pl.col("_log").shift(lag).over("account") - level).alias(f"back_{lag}")
            for lag in _LAGS
        ),
        past.rolling_std(10, min_samples=3).over("account").alias("spread_10"),
        (pl.col("media_type") == pl.col("media_type").shift(1).over("account"))
        .cast(pl.Float64)
        .alias("media_same"),
    ]


def _fading() -> list[pl.Expr]:
    past, level = pl.col("_past"), pl.col("level")
    count = past.is_not_null().cum_sum().over("account")
    return [
        (past.fill_null(0.0).cum_sum().over("account") / count - level).alias("level_all"),
        *(
            (past.ewm_mean(half_life=life, ignore_nulls=True).over("account") - level).alias(
                f"fade_{life}"
            )
            for life in _HALF_LIVES
        ),
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
