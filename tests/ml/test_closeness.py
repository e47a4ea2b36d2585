"""What close posts take from each other, learnt from an account's own weeks."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from ml.best_sets import CROWDING
from ml.closeness import closeness
from ml.frame import prepare_posts
from ml.timing import fit_slots

START = datetime(2025, 1, 6, tzinfo=UTC)


def posts(taken, *, pairs=600, apart=30, seed=0):
    """Two posts a day, the second `apart` minutes later and worse by five sixths of `taken`."""
    random = np.random.default_rng(seed)
    hours = random.integers(8, 20, pairs)
    gaps = np.where(random.random(pairs) < 0.5, apart, 240)
    first = [START + timedelta(days=n, hours=int(h)) for n, h in enumerate(hours)]
    second = [at + timedelta(minutes=int(gap)) for at, gap in zip(first, gaps, strict=True)]
    lost = np.where(gaps < 180, taken * (1 - gaps / 180), 0.0)
    y = random.normal(0, 0.5, (2, pairs)) - [np.zeros(pairs), lost]
    at = pl.Series([*first, *second], dtype=pl.Datetime("us", "UTC"))
    frame = pl.DataFrame({"account": "x:a", "published_at": at, "y": y.ravel()})
    slot = (pl.col("published_at").dt.weekday() - 1) * 24 + pl.col("published_at").dt.hour()
    return frame.with_columns(slot=slot.cast(pl.Int32)).sort("published_at")


@pytest.mark.parametrize("taken", [0.0, 0.4])
def test_what_the_weeks_say_is_learnt(taken):
    assert taken == pytest.approx(closeness(posts(taken))["x:a"], abs=0.1)


def test_an_account_that_never_posts_closely_keeps_the_usual_value():
    assert CROWDING == closeness(posts(0.4, apart=200))["x:a"]
    assert CROWDING == closeness(posts(0.4).head(1))["x:a"]
    assert {} == closeness(posts(0.4).head(0))


def test_few_posts_are_drawn_to_the_usual_value():
    few, many = (closeness(posts(0.4, pairs=pairs))["x:a"] for pairs in (20, 600))
    assert abs(few - CROWDING) < abs(many - CROWDING)


def test_it_stands_beside_the_hours_for_the_planner(invent):
    effects = fit_slots(prepare_posts(invent(accounts=2, posts=120)))
    assert effects["closeness"].is_between(0, 0.5).all()
