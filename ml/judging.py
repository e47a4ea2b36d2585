"""How a forecast is judged: splits in time, within-account scores, bootstrap intervals."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import rankdata
from scipy.stats import t as student

from domain.errors import ModelError

Floats = NDArray[np.float64]

TRAIN_SHARE = 0.7
"""The first part of each account's time teaches, the rest judges."""

RESAMPLES = 200
_BLOCK = 20
_FEW_ACCOUNTS = 10
_TAIL = 0.05

LEAD = "lead"
"""The metric of a model's lead over ours."""

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


def score(predictions: pl.DataFrame, *, seed: int, ours: str | None = None) -> pl.DataFrame:
    """Rows (model, metric, value, lower, upper, accounts, posts) from rows of predictions.

    `predictions` holds account, model, predicted, lower, upper, actual. Metrics: `spearman` and
    `mae`, means over accounts of the figure within each, and `coverage`, the share of all outcomes
    inside their interval, where a model gives one. `lower` and `upper` are a 90 % bootstrap: over
    accounts, or below ten of them over blocks of twenty consecutive posts. An account with fewer
    than twenty judged posts is left out beside others with more: the order of a few is chance.

    With `ours` each other model that was asked about the same posts, in the same order, also has
    a `lead`: how far its spearman lies above that of `ours`. Both are resampled together, so that
    they meet the same luck, and the 90 % interval holds for all models at once (Bonferroni, by
    Student's t over as many accounts or blocks), as the luckiest of ten is no better for it.
    """
    found = {
        str(name[0]): _resampled(rows, seed=seed)
        for name, rows in predictions.group_by("model", maintain_order=True)
    }
    scores = [row for name, model in found.items() for row in _scores(name, model)]
    if ours is not None:
        scores += _leads(found, ours)
    return pl.DataFrame(scores, schema=SCORE_SCHEMA, orient="row")


@dataclass(frozen=True, slots=True)
class _Resampled:
    """The figures of one model, and what they were in each resample of its accounts or blocks."""

    values: Floats
    spread: Floats
    units: int
    groups: tuple[int, ...]

    @property
    def judged(self) -> tuple[int, int]:
        """How many accounts, and posts of theirs."""
        return len(self.groups), sum(self.groups)


def _resampled(rows: pl.DataFrame, *, seed: int) -> _Resampled:
    groups = [
        _placed(group.select("predicted", "actual", "inside").to_numpy().astype(np.float64))
        for _, group in rows.with_columns(
            inside=pl.col("actual").is_between(pl.col("lower"), pl.col("upper"))
        ).group_by("account", maintain_order=True)
    ]
    groups = [group for group in groups if len(group) >= _BLOCK] or groups
    random = np.random.default_rng(seed)
    units = len(groups)
    if units >= _FEW_ACCOUNTS:
        each = np.array([[*_figures([group]), len(group)] for group in groups])
        picks = random.integers(0, len(each), (RESAMPLES, len(each)))
        spread = np.array([_average(each[pick]) for pick in picks])
    else:
        units = sum(-(-len(group) // _BLOCK) for group in groups)
        spread = np.array(
            [_figures([_reblock(group, random) for group in groups]) for _ in range(RESAMPLES)]
        )
    return _Resampled(_figures(groups), spread, units, tuple(map(len, groups)))


def _scores(name: str, model: _Resampled) -> list[tuple[object, ...]]:
    lower, upper = np.quantile(model.spread, [_TAIL, 1 - _TAIL], axis=0)
    return [
        (name, metric, value, lower[place], upper[place], *model.judged)
        for place, metric in enumerate(("spearman", "mae", "coverage"))
        if not np.isnan(value := model.values[place])
    ]


def _leads(found: dict[str, _Resampled], ours: str) -> list[tuple[object, ...]]:
    base = found[ours]
    rivals = {
        name: model for name, model in found.items() if name != ours and model.groups == base.groups
    }
    rows: list[tuple[object, ...]] = []
    for name, model in rivals.items():
        lead = float(model.values[0] - base.values[0])
        reach = _reach(model.spread[:, 0] - base.spread[:, 0], base.units, rivals=len(rivals))
        rows.append((name, LEAD, lead, lead - reach, lead + reach, *base.judged))
    return rows


def _reach(differences: Floats, units: int, *, rivals: int) -> float:
    """Half the width of the interval of a difference, from its resamples."""
    if units < 2:
        return float("inf")
    # resampled units stray less than fresh ones would, by one of them
    error = float(differences.std(ddof=1)) * float(np.sqrt(units / (units - 1)))
    return error * float(student.ppf(1 - _TAIL / rivals, units - 1))


def _reblock(group: Floats, random: np.random.Generator) -> Floats:
    blocks = [group[start : start + _BLOCK] for start in range(0, len(group), _BLOCK)]
    return np.concatenate([blocks[pick] for pick in random.integers(0, len(blocks), len(blocks))])


def _placed(group: Floats) -> Floats:
    """Predicted, actual, inside, and the places of the first two among their different values."""
    places = [np.unique(group[:, column], return_inverse=True)[1] for column in (0, 1)]
    return np.column_stack([group, *places]).astype(np.float64)


def _figures(groups: list[Floats]) -> Floats:
    rows = [
        (
            _correlation(_ranks(group[:, 3]), _ranks(group[:, 4])),
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
    return _correlation(rankdata(one), rankdata(other))


def _ranks(places: Floats) -> Floats:
    """What `rankdata` gives, from places that are known: a resample need not be sorted again."""
    found = places.astype(np.intp)
    counts = np.bincount(found)
    return np.asarray((counts.cumsum() - (counts - 1) / 2)[found])


def _correlation(first: Floats, second: Floats) -> float:
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / size if size > 0 else 0.0
