"""A plain rival that is truly best serves: chosen, stored, with its interval and its reasons."""

import numpy as np
import polars as pl
import pytest

from ml.backtest import OURS, backtest_engagement
from ml.engagement import EngagementModel
from ml.hashing import hash_texts
from ml.persistence import dump_model, load_model
from ml.promotion import contender, promote
from ml.rivals import RIVALS
from tests.ml.conftest import invent_hours


@pytest.fixture(scope="module")
def posts():
    return invent_hours(posts=600)


@pytest.fixture(scope="module")
def words(invent):
    return invent(accounts=2, posts=150, hour=0.5)


@pytest.fixture(scope="module")
def fitted(words):
    """By rival a model of it."""
    return {kind: EngagementModel.fit(words.head(280), kind=kind) for kind in RIVALS}


def test_where_the_hour_is_the_whole_truth_its_mean_serves(posts):
    scores = backtest_engagement(posts, steps=3).scores
    ours = pl.col("model") == OURS
    decision = promote(scores.filter(ours), None, scores.filter(~ours))
    assert (True, "hour_mean") == (decision.promoted, decision.kind)


def test_where_words_tell_and_hours_do_not_ours_serves(invent):
    scores = backtest_engagement(invent(accounts=2, posts=200), steps=3).scores
    assert OURS == contender(scores)


@pytest.mark.parametrize("loud", [1.0, 3.0])
def test_the_interval_of_a_serving_rival_holds_also_where_errors_grow(loud):
    posts = invent_hours(posts=1500, seed=4)
    past, later = posts.head(500), posts.tail(1000)
    noise = np.random.default_rng(1).normal(0, 0.4 * (loud**2 - 1) ** 0.5, 1000)
    shaken = (later["likes"].log1p() + pl.Series(noise)).exp() - 1
    later = later.with_columns(likes=shaken.round().cast(pl.Int64).clip(0))

    rows = EngagementModel.fit(past, kind="hour_mean").predict(later, history=past)
    low, high = (rows["level"] + rows[side] for side in ("lower", "upper"))
    held = later["likes"].log1p().is_between(low, high)
    assert 0.87 <= held.mean() <= 0.93


@pytest.mark.parametrize("kind", RIVALS)
def test_a_stored_rival_says_what_the_fitted_one_says(kind, fitted, words):
    model = fitted[kind]
    stored = load_model(dump_model(model))
    assert kind == model.forecaster.kind == stored.forecaster.kind
    one, two = (
        m.predict(words.tail(20), history=words.head(280), why=True) for m in (model, stored)
    )
    assert one.equals(two)


@pytest.mark.parametrize("kind", RIVALS)
def test_all_causes_of_a_rival_together_are_its_forecast(kind, fitted, words):
    forecaster = fitted[kind].forecaster
    features = fitted[kind].features_of(words.tail(20), history=words.head(280))
    counts = hash_texts(features["text"])
    told = [sum(causes.values()) for causes in forecaster.causes(features, counts)]

    whole = forecaster.score(features, counts)
    assert np.ptp(whole - told) == pytest.approx(0, abs=1e-6)
    assert (kind == "trailing_mean") == (np.ptp(whole) == 0)


def test_an_hour_is_explained_by_what_posts_in_it_did(posts):
    last = posts.tail(1)
    for kind, when in (("hour_mean", "at %H:00"), ("weekday_hour_mean", "on %As at %H:00")):
        model = EngagementModel.fit(posts, kind=kind)
        (why,) = model.predict(last, history=posts.head(599), why=True)["why"]
        assert f"how posts {last['published_at'][0].strftime(when)} did" in why


def said(model, rows, history=None):
    features = model.features_of(rows, history=history)
    return model.forecaster.score(features, hash_texts(features["text"]))


def test_a_new_account_borrows_the_hours_of_all(posts):
    model = EngagementModel.fit(posts, kind="hour_mean")
    known, new = posts.head(60), posts.head(60).with_columns(account=pl.lit("x:new"))
    assert said(model, known).any()
    assert said(model, known).tolist() == pytest.approx(said(model, new).tolist())


def test_an_hour_in_which_an_account_never_posted_says_its_level(posts):
    early = posts.filter(pl.col("published_at").dt.hour() < 12)
    late = posts.filter(pl.col("published_at").dt.hour() >= 12)
    model = EngagementModel.fit(early, kind="hour_mean")
    assert not said(model, late, history=early).any()
