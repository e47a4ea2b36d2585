"""The plain models that ours must beat to serve."""

from collections.abc import Mapping
from itertools import chain

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.blend import MIN_POSTS
from ml.features import build_features
from ml.hashing import hash_texts
from ml.poisoning import without_bought
from ml.rivals import RIVALS, TAUGHT, fit_parts
from ml.seasonal import prophet_forecast

Floats = NDArray[np.float64]


def baseline_forecasts(
    train: pl.DataFrame,
    test: pl.DataFrame,
    *,
    zones: Mapping[str, str],
    seed: int,
    thorough: bool = False,
    meant: bool = False,
) -> dict[str, Floats]:
    """One value of y per row of `test` (prepared posts) and rival of `ml.rivals.RIVALS`.

    Below 30 posts with a known y only the level and the means by hour are asked, and without
    LightGBM none that grows trees. `thorough` adds `prophet`, the trend and seasons of each
    account, which takes a fit of its own for each and cannot serve. Likes that look bought teach
    none of them, as they teach ours nothing (`ml.poisoning`).
    """
    known = without_bought(train, zones=zones).filter(pl.col("y").is_not_null())
    past, asked = _features(train, known, test, zones=zones, meant=meant)
    past = past.with_columns(known["y"])
    few = known.height < MIN_POSTS
    wanted = {name: parts for name, parts in RIVALS.items() if not few or not {*parts} & {*TAUGHT}}
    counts = hash_texts(past["text"]), hash_texts(asked["text"])
    names = dict.fromkeys(chain.from_iterable(wanted.values()))
    parts = fit_parts([*names], past, counts[0], seed=seed) if past.height else {}
    said = {name: part.say(asked, counts[1]) for name, part in parts.items()}
    nothing = np.zeros(asked.height)
    forecasts = {
        name: np.mean([said[part] for part in own], axis=0) if own else nothing
        for name, own in wanted.items()
        if said.keys() >= {*own}
    }
    if thorough and not few:
        forecasts["prophet"] = prophet_forecast(known, test, zones=zones, seed=seed)
    return forecasts


def _features(
    train: pl.DataFrame,
    known: pl.DataFrame,
    test: pl.DataFrame,
    *,
    zones: Mapping[str, str],
    meant: bool,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of the rows of `known` and of `test`, the latter with the past that they had."""
    keys = ["account", "post_id"]
    together = pl.concat([train, test]).sort("account", "published_at", "post_id")
    both = build_features(together, zones=zones, meant=meant)
    past, asked = (
        rows.select(keys).join(both, on=keys, how="left", maintain_order="left")
        for rows in (known, test)
    )
    return past, asked
