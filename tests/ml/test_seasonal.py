"""The season of a long history, as Prophet sees it."""

import io
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from PIL import Image

from ml import figures
from ml.frame import prepare_posts
from ml.seasonal import long_histories, season


def weekly(weeks: int, account: str = "x:shop") -> pl.DataFrame:
    """A post a week; December brings about twice what June does."""
    start = datetime(2021, 1, 4, 12, tzinfo=UTC)
    at = [start + timedelta(weeks=week) for week in range(weeks)]
    year = np.cos(2 * np.pi * np.array([each.timetuple().tm_yday for each in at]) / 365)
    noise = np.random.default_rng(0).normal(0, 0.2, weeks)
    return pl.DataFrame(
        {
            "account": account,
            "post_id": [f"{account}-{week}" for week in range(weeks)],
            "published_at": at,
            "text": "Bread",
            "likes": np.exp(5 + 0.35 * year + noise).astype(int),
            "comments": 0,
            "shares": 0,
        }
    )


@pytest.fixture(scope="module")
def posts() -> pl.DataFrame:
    return prepare_posts(pl.concat([weekly(160), weekly(100, "x:young")]))


def test_a_planted_season_is_seen_with_its_uncertainty_and_drawn(posts):
    found = season(posts, "x:shop")
    by_month = found.group_by(pl.col("week").dt.month()).agg(pl.col("season").mean())
    ends = {month: value for month, value in by_month.iter_rows() if month in (6, 12)}
    assert ends[12] - ends[6] == pytest.approx(0.7, abs=0.2)
    inside = found.select(pl.col("mean").is_between("lower", "upper").mean()).item()
    assert 0.8 < inside < 0.98
    picture = Image.open(io.BytesIO(figures.season_chart(found, "x:shop")))
    assert picture.width > picture.height


def test_the_same_posts_give_the_same_season_and_leave_chance_alone(posts):
    state = np.random.get_state()
    first, second = season(posts, "x:shop"), season(posts, "x:shop")
    assert first.equals(second)
    assert np.array_equal(state[1], np.random.get_state()[1])


def test_below_two_years_nobody_has_a_season(posts):
    assert ["x:shop"] == long_histories(posts)
    assert [] == long_histories(posts.filter(pl.col("account") == "x:young"))
