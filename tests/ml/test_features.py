"""A post's features are what was known at the moment it was published."""

import math
from datetime import UTC, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ml.features import CATEGORIES, NUMBERS, build_features
from ml.frame import prepare_posts

KNOWN = ["post_id", "level", *NUMBERS, *CATEGORIES]


def features(posts):
    return build_features(prepare_posts(posts)).select(KNOWN)


@pytest.mark.parametrize("row", [1, 30, 59])
def test_the_features_of_a_post_do_not_see_its_outcome_or_later_posts(invent, row):
    posts = invent(accounts=2, posts=60)
    before = features(posts).filter(pl.col("post_id") == f"0-{row}")
    number = pl.col("post_id").str.split("-").list.last().cast(pl.Int64)
    tampered = posts.with_columns(
        likes=pl.when(number >= row).then(pl.col("likes") * 1000 + 7).otherwise(pl.col("likes"))
    )
    shortened = posts.filter(number <= row)
    for other in (tampered, shortened):
        after = features(other).filter(pl.col("post_id") == f"0-{row}")
        assert_frame_equal(before, after)


def test_the_outcome_of_the_post_before_is_seen(invent):
    posts = invent(accounts=1, posts=60)
    louder = posts.with_columns(
        likes=pl.when(pl.col("post_id") == "0-40").then(99_999).otherwise(pl.col("likes"))
    )
    before, after = (
        features(p).filter(pl.col("post_id") == "0-41")["last_y"][0] for p in (posts, louder)
    )
    assert after > before + 3


def test_hours_are_counted_where_the_audience_lives(invent):
    at = [datetime(2026, 3, 28, 8, tzinfo=UTC), datetime(2026, 3, 29, 8, tzinfo=UTC)]
    posts = invent(accounts=1, posts=2).with_columns(published_at=pl.Series(at))
    built = build_features(prepare_posts(posts), zones={"x:a0": "Europe/Berlin"})
    assert built["hour"].to_list() == [9.0, 10.0]
    assert built["weekday"].to_list() == [5.0, 6.0]


def test_form_is_read_from_the_text(invent):
    texts = ["Really? 3 of 10: https://a.bc #yes #no", "嗨 你好吗\uff1f😀"]
    posts = invent(accounts=1, posts=2).with_columns(text=pl.Series(texts))
    built = build_features(prepare_posts(posts)).to_dicts()
    names = ("questions", "numbers", "urls", "hashtags", "emoji")
    assert [built[0][name] for name in names] == [1, 2, 1, 2, 0]
    assert [built[1][name] for name in names] == [1, 0, 0, 0, 1]


def test_followers_are_those_known_before_the_post_and_not_its_own(invent):
    posts = invent(accounts=1, posts=5).with_columns(followers=pl.Series([9, 99, None, 999, 9999]))
    found = features(posts)["followers_change"].to_list()

    # what the last post before it told, where it told anything, against what was known before that
    assert [None, None, 1.0, 0.0, 1.0] == [each and round(each / math.log(10), 3) for each in found]


def test_affinity_to_trends_is_taken_where_it_is_known_and_null_elsewhere(invent):
    posts = invent(accounts=1, posts=3)
    known = posts.with_columns(trend_affinity=pl.Series([None, 0.25, 1.0]))

    assert [None, 0.25, 1.0] == features(known)["trend_affinity"].to_list()
    assert 3 == features(posts)["trend_affinity"].null_count()
