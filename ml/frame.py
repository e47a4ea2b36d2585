"""Posts in the one shape that every model reads: checked, deduplicated, sorted, with target."""

from datetime import timedelta

import polars as pl

from domain.canonical import POST_COLUMNS
from domain.errors import InputError

TRAILING_POSTS = 50
"""How many previous posts of an account make its level."""

NEEDED = ("account", "post_id", "published_at", "likes", "comments", "shares")

_TYPES: dict[str, pl.DataType] = {
    "str": pl.String(),
    "int": pl.Float64(),
    "datetime": pl.Datetime("us", "UTC"),
}


def prepare_posts(posts: pl.DataFrame, *, age: timedelta | None = None) -> pl.DataFrame:
    """One row per original post, sorted by account and time, with level and target.

    Replies (text starting with @, or `is_reply`) and reposts ("RT @", or `is_repost`) are left
    out. Of several observations of a post the latest counts, or with `age` the one closest to
    that age, so that posts are compared when equally old. Added columns:

    - `engagement`: likes + comments + shares; null where none of them is known (a planned post);
    - `level`: mean of log1p(engagement) over the account's previous 50 posts; null for the first;
    - `y`: log1p(engagement) - level, the target of every model.

    Raises InputError where a needed column is missing, a count is negative or an instant is null.
    """
    table = _canonical(posts)
    _check_values(table)
    originals = table.filter(~_is_reply(table) & ~_is_repost(table))
    return add_target(_one_per_post(originals, age=age).sort("account", "published_at", "post_id"))


def add_target(posts: pl.DataFrame) -> pl.DataFrame:
    """The same rows (sorted by account and time) with `engagement`, `level` and `y`."""
    counts = pl.col("likes", "comments", "shares")
    known = pl.any_horizontal(counts.is_not_null())
    log = pl.col("engagement").log1p()
    level = log.rolling_mean(TRAILING_POSTS, min_samples=1).shift(1).forward_fill().over("account")
    return (
        posts.with_columns(
            engagement=pl.when(known).then(pl.sum_horizontal("likes", "comments", "shares"))
        )
        .with_columns(level=level)
        .with_columns(y=log - pl.col("level"))
    )


def latest_known(posts: pl.DataFrame, most: int) -> pl.Series:
    """Whether each row (sorted by account and time) is one of so many that teach.

    Those are the posts with a known y; beyond `most` the latest of each account, equally many.
    """
    known = pl.col("y").is_not_null()
    if posts["y"].count() <= most:
        return posts.select(known).to_series()
    share = most // posts["account"].n_unique()
    from_the_end = known.cum_sum(reverse=True).over("account")
    return posts.select(known & (from_the_end <= share)).to_series()


def _canonical(posts: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in NEEDED if name not in posts.columns]
    if missing:
        raise InputError(
            f"the posts lack the column(s) {', '.join(missing)}; "
            "bring the table into canonical form first (amsel import posts FILE)"
        )
    absent = [
        pl.lit(None, dtype=_TYPES[kind]).alias(name)
        for name, kind in POST_COLUMNS.items()
        if name not in posts.columns
    ]
    casts = [
        _cast(name, kind, posts.schema[name])
        for name, kind in POST_COLUMNS.items()
        if name in posts.columns
    ]
    return posts.with_columns(*absent, *casts).with_columns(
        pl.col("text").fill_null(""), pl.col("media_type").fill_null("other")
    )


def _cast(name: str, kind: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if kind != "datetime":
        return column.cast(_TYPES[kind])
    if dtype == pl.String():
        return column.str.to_datetime(time_unit="us", time_zone="UTC")
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        return column.dt.convert_time_zone("UTC").cast(_TYPES[kind])
    # an instant without a zone is UTC by the contract of the canonical table
    return column.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _check_values(table: pl.DataFrame) -> None:
    for name in ("account", "post_id", "published_at"):
        if table[name].null_count():
            raise InputError(f"{name} is empty in {table[name].null_count()} rows; remove them")
    for name in ("likes", "comments", "shares"):
        if (table[name] < 0).any():
            post = table.filter(pl.col(name) < 0)["post_id"][0]
            raise InputError(f"{name} of post {post} is negative; correct or remove the row")


def _is_reply(table: pl.DataFrame) -> pl.Expr:
    marked = pl.col("is_reply").fill_null(False) if "is_reply" in table.columns else pl.lit(False)
    return marked | pl.col("text").str.starts_with("@")


def _is_repost(table: pl.DataFrame) -> pl.Expr:
    known = "is_repost" in table.columns
    marked = pl.col("is_repost").fill_null(False) if known else pl.lit(False)
    return marked | pl.col("text").str.starts_with("RT @")


def _one_per_post(table: pl.DataFrame, *, age: timedelta | None) -> pl.DataFrame:
    order = pl.col("observed_at")
    if age is not None:
        off = pl.col("observed_at") - pl.col("published_at") - age
        order = -off.dt.total_seconds().abs()
    return table.sort(order, nulls_last=False, maintain_order=True).unique(
        ["account", "post_id"], keep="last", maintain_order=True
    )
