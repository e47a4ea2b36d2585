"""A post's features are what was known at the moment it was published."""

import math
from datetime import UTC, datetime

import numpy as np
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


def test_a_post_is_told_the_same_whoever_else_asks(invent):
    prepared = prepare_posts(invent(accounts=3, posts=130))
    whole = build_features(prepared)
    for rows in ({0}, {3, 129}, {130, 200, 389}, set()):
        asked = pl.Series([row in rows for row in range(prepared.height)])
        assert_frame_equal(build_features(prepared, asked=asked), whole.filter(asked))


def test_what_an_account_brought_is_not_told_to_the_next_one(invent):
    posts = invent(accounts=2, posts=30)
    unknown = pl.col("account").eq(posts["account"][-1]) & (
        pl.int_range(pl.len()).over("account") < 5
    )
    counts = [pl.when(~unknown).then(name).alias(name) for name in ("likes", "comments", "shares")]
    told = features(posts.with_columns(counts)).tail(30).head(5)

    assert (5, 5, 5) == told["back_1", "level_all", "last_share_share"].null_count().row(0)


def test_the_median_is_that_of_the_fifty_posts_before(invent):
    prepared = prepare_posts(invent(accounts=1, posts=120))
    log = np.log1p(prepared["engagement"].to_numpy())
    told = build_features(prepared)["level_median"][100] + prepared["level"][100]
    assert told == pytest.approx(np.median(log[50:100]), abs=1e-5)


def test_the_outcome_of_the_post_before_is_seen(invent):
    posts = invent(accounts=1, posts=60)
    louder = posts.with_columns(
        likes=pl.when(pl.col("post_id") == "0-40").then(99_999).otherwise(pl.col("likes"))
    )
    before, after = (
        features(p).filter(pl.col("post_id") == "0-41")["last_y"][0] for p in (posts, louder)
    )
    assert after > before + 3


def test_an_opening_counts_as_much_as_its_earlier_posts_brought(invent):
    openings = ["Heute", "morgen", "heute", "", "Heute", "Heute"]
    likes = [10, 20, 40, 5, None, 30]
    posts = invent(accounts=2, posts=6).with_columns(
        text=pl.Series([f"{opening} Brot" if opening else "" for opening in openings] * 2),
        likes=pl.Series(likes * 2), comments=pl.lit(None, pl.Int64), shares=pl.lit(None, pl.Int64),
    )  # fmt: skip
    prepared = prepare_posts(posts)
    told = build_features(prepared).filter(pl.col("account") == "x:a1")["opening_y"].to_list()
    # the first post has no level yet, and the fifth no outcome
    y = prepared.filter(pl.col("account") == "x:a1")["y"].to_list()
    assert [0, 0, 0, 0, y[2] / 9, y[2] / 9] == pytest.approx(told, abs=1e-6)


def test_hours_are_counted_where_the_audience_lives(invent):
    at = [datetime(2026, 3, 28, 8, tzinfo=UTC), datetime(2026, 3, 29, 8, tzinfo=UTC)]
    posts = invent(accounts=1, posts=2).with_columns(published_at=pl.Series(at))
    built = build_features(prepare_posts(posts), zones={"x:a0": "Europe/Berlin"})
    assert built["hour"].to_list() == [9.0, 10.0]
    assert built["weekday"].to_list() == [5.0, 6.0]


def test_form_is_read_from_the_text(invent):
    texts = [
        "Really? 3 of 10: https://a.bc #yes #no",
        "嗨 你好吗\uff1f😀",
        "“So” ☀✂🚀 @you,@me a@b",
    ]
    posts = invent(accounts=1, posts=3).with_columns(text=pl.Series(texts))
    built = build_features(prepare_posts(posts)).to_dicts()
    names = ("questions", "numbers", "urls", "hashtags", "emoji", "mentions")
    assert [built[0][name] for name in names] == [1, 2, 1, 2, 0, 0]
    assert [built[1][name] for name in names] == [1, 0, 0, 0, 1, 0]
    assert [built[2][name] for name in names] == [0, 0, 0, 0, 3, 2]


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
