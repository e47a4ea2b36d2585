"""What an hour of the week does to engagement, apart from what was posted in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.best_sets import CROWDING
from ml.closeness import closeness
from ml.content import content_residuals
from ml.frame import add_target, prepare_posts
from ml.levels import Heard, wandering, without_shocks
from ml.poisoning import liked_by_the_clock
from ml.pooling import Say, Sizes, beliefs, fits
from ml.week import SLOTS, Shape, week_basis

Floats = NDArray[np.float64]

SURE = 0.9
"""From this probability on that hours do anything, a slot may be claimed."""

_NULL_PRIOR = 0.5
_NEGLIGIBLE = 0.1
_Z90 = 1.6449
_NOISE_POSTS = 20.0

EFFECT_SCHEMA: dict[str, pl.DataType] = {
    "account": pl.String(),
    "slot": pl.Int32(),
    "effect": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
    "posts": pl.Int64(),
    "evidence": pl.Boolean(),
    "chance": pl.Float64(),
    "closeness": pl.Float64(),
}


def fit_slots(
    posts: pl.DataFrame, *, zones: Mapping[str, str] | None = None, seed: int = 0
) -> pl.DataFrame:
    """One row per account and hour of the week (slot 0 = Monday 00:00 in the account's zone).

    `effect` is the posterior mean in log engagement against the account's average post, `lower`
    and `upper` its 90 % interval, `posts` how many posts stood there, `evidence` whether the slot
    may be claimed to differ: "no evidence" is the usual answer below some hundred posts. `chance`,
    the same in all rows, is the probability that hours do anything at all. Where an account's best
    hours lead in likes alone, its comments and shares are counted instead: likes can be bought.
    `closeness` is what close posts take from each other (`ml.closeness`).
    Raises InputError as `prepare_posts` does.
    """
    prepared = posts if "y" in posts.columns else prepare_posts(posts)
    residuals = content_residuals(prepared, zones=zones or {}, seed=seed)
    found = slot_effects(residuals)
    counts = prepared.select("account", "post_id", "likes", "comments", "shares")
    timed = residuals.select("account", "post_id", "slot").join(counts, on=["account", "post_id"])
    suspect = pl.col("account").is_in(liked_by_the_clock(timed, found))
    if not residuals.filter(suspect).is_empty():
        words = add_target(prepared.filter(suspect).with_columns(likes=pl.lit(0.0)))
        said = content_residuals(words, zones=zones or {}, seed=seed)
        found = slot_effects(pl.concat([residuals.filter(~suspect), said]))
    learnt = closeness(residuals)
    account = pl.col("account").replace_strict(learnt, default=CROWDING, return_dtype=pl.Float64)
    return found.with_columns(closeness=account)


@dataclass(frozen=True, slots=True)
class Told:
    """What one account's posts tell, as `ml.levels.Heard` puts it, and how many stood in a slot."""

    account: str
    posts: Floats
    heard: Heard

    @property
    def platform(self) -> str:
        """The part of the account's name before the colon."""
        return self.account.partition(":")[0]

    def against(self, basis: Floats) -> Floats:
        """The curves of a basis as differences from this account's average post."""
        usage = (self.posts + 1 / SLOTS) / (self.posts.sum() + 1)
        return np.asarray(basis - usage @ basis)


def slot_effects(residuals: pl.DataFrame) -> pl.DataFrame:
    """The same from rows (account, slot, day, residual); see `fit_slots`.

    A Gaussian process around the week is shared by all accounts; each platform and each account
    strays from it by a process of its own (`ml.pooling`); each week of an account has a level of
    its own besides, and a day that was bad for all counts for none (`ml.levels`). The sizes of
    all three, and whether days are alike, are averaged over a grid by their marginal likelihood;
    half of the prior weight lies on "no effect at all".
    """
    if residuals.is_empty():
        return pl.DataFrame(schema=EFFECT_SCHEMA)
    told = _gather(without_shocks(residuals))
    weights = _weigh(told)
    some = sum(weight for (_, sizes), weight in weights.items() if not sizes.nothing)
    means, variances = _mix(told, weights)
    frames = [
        _as_frame(each, mean, np.sqrt(np.clip(variance, 1e-12, None)), chance=some)
        for each, mean, variance in zip(told, means, variances, strict=True)
    ]
    return pl.concat(frames)


def _weigh(told: Sequence[Told]) -> dict[tuple[Shape, Sizes], float]:
    """Posterior weight of each shape of the week and combination of sizes."""
    platforms = [each.platform for each in told]
    found = {
        (shape, sizes): fit
        for shape in Shape
        for sizes, fit in fits(_say(told, shape), platforms).items()
    }
    # without effects all shapes are one and the same
    nothing = len(Shape)
    something = len(found) - nothing
    logs = {
        (shape, sizes): fit
        + np.log(_NULL_PRIOR / nothing if sizes.nothing else (1 - _NULL_PRIOR) / something)
        for (shape, sizes), fit in found.items()
    }
    top = max(logs.values())
    total = sum(np.exp(value - top) for value in logs.values())
    return {cell: float(np.exp(value - top) / total) for cell, value in logs.items()}


def _mix(
    told: Sequence[Told], weights: Mapping[tuple[Shape, Sizes], float]
) -> tuple[Floats, Floats]:
    """Mean and variance of each account's effects under the weighted cells."""
    some = {cell: weight for cell, weight in weights.items() if not cell[1].nothing}
    least, total = _NEGLIGIBLE * max(some.values()), sum(some.values())
    kept = {cell: weight for cell, weight in some.items() if weight >= least}
    # what is left out goes to its betters, and "no effect at all" keeps what it has
    scale = total / sum(kept.values())
    means, seconds = np.zeros((2, len(told), SLOTS))
    platforms = [each.platform for each in told]
    says = {shape: _say(told, shape) for shape in {shape for shape, _ in kept}}
    curves = {shape: [each.against(week_basis(shape)) for each in told] for shape in says}
    for (shape, sizes), weight in kept.items():
        believed = beliefs(says[shape], platforms, sizes)
        for row, (against, belief) in enumerate(zip(curves[shape], believed, strict=True)):
            mean = against @ belief.mean
            variance = ((against @ belief.covariance) * against).sum(axis=1)
            means[row] += weight * scale * mean
            seconds[row] += weight * scale * (variance + mean**2)
    return means, seconds - means**2


def _say(told: Sequence[Told], shape: Shape) -> list[Say]:
    basis = week_basis(shape)
    return [each.heard.say(basis) for each in told]


def _gather(residuals: pl.DataFrame) -> list[Told]:
    pooled = _variance(residuals["residual"].to_numpy())
    cells = residuals.group_by("account", "slot", "day").agg(
        pl.len().alias("posts"), pl.col("residual").mean()
    )
    # posts of one hour share their fate: the tenth adds less than the second did
    cells = cells.with_columns(
        weight=pl.col("posts") / (1 + (pl.col("posts") - 1) * _likeness(residuals, pooled))
    )
    noise = residuals.group_by("account").agg(
        pl.len().alias("n"), pl.col("residual").var().fill_null(0.0).alias("s2")
    )
    noise = noise.with_columns(
        s2=(pl.col("n") * pl.col("s2") + _NOISE_POSTS * pooled) / (pl.col("n") + _NOISE_POSTS)
    )
    cells = cells.join(noise, on="account").with_columns(weight=pl.col("weight") / pl.col("s2"))
    own = cells.sort("account", "slot", "day").partition_by("account", maintain_order=True)
    wander = wandering(cells)
    return [
        Told(
            str(rows["account"][0]),
            np.bincount(rows["slot"], rows["posts"], minlength=SLOTS).astype(np.float64),
            Heard.of(rows, wander),
        )
        for rows in own
    ]


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


def _as_frame(told: Told, effect: Floats, spread: Floats, *, chance: float) -> pl.DataFrame:
    lower, upper = effect - _Z90 * spread, effect + _Z90 * spread
    return pl.DataFrame(
        {
            "account": [told.account] * SLOTS,
            "slot": np.arange(SLOTS),
            "effect": effect,
            "lower": lower,
            "upper": upper,
            "posts": told.posts.astype(np.int64),
            "evidence": (chance >= SURE) & ((lower > 0) | (upper < 0)),
            "chance": [chance] * SLOTS,
            "closeness": [None] * SLOTS,
        },
        schema=EFFECT_SCHEMA,
    )
