"""Weeks in which everything did better or worse do not pass for hours that do."""

import numpy as np
import polars as pl
import pytest

from ml.levels import Heard, wandering, without_shocks
from ml.timing import slot_effects


def posts(*, levels=0.0, weeks=40, seed=0):
    """Two posts a day, of which the week numbers choose the hour; each week with its own level."""
    random = np.random.default_rng(seed)
    day = np.repeat(np.arange(7 * weeks), 2)
    hour = 8 + day // 7 % 8
    level = np.repeat(random.normal(0, levels, weeks) if levels else np.zeros(weeks), 14)
    return pl.DataFrame(
        {
            "account": "x:a",
            "day": day,
            "slot": (day % 7 * 24 + hour).astype(np.int32),
            "residual": level + random.normal(0, 0.5, len(day)),
        }
    )


def weighed(table):
    return table.with_columns(weight=pl.lit(4.0))


def test_weeks_that_differ_are_told_from_weeks_alike():
    assert wandering(weighed(posts())) == pytest.approx(0.0, abs=0.02)
    assert wandering(weighed(posts(levels=1.0))) == pytest.approx(1.0, abs=0.4)


def test_weeks_alike_keep_most_of_what_they_tell_of_each_other():
    said = Heard.of(weighed(posts(weeks=400)), 0.0)
    lost = (said.taken * said.precision.sum(axis=1) ** 2).sum()
    assert 0 < lost / said.precision.sum() < 0.25


def test_what_one_week_tells_of_its_only_hour_is_its_level():
    shocked = posts().with_columns(residual=pl.when(pl.col("day") // 7 == 3).then(-2.0)
                                   .otherwise("residual"))  # fmt: skip
    found = slot_effects(shocked)
    assert not found["evidence"].any()
    assert found["effect"].abs().max() < 0.1


def test_one_post_is_heard():
    assert 168 == slot_effects(posts().head(1)).height


def test_a_day_that_was_bad_for_all_counts_for_none():
    accounts = [posts(seed=seed).with_columns(account=pl.lit(f"x:{seed}")) for seed in range(6)]
    alike = pl.concat(accounts)
    shocked = alike.with_columns(pl.col("residual") - 2.0 * (pl.col("day") == 30))
    day, others = pl.col("day") == 30, pl.col("day") != 30
    set_right = without_shocks(shocked)
    assert set_right.filter(day)["residual"].mean() == pytest.approx(0.0)
    moved = set_right.filter(others)["residual"] != alike.filter(others)["residual"]
    assert moved.mean() < 0.02
    assert without_shocks(accounts[0]).equals(accounts[0])
