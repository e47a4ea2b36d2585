"""Why a forecast is high or low, in words."""

import numpy as np
import polars as pl
import pytest

from ml.engagement import EngagementModel
from ml.explanations import NOTHING, REASON_SCHEMA, explain, sentences
from ml.hashing import hash_texts


@pytest.fixture(scope="module")
def posts(invent):
    return invent(accounts=2, posts=250)


@pytest.fixture(scope="module")
def model(posts):
    return EngagementModel.fit(posts, seed=1)


def reasons(model, rows, history=None):
    features = model.features_of(rows, history=history)
    return explain(model.forecaster, features, hash_texts(features["text"]))


def planned(posts, text):
    last = posts.filter(pl.col("account") == "x:a0").tail(1)
    unknown = [pl.lit(None, dtype=pl.Int64).alias(name) for name in ("likes", "comments", "shares")]
    at = pl.col("published_at") + pl.duration(days=1)
    return last.with_columns(*unknown, text=pl.lit(text), post_id=pl.lit("new"), published_at=at)


def test_the_word_that_pays_is_named_as_what_raises_the_post(model, posts):
    (why,) = sentences(reasons(model, planned(posts, "Heute rabatt im Laden 3"), posts), most=9)[
        "why"
    ]
    raised, _, _ = why.partition("; lowered")
    assert raised.startswith("Raised by")
    assert "“rabatt" in raised


def test_all_causes_together_are_the_forecast(model, posts):
    rows = posts.tail(30)
    causes = reasons(model, rows, posts.head(470))
    told = causes.group_by("post_id", maintain_order=True).agg(pl.col("effect").log1p().sum())
    features = model.features_of(rows, history=posts.head(470))
    # the intercepts of the parts are nobody's cause, and the same for every post of an account
    said = model.forecaster.score(features, hash_texts(features["text"]))
    apart = said - told["effect"].to_numpy()
    assert np.ptp(apart) == pytest.approx(0, abs=1e-6)


def test_causes_come_strongest_first(model, posts):
    (one,) = reasons(model, posts.tail(1), posts.head(499)).partition_by("post_id")
    sizes = one["effect"].log1p().abs().to_list()
    assert sizes == sorted(sizes, reverse=True)


def test_a_post_of_which_nothing_speaks_says_so():
    weak = pl.DataFrame([("x:a", "1", "the time", 0.01)], schema=REASON_SCHEMA, orient="row")
    assert [NOTHING] == sentences(weak)["why"].to_list()


def test_a_model_of_too_few_posts_names_no_cause(posts):
    model = EngagementModel.fit(posts.head(10))
    assert reasons(model, posts.tail(1)).is_empty()
    assert [NOTHING] == model.predict(posts.tail(1), why=True)["why"].to_list()


def test_each_forecast_comes_with_its_own_reasons_where_they_are_asked_for(model, posts):
    rows, history = posts.tail(3), posts.head(497)
    told = model.predict(rows, history=history, why=True)
    assert told.drop("why").equals(model.predict(rows, history=history))

    alone = sentences(reasons(model, rows, history))
    assert told.select("post_id", "why").rows() == alone.select("post_id", "why").rows()
    assert 3 == told["why"].n_unique()
