"""Why a forecast is high or low, in words."""

import numpy as np
import polars as pl
import pytest

from ml.engagement import EngagementModel
from ml.explanations import REASON_SCHEMA, explain, sentences
from ml.hashing import Wording


@pytest.fixture(scope="module")
def posts(invent):
    return invent(accounts=2, posts=250)


@pytest.fixture(scope="module")
def model(posts):
    return EngagementModel.fit(posts, seed=1)


def planned(posts, text):
    last = posts.filter(pl.col("account") == "x:a0").tail(1)
    unknown = [pl.lit(None, dtype=pl.Int64).alias(name) for name in ("likes", "comments", "shares")]
    at = pl.col("published_at") + pl.duration(days=1)
    return last.with_columns(*unknown, text=pl.lit(text), post_id=pl.lit("new"), published_at=at)


def test_the_word_that_pays_is_named_as_what_raises_the_post(model, posts):
    (why,) = sentences(
        explain(model, planned(posts, "Heute rabatt im Laden 3"), history=posts), most=9
    )["why"]
    raised, _, _ = why.partition("; lowered")
    assert raised.startswith("Raised by")
    assert "“rabatt" in raised


def test_all_causes_together_are_the_forecast(model, posts):
    rows = posts.tail(30)
    causes = explain(model, rows, history=posts.head(470))
    told = causes.group_by("post_id", maintain_order=True).agg(pl.col("effect").log1p().sum())
    features = model.features_of(rows, history=posts.head(470))
    # the intercepts of the parts are nobody's cause, and the same for every post of an account
    apart = model._score(features, Wording.of(features["text"])) - told["effect"].to_numpy()
    assert np.ptp(apart) == pytest.approx(0, abs=1e-6)


def test_causes_come_strongest_first(model, posts):
    (one,) = explain(model, posts.tail(1), history=posts.head(499)).partition_by("post_id")
    sizes = one["effect"].log1p().abs().to_list()
    assert sizes == sorted(sizes, reverse=True)


def test_a_post_of_which_nothing_speaks_says_so():
    reasons = pl.DataFrame([("x:a", "1", "the time", 0.01)], schema=REASON_SCHEMA, orient="row")
    (why,) = sentences(reasons)["why"]
    assert "Nothing about this post speaks for more or less than usual." == why


def test_a_model_of_too_few_posts_names_no_cause(posts):
    model = EngagementModel.fit(posts.head(10))
    assert explain(model, posts.tail(1)).is_empty()
