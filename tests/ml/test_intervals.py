"""Intervals hold nine times in ten, also where an account changes."""

import numpy as np
import polars as pl
import pytest

from ml.coverage import judge_intervals
from ml.intervals import Residuals


def errors(values, account="a"):
    return pl.DataFrame({"account": account, "residual": values, "spread": 1.0})


def judged(seeds, later):
    """Bounds of forecasts of 0 whose errors come in that order."""
    known = Residuals.gather(errors(seeds))
    rows = errors(later).with_columns(predicted=pl.lit(0.0))
    bounds = known.bounds(known.static(rows))
    return bounds.with_columns(actual=pl.Series(later))


def test_errors_that_grow_threefold_are_still_held_nine_times_in_ten():
    random = np.random.default_rng(0)
    figures = judge_intervals(judged(random.normal(0, 1, 150), random.normal(0, 3, 1000)))
    assert figures["static_coverage"] < 0.6
    assert 0.88 <= figures["coverage"] <= 0.92
    assert 0 == figures["accounts_refused"]


def test_steady_errors_cost_hardly_any_width():
    random = np.random.default_rng(1)
    bounds = judged(random.normal(0, 1, 150), random.normal(0, 1, 1000))
    assert 0.88 <= judge_intervals(bounds)["coverage"] <= 0.92
    width = (bounds["upper"] - bounds["lower"]).mean()
    assert width / (2 * 1.645) < 1.1


def test_an_interval_does_not_see_its_own_outcome():
    seeds, later = np.linspace(-1, 1, 60), [0.0, 50.0, 0.0]
    loud, calm = judged(seeds, later), judged(seeds, [0.0, 0.0, 0.0])
    assert loud["upper"].to_list()[:2] == calm["upper"].to_list()[:2]
    assert loud["upper"][2] > calm["upper"][2]


def test_an_account_without_errors_borrows_everybodys_in_its_own_spread():
    known = Residuals.gather(errors(np.linspace(-1, 1, 101)))
    new = pl.DataFrame({"account": "new", "residual": [None], "spread": 2.0, "predicted": 0.5})
    row = known.bounds(new.cast({"residual": pl.Float64}))
    assert [-1.3, 2.3] == pytest.approx([row["lower"][0], row["upper"][0]], abs=0.02)


def test_an_account_that_is_held_too_seldom_is_counted():
    wide = pl.DataFrame({"account": ["a"] * 50 + ["b"] * 50, "actual": [0.0] * 45 + [9.0] * 55})
    bounds = [pl.lit(side * 1.0).alias(name) for name, side in
              (("lower", -1), ("upper", 1), ("static_lower", -1), ("static_upper", 1))]  # fmt: skip
    assert 0.5 == judge_intervals(wide.with_columns(bounds))["accounts_refused"]
