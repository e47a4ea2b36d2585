"""The plain models that ours must beat to serve."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ml.blend import MIN_POSTS, clipped_target
from ml.features import FORM, TIME, add_local_time, build_features, hour_of_week
from ml.matrix import Encoder
from ml.text import TextRidge, hash_texts

Floats = NDArray[np.float64]


def baseline_forecasts(
    train: pl.DataFrame, test: pl.DataFrame, *, zones: Mapping[str, str], seed: int
) -> dict[str, Floats]:
    """One value of y per row of `test` (prepared posts) and baseline name.

    `trailing_mean` says the level, `hour_mean` and `weekday_hour_mean` average the account's
    past by hour, `tfidf_ridge` reads the wording, `gradient_boosting` form, media and time,
    `plain_blend` is the mean of these two.
    """
    known = train.filter(pl.col("y").is_not_null())
    forecasts = {
        "trailing_mean": np.zeros(test.height),
        "hour_mean": _slot_mean(known, test, pl.col("slot") % 24, zones=zones),
        "weekday_hour_mean": _slot_mean(known, test, pl.col("slot"), zones=zones),
    }
    if known.height < MIN_POSTS:
        return forecasts
    text = TextRidge.fit(hash_texts(known["text"].to_list()), clipped_target(known))
    forecasts["tfidf_ridge"] = text.predict(hash_texts(test["text"].to_list()))
    forecasts["gradient_boosting"] = _boosted(known, test, zones=zones, seed=seed)
    forecasts["plain_blend"] = (forecasts["tfidf_ridge"] + forecasts["gradient_boosting"]) / 2
    return forecasts


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
    known: pl.DataFrame, test: pl.DataFrame, *, zones: Mapping[str, str], seed: int
) -> Floats:
    from sklearn.ensemble import HistGradientBoostingRegressor

    past, asked = (build_features(rows, zones=zones) for rows in (known, test))
    encoder = Encoder.fit(past, columns=(*FORM, *TIME))
    trees = HistGradientBoostingRegressor(max_iter=200, learning_rate=0.05, random_state=seed)
    with threadpool_limits(limits=1):
        trees.fit(encoder.matrix(past), clipped_target(past))
        return np.asarray(trees.predict(encoder.matrix(asked)))
