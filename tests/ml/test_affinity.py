"""A post is near a trend that was known before it went out, and near no other."""

from datetime import UTC, datetime, timedelta

import polars as pl

from ml.affinity import add_trend_affinity

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
POSTS = pl.DataFrame({"post_id": ["1", "2"], "published_at": [NOON, NOON + timedelta(days=1)],
                      "text": ["Spring water from deep rock", "Nothing of that kind"]})  # fmt: skip


def trends(*observed, topic="Deep WATER"):
    return pl.DataFrame({"topic": [topic] * len(observed), "observed_at": [*observed]})


def affinity(known):
    return add_trend_affinity(POSTS, known)["trend_affinity"].to_list()


def test_the_share_of_a_posts_words_in_the_trends_before_it():
    # spring, water, from, deep, rock
    assert [2 / 5, 0.0] == affinity(trends(NOON - timedelta(hours=1)))


def test_a_trend_observed_at_the_same_moment_or_later_is_not_known_yet():
    assert [None, 0.0] == affinity(trends(NOON))
    assert [None, None] == affinity(trends(NOON + timedelta(days=2)))


def test_a_trend_is_forgotten_after_a_week():
    assert [None, None] == affinity(trends(NOON - timedelta(days=8)))
    assert [2 / 5, None] == affinity(trends(NOON - timedelta(days=6, hours=23)))


def test_what_is_observed_after_a_post_does_not_change_it():
    before = trends(NOON - timedelta(hours=1), topic="rock")
    later = trends(NOON + timedelta(hours=1), topic="spring water")

    assert affinity(before)[0] == affinity(pl.concat([before, later]))[0]


def test_without_trends_nothing_is_known():
    assert [None, None] == affinity(trends().clear())
    assert [None, None] == affinity(pl.DataFrame(schema={"topic": pl.String()}))
