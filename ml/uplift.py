"""What the automation was worth: against the fixed-hours past, and against hours at random."""

from datetime import time
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from scipy.stats import ttest_ind

from domain.analytics import Uplift

FIXED_TOLERANCE_MINUTES = 20
PAST_DAYS = 56
MIN_POSTS = 8
"""Fewer posts of ours make a bootstrap too sure of itself."""

MIN_DRAWN = 3
"""From so many posts on either side on Welch's interval is wide, and true; two say nothing."""

DRAWS = 2000


def fixed_hours_posts(posts: pl.DataFrame, *, zone: ZoneInfo, hours: tuple[time, ...]) -> pl.Series:
    """One boolean per post: whether it went out within 20 minutes of one of the fixed hours."""
    local = pl.col("published_at").dt.convert_time_zone(zone.key)
    minute = local.dt.hour().cast(pl.Int32) * 60 + local.dt.minute()
    near = pl.any_horizontal(
        [(minute - (at.hour * 60 + at.minute)).abs() <= FIXED_TOLERANCE_MINUTES for at in hours]
    )
    return posts.select(near.alias("fixed"))["fixed"]


def estimate_uplift(ours: pl.DataFrame, past: pl.DataFrame, *, seed: int = 0) -> Uplift | None:
    """How much more engagement our posts had than the past's at the same age.

    Both frames hold one row per post: `account`, `engagement` (24 h after publishing). Each post
    is compared in log1p engagement with its own account's past mean; the estimate is the mean
    difference, the 90 % interval a bootstrap over posts of both sides, given as ratio minus one.
    It is None with fewer than eight posts of ours: there is nothing to judge by.
    """
    levels = past.group_by("account").agg(pl.col("engagement").log1p().alias("levels"))
    joined = ours.drop_nulls("engagement").join(levels, on="account", how="inner")
    if joined.height < MIN_POSTS:
        return None
    rng = np.random.default_rng(seed)
    draws = np.zeros(DRAWS)
    for group in joined.partition_by("account"):
        own = group["engagement"].log1p().to_numpy()
        before = np.asarray(group["levels"][0].to_list())
        draws += (_means(own, rng) - _means(before, rng)) * group.height / joined.height
    centre = joined.select(
        (pl.col("engagement").log1p() - pl.col("levels").list.mean()).mean().alias("difference")
    ).item()
    lower, upper = np.quantile(draws, [0.05, 0.95])
    return Uplift(
        estimate=float(np.expm1(centre)),
        lower=float(np.expm1(lower)),
        upper=float(np.expm1(upper)),
        posts=joined.height,
    )


def estimate_holdout(decisions: pl.DataFrame) -> Uplift | None:
    """How much more our choices brought than slots that were drawn at random.

    `decisions` holds one row per post: `reward` (log engagement against the account's level) and
    `random`. The estimate is the difference of means, the 90 % interval Welch's, as a ratio minus
    one: from a handful of posts it is wide, as it must be. It is None with fewer than three posts
    on either side, and where those of a side do not differ: how much chance does is not known then.
    """
    ours, drawn = (
        decisions.filter(pl.col("random") == at_random)["reward"].to_numpy()
        for at_random in (False, True)
    )
    if min(len(ours), len(drawn)) < MIN_DRAWN or not min(np.ptp(ours), np.ptp(drawn)) > 0:
        return None
    low, high = ttest_ind(ours, drawn, equal_var=False).confidence_interval(0.9)
    middle = float(ours.mean() - drawn.mean())
    return Uplift(
        estimate=float(np.expm1(middle)),
        lower=float(np.expm1(low)),
        upper=float(np.expm1(high)),
        posts=decisions.height,
    )


def _means(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    rows = rng.integers(0, len(values), size=(DRAWS, len(values)))
    return np.asarray(values[rows].mean(axis=1))
