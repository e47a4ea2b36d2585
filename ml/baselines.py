"""The plain models that ours must beat to serve."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ml.blend import MIN_POSTS, clipped_target
from ml.features import FORM, NUMBERS, TIME, add_local_time, build_features, hour_of_week
from ml.hashing import hash_texts
from ml.matrix import Encoder
from ml.seasonal import prophet_forecast
from ml.text import TextRidge
from ml.trees import load_lightgbm

Floats = NDArray[np.float64]

RECENT = ("last_y", "last_5", "spread")


def baseline_forecasts(
    train: pl.DataFrame,
    test: pl.DataFrame,
    *,
    zones: Mapping[str, str],
    seed: int,
    thorough: bool = False,
    meant: bool = False,
) -> dict[str, Floats]:
    """One value of y per row of `test` (prepared posts) and baseline name.

    `trailing_mean` says the level, `hour_mean` and `weekday_hour_mean` average the account's
    past by hour, `tfidf_ridge` reads the wording, `gradient_boosting` form, media and time,
    `plain_blend` is the mean of these two, `history_blend` the same whose trees also see the last
    post, the mean of the last five and their spread, and `lightgbm` has every number that ours
    has, at the library's defaults. `thorough` adds `prophet`, the trend and seasons of each
    account, which takes a fit of its own for each.
    """
    known = train.filter(pl.col("y").is_not_null())
    forecasts = {
        "trailing_mean": np.zeros(test.height),
        "hour_mean": _slot_mean(known, test, pl.col("slot") % 24, zones=zones),
        "weekday_hour_mean": _slot_mean(known, test, pl.col("slot"), zones=zones),
    }
    if known.height < MIN_POSTS:
        return forecasts
    text = TextRidge.fit(hash_texts(known["text"]), clipped_target(known))
    wording = text.predict(hash_texts(test["text"]))
    past, asked = _features(train, known, test, zones=zones, meant=meant)
    formed = _boosted(past, asked, (*FORM, *TIME), seed=seed)
    remembering = _boosted(past, asked, (*FORM, *TIME, *RECENT), seed=seed)
    forecasts |= {
        "tfidf_ridge": wording,
        "gradient_boosting": formed,
        "plain_blend": (wording + formed) / 2,
        "history_blend": (wording + remembering) / 2,
    } | _by_default(past, asked, seed=seed)
    if thorough:
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


def _slot_mean(
    known: pl.DataFrame, test: pl.DataFrame, key: pl.Expr, *, zones: Mapping[str, str]
) -> Floats:
    past = add_local_time(known, zones=zones).with_columns(hour_of_week())
    means = past.group_by("account", key.alias("key")).agg(pl.col("y").mean().alias("mean"))
    asked = add_local_time(test, zones=zones).with_columns(hour_of_week())
    found = asked.with_columns(key.alias("key")).join(
        means, on=["account", "key"], how="left", maintain_order="left"
    )
    return found["mean"].fill_null(0.0).to_numpy()


def _boosted(
    past: pl.DataFrame, asked: pl.DataFrame, columns: tuple[str, ...], *, seed: int
) -> Floats:
    from sklearn.ensemble import HistGradientBoostingRegressor

    encoder = Encoder.fit(past, columns=columns)
    trees = HistGradientBoostingRegressor(max_iter=200, learning_rate=0.05, random_state=seed)
    with threadpool_limits(limits=1):
        trees.fit(encoder.matrix(past), clipped_target(past))
        return np.asarray(trees.predict(encoder.matrix(asked)))


def _by_default(past: pl.DataFrame, asked: pl.DataFrame, *, seed: int) -> dict[str, Floats]:
    lightgbm = load_lightgbm()
    if lightgbm is None:
        return {}
    encoder = Encoder.fit(past, columns=NUMBERS)
    data = lightgbm.Dataset(encoder.matrix(past), clipped_target(past), params={"verbosity": -1})
    settings = {"seed": seed, "deterministic": True, "num_threads": 1, "verbosity": -1}
    trees = lightgbm.train(settings, data)
    return {"lightgbm": np.asarray(trees.predict(encoder.matrix(asked), num_threads=1))}
