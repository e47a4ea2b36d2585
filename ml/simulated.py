"""What simulated policies were worth: figures over seeds, each with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.stats import t as student

Floats = NDArray[np.float64]

LATE_SHARE = 0.25
"""The last part of the days, by which a policy should have learnt."""

ORACLE = "oracle"

FIGURES = ("gain", "late_gain", "share", "late_share", "regret", "engagement", "proven")
"""In the order in which they are printed; see `figures`."""


@dataclass(frozen=True, slots=True)
class Run:
    """One policy over one seed's days.

    `gains` (days x accounts) is the mean expected log gain of the day's posts against an average
    allowed hour, `best` the oracle's; `engagement` the mean that was really drawn, `proven` the
    share of accounts that had a proven hour in the end.
    """

    policy: str
    seed: int
    posts: int
    gains: Floats
    best: Floats
    engagement: float
    proven: float


def figures(runs: Sequence[Run]) -> pl.DataFrame:
    """One row per policy and figure: value and 90 % interval of its mean over seeds.

    `gain` and `late_gain` (the last quarter of the days): ratio minus one against average hours;
    `share` and `late_share`: of what the oracle gains; `regret`: log engagement lost to the
    oracle over all posts of an account; `engagement`: per post; `proven`: share of the accounts.
    """
    rows = [
        (name, figure, *_interval(_values(figure, [run for run in runs if run.policy == name])))
        for name in dict.fromkeys(run.policy for run in runs)
        for figure in FIGURES
    ]
    schema = ["policy", "figure", "value", "lower", "upper"]
    return pl.DataFrame(rows, schema=schema, orient="row")


def regret_ratio(runs: Sequence[Run], policy: str, rival: str) -> tuple[float, float, float]:
    """The regret of a policy over a rival's, with a 90 % bootstrap over seeds, drawn in pairs."""
    own, other = (
        _values("regret", [run for run in runs if run.policy == name]) for name in (policy, rival)
    )
    picks = np.random.default_rng(0).integers(0, len(own), (2000, len(own)))
    ratios = own[picks].sum(axis=1) / np.maximum(other[picks].sum(axis=1), 1e-9)
    lower, upper = np.quantile(ratios, [0.05, 0.95])
    return float(own.sum() / max(other.sum(), 1e-9)), float(lower), float(upper)


def _values(figure: str, runs: Sequence[Run]) -> Floats:
    return np.array([_value(figure, run) for run in runs])


def _value(figure: str, run: Run) -> float:
    late = slice(-max(1, round(len(run.gains) * LATE_SHARE)), None)
    span = late if figure.startswith("late") else slice(None)
    gained, most = float(run.gains[span].mean()), float(run.best[span].mean())
    if figure.endswith("gain"):
        return float(np.expm1(gained))
    if figure.endswith("share"):
        return gained / most if most > 1e-9 else float("nan")
    if figure == "regret":
        return float((run.best - run.gains).sum(axis=0).mean() * run.posts)
    return run.engagement if figure == "engagement" else run.proven


def _interval(values: Floats) -> tuple[float, float, float]:
    """Mean and its 90 % interval by Student's t; none around a single seed."""
    middle = float(values.mean())
    if len(values) < 2:
        return middle, float("nan"), float("nan")
    half = float(student.ppf(0.95, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5)
    return middle, middle - half, middle + half
