"""What an account's earlier posts that mean the like brought."""

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ml.engagement import EngagementModel
from ml.features import build_features
from ml.frame import prepare_posts
from ml.meaning import MEANING, meaning
from ml.persistence import dump_model, load_model

ANIMALS = ("puppy", "kitten", "hound", "tomcat", "terrier", "poodle", "kitty", "spaniel")
MONEY = ("bonds", "shares", "dividends", "mortgages", "taxes", "interest", "pensions", "loans")


@pytest.fixture
def posts(invent):
    """Sixty posts in English, every other one about an animal, which pays; no two words alike."""
    texts = [
        f"Our {ANIMALS[row // 2 % 8]} {row}" if row % 2 else f"Know {MONEY[row // 2 % 8]} {row}"
        for row in range(60)
    ]
    likes = [400 if row % 2 else 20 for row in range(60)]
    return invent(accounts=1, posts=60).sort("published_at").with_columns(
        text=pl.Series(texts), likes=pl.Series(likes), language=pl.lit("en")
    )  # fmt: skip


def told(prepared, asked=None):
    asked = pl.repeat(True, prepared.height, eager=True) if asked is None else asked
    return pl.DataFrame(meaning(prepared, asked))


def test_a_post_that_means_what_paid_before_is_told_so_in_words_never_used(posts):
    new = posts.tail(2).with_columns(text=pl.Series(["Your investments", "The dog barks"]))
    money, animal = told(prepare_posts(pl.concat([posts.head(58), new]))).tail(2)["meant_y"]

    assert animal - money > 0.5


def test_what_is_said_to_be_in_another_language_is_like_nothing(posts):
    other = prepare_posts(posts.with_columns(language=pl.lit("de")))

    assert 0 == told(other).select(pl.sum_horizontal(MEANING).abs().sum()).item()


def test_no_post_sees_its_own_outcome_or_a_later_post(posts):
    prepared = prepare_posts(posts)
    row = pl.int_range(pl.len())
    tampered = prepared.with_columns(y=pl.when(row < 40).then("y").otherwise(9.9))

    assert_frame_equal(told(prepared).head(41), told(tampered).head(41))
    assert_frame_equal(told(prepared).head(41), told(prepared.head(41)))


def test_a_post_means_the_same_whoever_else_asks(posts):
    prepared = prepare_posts(posts)
    asked = pl.Series([row == 50 for row in range(60)])

    assert_frame_equal(told(prepared, asked).filter(asked), told(prepared).filter(asked))
    assert 0 == told(prepared, asked).filter(~asked)["meant_near"].max()


def test_meaning_is_unknown_where_nobody_asked_for_it(posts):
    assert {60} == set(build_features(prepare_posts(posts))[list(MEANING)].null_count().row(0))


def test_a_stored_model_goes_on_to_read_what_posts_mean(posts):
    model = EngagementModel.fit(posts.head(50), meant=True)
    again = load_model(dump_model(model))
    one, two = (m.predict(posts.tail(10), history=posts.head(50)) for m in (model, again))

    assert model.meant and again.meant
    assert np.allclose(one["predicted"], two["predicted"])
