"""The training table: each post beside its account's own recent level."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from domain.errors import InputError
from ml.frame import prepare_posts


def test_the_level_is_the_mean_of_the_fifty_posts_before(invent):
    prepared = prepare_posts(invent(accounts=1, posts=80))
    log = np.log1p(prepared["engagement"].to_numpy())
    assert prepared["level"][0] is None
    assert prepared["level"][70] == pytest.approx(log[20:70].mean())
    assert prepared["y"][70] == pytest.approx(log[70] - log[20:70].mean())


def test_replies_and_reposts_are_left_out(invent):
    posts = invent(accounts=1, posts=4).with_columns(
        text=pl.Series(["@you yes", "RT @you: hi", "own", "marked"]),
        is_reply=pl.Series([None, False, False, True]),
    )
    assert prepare_posts(posts)["text"].to_list() == ["own"]


def test_of_several_observations_the_latest_counts_or_the_one_at_the_wanted_age(invent):
    post = invent(accounts=1, posts=1)
    seen = [
        post.with_columns(likes=pl.lit(n), observed_at=pl.col("published_at") + pl.duration(days=d))
        for n, d in ((5, 1), (50, 7), (60, 30))
    ]
    posts = pl.concat([seen[2], seen[0], seen[1]])
    assert prepare_posts(posts)["engagement"].to_list() == [60.0]
    assert prepare_posts(posts, age=timedelta(days=7))["engagement"].to_list() == [50.0]


def test_a_planned_post_has_a_level_but_no_target(invent):
    posts = invent(accounts=1, posts=60)
    last = pl.int_range(pl.len()) >= 58
    planned = posts.with_columns(
        pl.when(~last).then(pl.col(name)).alias(name) for name in ("likes", "comments", "shares")
    )
    prepared = prepare_posts(planned)
    assert prepared["y"].tail(2).null_count() == 2
    assert prepared["level"].tail(2).null_count() == 0


def test_a_missing_column_is_named_with_the_remedy(invent):
    with pytest.raises(InputError, match=r"likes, shares.*amsel import"):
        prepare_posts(invent(accounts=1, posts=3).drop("likes", "shares"))


def test_a_negative_count_names_the_post(invent):
    posts = invent(accounts=1, posts=3).with_columns(comments=pl.Series([0, -1, 0]))
    with pytest.raises(InputError, match="comments of post 0-1"):
        prepare_posts(posts)


def test_no_posts_give_an_empty_frame(invent):
    assert prepare_posts(invent(accounts=1, posts=3).head(0)).height == 0
