"""Would the forecast have been right? Our model beside every baseline on posts it never saw."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import polars as pl

from domain.errors import ModelError
from ml.baselines import baseline_forecasts
from ml.coverage import judge_intervals
from ml.engagement import EngagementModel
from ml.forecaster import OURS
from ml.frame import prepare_posts
from ml.judging import TRAIN_SHARE, Split, check_split, score, split_in_time
from ml.promotion import Decision, promote

__all__ = ["OURS", "Backtest", "Decision", "backtest_engagement", "promote"]


@dataclass(frozen=True, slots=True)
class Backtest:
    """The outcome: tidy scores (model, metric, value, lower, upper, accounts, posts), and rows.

    `intervals` are the figures of `judge_intervals`, where there are intervals.
    """

    scores: pl.DataFrame
    predictions: pl.DataFrame
    intervals: dict[str, float] = field(default_factory=dict)


def backtest_engagement(  # noqa: PLR0913 - each is a choice of who asks
    posts: pl.DataFrame,
    *,
    train: pl.DataFrame | None = None,
    zones: Mapping[str, str] | None = None,
    steps: int = 1,
    seed: int = 0,
    thorough: bool = False,
    meant: bool = False,
) -> Backtest:
    """Judge the engagement model on canonical `posts`.

    The first 70 % of each account teach, the last 30 % judge; with `steps` the origin rolls on
    through the last part and the model is fitted anew at each. With `train` that table teaches
    and all of `posts` judge. `thorough` adds Prophet, which takes longer, and
    `meant` what posts mean (`ml.meaning`), for ours and for `lightgbm`. `predictions` holds
    account, post_id, model, predicted, lower, upper, actual, all on the scale of y; baselines
    give no interval here. `scores` tell of each rival how far it leads. Raises ModelError where
    nothing is left to judge or a judged post is older than one that teaches.
    """
    frames, served = [], []
    for split in _splits(posts, train, steps):
        judged = split.test.filter(pl.col("y").is_not_null())
        if judged.is_empty():  # the newest posts are too young to have their counts
            continue
        model = EngagementModel.fit(split.train, seed=seed, zones=zones, meant=meant)
        ours = model.predict(judged, history=split.train, static=True).join(
            judged.select("account", "post_id", actual="y"),
            on=["account", "post_id"],
            maintain_order="left",
        )
        served.append(ours)
        frames.append(ours.with_columns(model=pl.lit(OURS)))
        others = baseline_forecasts(
            split.train, judged, zones=zones or {}, seed=seed, thorough=thorough, meant=meant
        )
        frames += [_plain(judged, name, values) for name, values in others.items()]
    if not frames:
        raise ModelError(
            "no post that judges is old enough to have its counts; import older posts, or wait"
        )
    columns = ["account", "post_id", "model", "predicted", "lower", "upper", "actual"]
    predictions = pl.concat([frame.select(columns) for frame in frames])
    scores = score(predictions, seed=seed, ours=OURS)
    return Backtest(scores, predictions, judge_intervals(pl.concat(served)))


def _splits(posts: pl.DataFrame, train: pl.DataFrame | None, steps: int) -> list[Split]:
    if train is None:
        prepared = prepare_posts(posts)
        edges = np.linspace(TRAIN_SHARE, 1.0, steps + 1)
        return [
            split_in_time(prepared, start=float(start), end=float(end))
            for start, end in pairwise(edges)
        ]
    teaching = prepare_posts(train)
    both = prepare_posts(pl.concat([train, posts], how="diagonal_relaxed"))
    # levels of judged posts continue from the training history
    judged = both.join(
        teaching.select("account", "post_id"), on=["account", "post_id"], how="anti",
        maintain_order="left",
    )  # fmt: skip
    return [check_split(Split(teaching, judged))]


def _plain(judged: pl.DataFrame, model: str, predicted: np.ndarray) -> pl.DataFrame:
    unknown = pl.lit(None, dtype=pl.Float64)
    return judged.select(
        "account", "post_id", model=pl.lit(model), predicted=pl.Series(predicted, dtype=pl.Float64),
        lower=unknown, upper=unknown, actual="y",
    )  # fmt: skip
