"""The forecast of a post's engagement, and its interval."""

import numpy as np
import polars as pl
import pytest

from domain.errors import ModelError
from ml.engagement import EngagementModel
from ml.frame import prepare_posts
from ml.persistence import dump_model, load_model


@pytest.fixture(scope="module")
def posts(invent):
    return invent(accounts=2, posts=250)


@pytest.fixture(scope="module")
def model(posts):
    return EngagementModel.fit(posts, seed=1)


def planned(posts, texts):
    """Copies of the last post of the first account with other texts, a day later, no outcome."""
    last = posts.filter(pl.col("account") == "x:a0").tail(1)
    rows = [
        last.with_columns(
            pl.lit(None, dtype=pl.Int64).alias("likes"),
            pl.lit(None, dtype=pl.Int64).alias("comments"),
            pl.lit(None, dtype=pl.Int64).alias("shares"),
            text=pl.lit(text),
            post_id=pl.lit(f"new-{number}"),
            published_at=pl.col("published_at") + pl.duration(days=1),
        )
        for number, text in enumerate(texts)
    ]
    return pl.concat(rows)


def test_a_word_that_pays_is_learnt(model, posts):
    new = planned(posts, ["Heute rabatt im Laden 3", "Heute kuchen im Laden 3"])
    forecast = dict(model.predict(new, history=posts).select("post_id", "predicted").iter_rows())
    assert forecast["new-0"] - forecast["new-1"] == pytest.approx(1.0, abs=0.35)


def test_the_interval_holds_nine_times_in_ten(invent):
    posts = invent(accounts=3, posts=400, seed=3)
    place = pl.int_range(pl.len()).over("account") / pl.len().over("account")
    past, later = posts.filter(place < 0.7), posts.filter(place >= 0.7)
    forecast = EngagementModel.fit(past).predict(later, history=past)
    actual = prepare_posts(posts).select("post_id", "y")
    inside = forecast.join(actual, on="post_id").select(
        pl.col("y").is_between(pl.col("lower"), pl.col("upper"))
    )
    assert 0.86 <= inside.to_series().mean() <= 0.94


def test_a_past_that_was_observed_twice_tells_what_was_seen_last(model, posts):
    own = posts.filter(pl.col("account") == "x:a0")
    past, asked = own.head(100), own.tail(5)
    early = past.with_columns(
        likes=pl.lit(0), observed_at=pl.col("published_at") + pl.duration(minutes=1)
    )
    late = past.with_columns(observed_at=pl.col("published_at") + pl.duration(days=1))
    twice = pl.concat([early, late], how="diagonal_relaxed")

    assert model.predict(asked, history=late).equals(model.predict(asked, history=twice))


def test_a_forecast_does_not_see_the_outcome_of_its_post(model, posts):
    last = posts.filter(pl.col("account") == "x:a0").tail(1).with_columns(
        published_at=pl.col("published_at") + pl.duration(days=1), post_id=pl.lit("new")
    )  # fmt: skip
    loud = last.with_columns(likes=pl.lit(10**9))
    first, second = (model.predict(rows, history=posts) for rows in (last, loud))
    assert first.equals(second)


@pytest.mark.parametrize("number", [0, 1, 10])
def test_too_few_posts_forecast_the_level_itself(invent, number):
    posts = invent(accounts=1, posts=60)
    model = EngagementModel.fit(posts.head(number))
    assert "trailing_mean" == model.forecaster.kind
    assert model.predict(posts.tail(1), history=posts.head(50))["predicted"][0] == 0.0


def test_an_interval_from_nothing_is_the_whole_line(invent):
    posts = invent(accounts=1, posts=60)
    forecast = EngagementModel.fit(posts.head(0)).predict(posts.tail(1), history=posts.head(5))
    assert (-np.inf, np.inf) == (forecast["lower"][0], forecast["upper"][0])


def test_constant_engagement_forecasts_no_change(invent):
    posts = invent(accounts=1, posts=120).with_columns(likes=pl.lit(10))
    forecast = EngagementModel.fit(posts).predict(posts.tail(5), history=posts.head(115))
    assert forecast["predicted"].to_list() == pytest.approx([0.0] * 5, abs=1e-6)


def test_a_script_and_an_account_never_seen_get_a_finite_forecast(model, posts):
    new = planned(posts, ["สวัสดีชาวโลก วันนี้", "今日は新しいケーキ", ""]).with_columns(
        account=pl.lit("x:new")
    )
    forecast = model.predict(new)
    assert forecast.height == 3
    assert forecast["predicted"].is_finite().all()
    assert forecast["lower"].is_finite().all()


def test_the_same_seed_gives_the_same_model(posts, model):
    again = EngagementModel.fit(posts, seed=1)
    one, two = (m.predict(posts.tail(9), history=posts.head(400)) for m in (model, again))
    assert one.equals(two)


def test_a_stored_model_says_what_the_fitted_one_says(model, posts):
    stored = load_model(dump_model(model))
    one, two = (m.predict(posts.tail(9), history=posts.head(400)) for m in (model, stored))
    assert one.equals(two)


def test_a_stored_model_knows_the_kinds_of_media_from_the_languages(invent):
    """Categories came back in the order of the alphabet, and one's weights served the other."""
    number = pl.int_range(pl.len())
    posts = invent(accounts=2, posts=250).with_columns(
        media_type=pl.when(number % 3 == 0).then(pl.lit("video")).otherwise(pl.lit("text")),
        language=pl.when(number % 2 == 0).then(pl.lit("de")).otherwise(pl.lit("en")),
        likes=pl.col("likes") * pl.when(number % 3 == 0).then(3).otherwise(1),
    )
    fitted = EngagementModel.fit(posts)
    assert ["media_type", "language"] == list(fitted.forecaster.encoder.categories)
    one, two = (
        m.predict(posts.tail(9), history=posts.head(400))
        for m in (fitted, load_model(dump_model(fitted)))
    )
    assert one.equals(two)


def test_bytes_that_are_no_model_are_refused():
    for content in (b"", b"\x80\x04K\x01.", b"PK\x05\x06" + b"\0" * 18):
        with pytest.raises(ModelError, match="train it again"):
            load_model(content)
