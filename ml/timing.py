"""What an hour of the week does to engagement, apart from what was posted in it."""

import io
from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from domain.errors import ModelError
from ml.best_sets import CROWDING
from ml.closeness import closeness
from ml.content import content_residuals
from ml.frame import prepare_posts
from ml.hypotheses import mix, weigh
from ml.levels import without_shocks
from ml.told import Told, tell
from ml.week import SLOTS

Floats = NDArray[np.float64]

SURE = 0.9
"""From this probability on that hours do anything, a slot may be claimed."""

_Z90 = 1.6449

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
    the same in all rows, is the probability that hours do anything at all. Likes that look bought,
    for a post or for an hour, are not counted (`ml.poisoning`). `closeness` is what close posts
    take from each other (`ml.closeness`).
    Raises InputError as `prepare_posts` does.
    """
    prepared = posts if "y" in posts.columns else prepare_posts(posts)
    residuals = content_residuals(prepared, zones=zones or {}, seed=seed)
    found = slot_effects(residuals)
    learnt = closeness(residuals)
    account = pl.col("account").replace_strict(learnt, default=CROWDING, return_dtype=pl.Float64)
    return found.with_columns(closeness=account)


def dump_hours(effects: pl.DataFrame) -> bytes:
    """Rows of `fit_slots` as JSON; the inverse loads them."""
    return effects.write_json().encode()


def load_hours(content: bytes | None) -> pl.DataFrame:
    """The rows of `dump_hours`; none from None. Raises ModelError where the bytes are not such."""
    if content is None:
        return pl.DataFrame(schema=EFFECT_SCHEMA)
    try:
        return pl.read_json(io.BytesIO(content), schema=EFFECT_SCHEMA)
    except pl.exceptions.PolarsError as error:
        raise ModelError(
            f"these are no hours of a timing model ({error}); roll back or train it again"
        ) from error


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
    told = tell(without_shocks(residuals))
    weights = weigh(told)
    some = sum(weight for cell, weight in weights.items() if not cell.sizes.nothing)
    means, variances = mix(told, weights)
    frames = [
        _as_frame(each, mean, np.sqrt(np.clip(variance, 1e-12, None)), chance=some)
        for each, mean, variance in zip(told, means, variances, strict=True)
    ]
    return pl.concat(frames)


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
