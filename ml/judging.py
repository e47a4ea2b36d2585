"""How a forecast is judged: splits in time, within-account scores, bootstrap intervals."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import rankdata

from domain.errors import ModelError

Floats = NDArray[np.float64]

TRAIN_SHARE = 0.7
"""The first part of each account's time teaches, the rest judges."""

RESAMPLES = 200
_BLOCK = 20
_FEW_ACCOUNTS = 10

SCORE_SCHEMA: dict[str, pl.DataType] = {
    "model": pl.String(),
    "metric": pl.String(),
    "value": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
    "accounts": pl.Int64(),
    "posts": pl.Int64(),
}


@dataclass(frozen=True, slots=True)
class Split:
    """Prepared posts that teach and prepared posts that judge."""

    train: pl.DataFrame
    test: pl.DataFrame


def split_in_time(prepared: pl.DataFrame, *, start: float = TRAIN_SHARE, end: float = 1.0) -> Split:
    """Each account's first `start` of posts to train, those up to `end` to judge."""
    place = pl.int_range(pl.len()).over("account") / pl.len().over("account")
    return check_split(
        Split(prepared.filter(place < start), prepared.filter((place >= start) & (place < end)))
    )


def check_split(split: Split) -> Split:
    """The same split; raises ModelError where a judged post is not later than all that taught.

    Compared per account: a later post of the same account would tell the outcome in advance.
    """
    if split.test.is_empty():
        raise ModelError("no post is left to judge by; import more posts")
    last = split.train.group_by("account").agg(pl.col("published_at").max().alias("last"))
    first = split.test.group_by("account").agg(pl.col("published_at").min().alias("first"))
    broken = last.join(first, on="account").filter(pl.col("first") < pl.col("last"))
    if broken.height:
        raise ModelError(
            f"posts of {broken['account'][0]} that judge are older than posts that teach; "
            "train on earlier posts only"
        )
    return split


def score(predictions: pl.DataFrame, *, seed: int) -> pl.DataFrame:
    """Rows (model, metric, value, lower, upper, accounts, posts) from rows of predictions.

    `predictions` holds account, model, predicted, lower, upper, actual. Metrics: `spearman` and
    `mae`, means over accounts of the figure within each, and `coverage`, the share of all outcomes
    inside their interval, where a model gives one. `lower` and `upper` are a 90 % bootstrap: over
    accounts, or below ten of them over blocks of twenty consecutive posts. An account with fewer
    than twenty judged posts is left out beside others with more: the order of a few is chance.
    """
    frames = [
        _score_model(rows, str(name[0]), seed=seed)
        for name, rows in predictions.group_by("model", maintain_order=True)
    ]
    return pl.concat(frames)


def _score_model(rows: pl.DataFrame, model: str, *, seed: int) -> pl.DataFrame:
    groups = [
        group.select("predicted", "actual", "inside").to_numpy().astype(np.float64)
        for _, group in rows.with_columns(
            inside=pl.col("actual").is_between(pl.col("lower"), pl.col("upper"))
        ).group_by("account", maintain_order=True)
    ]
    groups = [group for group in groups if len(group) >= _BLOCK] or groups
    values = _figures(groups)
    random = np.random.default_rng(seed)
    if len(groups) >= _FEW_ACCOUNTS:
        each = np.array([[*_figures([group]), len(group)] for group in groups])
        picks = random.integers(0, len(each), (RESAMPLES, len(each)))
        spread = np.array([_average(each[pick]) for pick in picks])
    else:
        spread = np.array(
            [_figures([_reblock(group, random) for group in groups]) for _ in range(RESAMPLES)]
        )
    lower, upper = np.quantile(spread, [0.05, 0.95], axis=0)
    names, posts = ("spearman", "mae", "coverage"), sum(map(len, groups))
    kept = [place for place in range(3) if not np.isnan(values[place])]
    return pl.DataFrame(
        [(model, names[i], values[i], lower[i], upper[i], len(groups), posts) for i in kept],
        schema=SCORE_SCHEMA,
        orient="row",
    )


def _reblock(group: Floats, random: np.random.Generator) -> Floats:
    blocks = [group[start : start + _BLOCK] for start in range(0, len(group), _BLOCK)]
    return np.concatenate([blocks[pick] for pick in random.integers(0, len(blocks), len(blocks))])


def _figures(groups: list[Floats]) -> Floats:
    rows = [
        (
            spearman(group[:, 0], group[:, 1]),
            float(np.mean(np.abs(group[:, 0] - group[:, 1]))),
            float(np.mean(group[:, 2])),
            len(group),
        )
        for group in groups
    ]
    return _average(np.array(rows))


def _average(each: Floats) -> Floats:
    """Spearman and error count once per account, coverage once per post (last column)."""
    coverage = float(each[:, 2] @ each[:, 3] / each[:, 3].sum())
    return np.array([each[:, 0].mean(), each[:, 1].mean(), coverage])


def spearman(one: Floats, other: Floats) -> float:
    """Rank correlation; 0 where either side is constant, as it then orders nothing."""
    first, second = rankdata(one), rankdata(other)
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / size if size > 0 else 0.0
