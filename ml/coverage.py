"""Whether intervals held what they promise: over all posts and account by account."""

import polars as pl
from scipy.stats import binomtest

PROMISE = 0.9
_SURE = 0.01


def judge_intervals(rows: pl.DataFrame) -> dict[str, float]:
    """Figures on rows (account, lower, upper, actual, static_lower, static_upper).

    `coverage` is the share of outcomes inside, `static_coverage` that of intervals that were
    fixed when training ended, `width` how wide ours are against those. `accounts_refused` is the
    share of accounts whose coverage an exact binomial test at 1 % does not believe to be 90 %;
    chance alone gives at most 0.01.
    """
    inside = pl.col("actual").is_between(pl.col("lower"), pl.col("upper"))
    static = pl.col("actual").is_between(pl.col("static_lower"), pl.col("static_upper"))
    each = rows.group_by("account").agg(held=inside.sum(), posts=pl.len())
    refused = [
        binomtest(held, posts, PROMISE).pvalue < _SURE
        for held, posts in each.select("held", "posts").iter_rows()
    ]
    figures = rows.select(
        coverage=inside.mean(),
        static_coverage=static.mean(),
        width=(pl.col("upper") - pl.col("lower")).mean()
        / (pl.col("static_upper") - pl.col("static_lower")).mean(),
    ).row(0, named=True)
    return {**figures, "accounts_refused": sum(refused) / max(1, len(refused))}
