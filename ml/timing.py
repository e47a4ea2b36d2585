"""What an hour of the week does to engagement, apart from what was posted in it."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.content import content_residuals
from ml.frame import prepare_posts
from ml.week import (
    SLOTS,
    Evidence,
    message,
    own_posterior,
    shared_fit,
    shared_posterior,
    week_kernel,
)

Floats = NDArray[np.float64]

SIZES = (0.0, 0.03, 0.06, 0.12, 0.24)
"""Standard deviations of log engagement that slot effects may have; 0 is "hours do nothing"."""

_NULL_PRIOR = 0.5
_SURE = 0.9
_Z90 = 1.6449
_NOISE_POSTS = 20.0
_NEGLIGIBLE = 0.02

EFFECT_SCHEMA: dict[str, pl.DataType] = {
    "account": pl.String(),
    "slot": pl.Int32(),
    "effect": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
    "posts": pl.Int64(),
    "evidence": pl.Boolean(),
}


def fit_slots(
    posts: pl.DataFrame, *, zones: Mapping[str, str] | None = None, seed: int = 0
) -> pl.DataFrame:
    """One row per account and hour of the week (slot 0 = Monday 00:00 in the account's zone).

    `effect` is the posterior mean in log engagement against the account's average post, `lower`
    and `upper` its 90 % interval, `posts` how many posts stood there, `evidence` whether the slot
    may be claimed to differ: "no evidence" is the usual answer below some hundred posts.
    Raises InputError as `prepare_posts` does.
    """
    prepared = posts if "y" in posts.columns else prepare_posts(posts)
    return slot_effects(content_residuals(prepared, zones=zones or {}, seed=seed))


def slot_effects(residuals: pl.DataFrame) -> pl.DataFrame:
    """The same from rows (account, slot, day, residual); see `fit_slots`.

    A Gaussian process around the week is shared by all accounts, and each has its own beside it.
    The sizes of both are averaged over a grid by their marginal likelihood; half of the prior
    weight lies on "no effect at all". The posterior is exact; an account's own posts enter it
    once (the shared part is learnt from the others).
    """
    if residuals.is_empty():
        return pl.DataFrame(schema=EFFECT_SCHEMA)
    accounts, counts, evidence = _gather(residuals)
    kernel = week_kernel()
    cells = _weigh(evidence, kernel)
    some = sum(weight for (shared, own), weight in cells.items() if shared or own)
    means, covariances = _mix(evidence, kernel, cells)
    frames = [
        _as_frame(account, count, mean, covariance, claim=some >= _SURE)
        for account, count, mean, covariance in zip(
            accounts, counts, means, covariances, strict=True
        )
    ]
    return pl.concat(frames)


def _gather(residuals: pl.DataFrame) -> tuple[list[str], list[Floats], list[Evidence]]:
    pooled = _variance(residuals["residual"].to_numpy())
    cells = residuals.group_by("account", "slot", "day").agg(
        pl.len().alias("posts"), pl.col("residual").mean(), pl.col("residual").sum().alias("sum")
    )
    # posts of one hour share their fate: the tenth adds less than the second did
    cells = cells.with_columns(
        weight=pl.col("posts") / (1 + (pl.col("posts") - 1) * _likeness(residuals, pooled))
    )
    slots = cells.group_by("account", "slot").agg(
        pl.col("posts").sum(),
        mean=(pl.col("residual") * pl.col("weight")).sum() / pl.col("weight").sum(),
        weight=pl.col("weight").sum(),
    )
    noise = residuals.group_by("account").agg(
        pl.len().alias("n"), pl.col("residual").var().fill_null(0.0).alias("s2")
    )
    noise = noise.sort("account").with_columns(
        s2=(pl.col("n") * pl.col("s2") + _NOISE_POSTS * pooled) / (pl.col("n") + _NOISE_POSTS)
    )
    accounts = noise["account"].to_list()
    place = {account: row for row, account in enumerate(accounts)}
    rows = slots["account"].replace_strict(place).to_numpy()
    tables = np.zeros((3, len(accounts), SLOTS))
    for table, name in zip(tables, ("posts", "mean", "weight"), strict=True):
        table[rows, slots["slot"].to_numpy()] = slots[name].to_numpy()
    precision = tables[2] / noise["s2"].to_numpy()[:, None]
    found = [Evidence(tables[1, row], precision[row]) for row in range(len(accounts))]
    return accounts, list(tables[0]), found


def _variance(values: Floats) -> float:
    return max(float(np.var(values)), 1e-4) if len(values) > 1 else 1.0


def _likeness(residuals: pl.DataFrame, pooled: float) -> float:
    """Correlation of posts in the same account, day and hour, between 0 and 0.9."""
    groups = residuals.group_by("account", "slot", "day").agg(
        pl.len().alias("n"), pl.col("residual").var().alias("s2")
    )
    several = groups.filter(pl.col("n") > 1)
    if several.height < _NOISE_POSTS:
        return 0.0
    free = several["n"].to_numpy() - 1
    inside = float(several["s2"].to_numpy() @ free / free.sum())
    return float(np.clip(1 - inside / pooled, 0.0, 0.9))


def _weigh(evidence: Sequence[Evidence], kernel: Floats) -> dict[tuple[float, float], float]:
    """Posterior weight of each pair (size of the shared, size of the own effects)."""
    log_fit: dict[tuple[float, float], float] = {}
    for own in SIZES:
        messages = [message(each, own**2 * kernel) for each in evidence]
        precision = np.sum([each.precision for each in messages], axis=0)
        shift = np.sum([each.shift for each in messages], axis=0)
        alone = sum(each.log_fit for each in messages)
        for shared in SIZES:
            log_fit[shared, own] = alone + shared_fit(shared**2 * kernel, precision, shift)
    rest = (1 - _NULL_PRIOR) / (len(log_fit) - 1)
    logs = {
        sizes: fit + np.log(rest if any(sizes) else _NULL_PRIOR) for sizes, fit in log_fit.items()
    }
    top = max(logs.values())
    total = sum(np.exp(value - top) for value in logs.values())
    return {sizes: float(np.exp(value - top) / total) for sizes, value in logs.items()}


def _mix(
    evidence: Sequence[Evidence], kernel: Floats, cells: Mapping[tuple[float, float], float]
) -> tuple[Floats, Floats]:
    """Mean and covariance per account under the weighted cells."""
    kept = {sizes: weight for sizes, weight in cells.items() if weight >= _NEGLIGIBLE}
    total = sum(kept.values())
    means = np.zeros((len(evidence), SLOTS))
    seconds = np.zeros((len(evidence), SLOTS, SLOTS), dtype=np.float64)
    for (shared, own), weight in kept.items():
        share = weight / total
        private = own**2 * kernel
        messages = [message(each, private) for each in evidence]
        precision = np.sum([each.precision for each in messages], axis=0)
        shift = np.sum([each.shift for each in messages], axis=0)
        for row, (each, said) in enumerate(zip(evidence, messages, strict=True)):
            prior, spread = shared_posterior(
                shared**2 * kernel, precision - said.precision, shift - said.shift
            )
            mean, covariance = own_posterior(each, prior, spread + private)
            means[row] += share * mean
            seconds[row] += share * (covariance + np.outer(mean, mean))
    return means, seconds - means[:, :, None] * means[:, None, :]


def _as_frame(
    account: str, count: Floats, mean: Floats, covariance: Floats, *, claim: bool
) -> pl.DataFrame:
    usage = (count + 1 / SLOTS) / (count.sum() + 1)
    against = np.eye(SLOTS) - usage[None, :]
    effect = against @ mean
    spread = np.sqrt(np.clip(np.diag(against @ covariance @ against.T), 1e-12, None))
    lower, upper = effect - _Z90 * spread, effect + _Z90 * spread
    return pl.DataFrame(
        {
            "account": [account] * SLOTS,
            "slot": np.arange(SLOTS),
            "effect": effect,
            "lower": lower,
            "upper": upper,
            "posts": count.astype(np.int64),
            "evidence": claim & ((lower > 0) | (upper < 0)),
        },
        schema=EFFECT_SCHEMA,
    )
