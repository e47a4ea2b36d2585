"""Posts teach by counts of one age."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from domain.errors import InputError
from ml.training import Age, at_comparable_age, observed_at_age

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def performance(**counts):
    row = dict.fromkeys(
        f"{name}_{age}"
        for name in ("likes", "comments", "shares")
        for age in ("24h", "7d", "latest")
    )
    about = {
        "platform": "x", "account": "x:a", "post_id": "1", "published_at": NOON, "text": "Wool",
        "media_type": "text", "language": "en", "followers": 9, "is_reply": False,
        "is_repost": False,
    }  # fmt: skip
    return pl.DataFrame([about | row | counts])


@pytest.mark.parametrize(("age", "likes"), [(Age.DAY, 20), (Age.WEEK, 30)])
def test_each_age_takes_its_own_counts(age, likes):
    rows = performance(likes_24h=20, likes_7d=30, likes_latest=40, age_hours_latest=400.0)
    assert [likes] == at_comparable_age(rows, age)["likes"].to_list()


def test_a_post_of_three_days_has_a_day_and_no_week():
    rows = performance(likes_24h=20, likes_latest=25, age_hours_latest=72.0)
    assert [20] == at_comparable_age(rows)["likes"].to_list()
    assert [None] == at_comparable_age(rows, Age.WEEK)["likes"].to_list()


def test_counts_over_a_whole_life_stand_in_at_every_age():
    rows = performance(likes_latest=25, age_hours_latest=None)
    for age in Age:
        assert [25] == at_comparable_age(rows, age)["likes"].to_list()


def seen(*hours):
    return pl.DataFrame(
        {
            "account": ["x:a"] * len(hours),
            "post_id": ["1"] * len(hours),
            "published_at": [NOON] * len(hours),
            "observed_at": [NOON + timedelta(hours=each) for each in hours],
            "likes": [*hours],
        }
    )


@pytest.mark.parametrize(("age", "likes"), [(Age.DAY, 25), (Age.WEEK, 160)])
def test_of_several_observations_the_nearest_to_the_age_counts(age, likes):
    rows = seen(1, 22, 25, 160, 179, 900)
    assert [likes] == observed_at_age(rows, age)["likes"].to_list()


def test_an_observation_too_far_from_the_age_speaks_for_none():
    with pytest.raises(InputError, match="observed 7d after it went out"):
        observed_at_age(seen(1, 24, 155), Age.WEEK)
