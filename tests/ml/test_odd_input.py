"""Posts that are few, dull, incomplete or strange: a stated fallback or a clear error."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import ml.content
import ml.engagement
from domain.errors import InputError, ModelError
from ml.backtest import backtest_engagement
from ml.engagement import EngagementModel
from ml.frame import latest_known, prepare_posts
from ml.timing import fit_slots


def test_ten_posts_are_judged_by_the_level_alone(invent):
    result = backtest_engagement(invent(accounts=1, posts=10), thorough=True)
    ours = result.predictions.filter(pl.col("model") == "amsel")
    assert [0.0] * 3 == ours["predicted"].to_list()
    models = {"amsel", "trailing_mean", "hour_mean", "weekday_hour_mean"}
    assert models == set(result.scores["model"])


@pytest.mark.parametrize("number", [0, 1])
def test_no_post_and_one_post_are_refused_with_the_remedy(invent, number):
    with pytest.raises(ModelError, match="no post is left to judge by; import more posts"):
        backtest_engagement(invent(accounts=1, posts=3).head(number))


def test_constant_engagement_is_forecast_to_stay_with_no_width(invent):
    posts = invent(accounts=2, posts=120).with_columns(likes=pl.lit(10))
    rows = backtest_engagement(posts, thorough=True).predictions
    ours = rows.filter(pl.col("model") == "amsel")
    assert ours["predicted"].abs().max() < 1e-6
    assert (ours["upper"] - ours["lower"]).max() < 1e-6


def test_a_judged_script_that_never_taught_is_forecast(invent):
    posts = invent(accounts=1, posts=100).with_columns(
        text=pl.when(pl.int_range(pl.len()) < 70)
        .then(pl.col("text"))
        .otherwise(pl.lit("今日は新しいケーキ"))
    )
    ours = backtest_engagement(posts).predictions.filter(pl.col("model") == "amsel")
    assert ours["predicted"].is_finite().all()


def test_columns_that_may_lack_are_done_without(invent):
    posts = invent(accounts=1, posts=100)
    assert backtest_engagement(posts.drop("text", "media_type", "platform")).predictions.height


def test_columns_that_must_not_lack_are_named(invent):
    posts = invent(accounts=1, posts=100).drop("published_at", "comments")
    with pytest.raises(InputError, match=r"published_at, comments.*amsel import"):
        EngagementModel.fit(posts)


def test_counts_that_shrink_are_taken_as_last_seen(invent):
    post = invent(accounts=1, posts=1)
    seen = [
        post.with_columns(
            likes=pl.lit(likes), observed_at=pl.col("published_at") + pl.duration(hours=hours)
        )
        for likes, hours in ((90, 24), (70, 48))
    ]
    assert [70.0] == prepare_posts(pl.concat(seen))["engagement"].to_list()


def test_outcomes_still_unknown_leave_a_gap_and_no_hole(invent):
    posts = invent(accounts=1, posts=200)
    unknown = pl.int_range(pl.len()) % 7 == 0
    gaps = posts.with_columns(
        pl.when(~unknown).then(pl.col(name)).alias(name) for name in ("likes", "comments", "shares")
    )
    forecast = EngagementModel.fit(gaps.head(150)).predict(gaps.tail(50), history=gaps.head(150))
    assert 50 == forecast["predicted"].is_finite().sum()


def test_of_an_account_with_a_million_posts_the_newest_teach():
    one = pl.DataFrame({"account": "x:loud", "y": pl.repeat(0.0, 1_000_000, eager=True)})
    few = pl.DataFrame({"account": "x:quiet", "y": [0.0] * 10})
    taught = latest_known(one, ml.engagement.MOST_POSTS)
    assert (100_000, 900_000) == (taught.sum(), taught.arg_max())
    both = latest_known(pl.concat([one, few]), ml.engagement.MOST_POSTS)
    assert (50_000, 10) == (both.head(1_000_000).sum(), both.tail(10).sum())


def test_what_an_account_has_beyond_the_cap_reaches_no_estimator(invent, monkeypatch):
    """What is fitted, and what it takes in memory, does not grow with an account's past."""
    posts = invent(accounts=1, posts=400)
    newest = posts["published_at"].sort().tail(150).min()
    met = []

    def spy(module, name):
        kept = getattr(module, name)

        def met_by(features, *more, **named):
            met.append((name, features.height, features["published_at"].min()))
            return kept(features, *more, **named)

        monkeypatch.setattr(module, name, met_by)

    spy(ml.engagement, "fit_blend")
    spy(ml.content, "clipped_target")
    monkeypatch.setattr(ml.engagement, "MOST_POSTS", 150)
    monkeypatch.setattr(ml.content, "MOST_POSTS", 60)
    EngagementModel.fit(posts)
    fit_slots(posts)
    assert [("fit_blend", 150, newest)] == met[:1]
    assert [60, 60] == [height for name, height, _ in met if name == "clipped_target"]


@pytest.fixture(scope="module")
def steady(invent):
    """Posts of an account, the last of them to be forecast, and a model of the others."""
    posts = invent(accounts=1, posts=120)
    return posts, EngagementModel.fit(posts.head(90))


def forecast(model, posts, history):
    said = model.predict(posts, history=history).select("post_id", "predicted", "lower", "upper")
    return said.sort("post_id")


def test_a_post_from_the_future_changes_no_forecast_before_it(steady):
    posts, model = steady
    late = posts.tail(1).with_columns(
        post_id=pl.lit("late"), published_at=datetime(2090, 1, 1, tzinfo=UTC), likes=pl.lit(10**7)
    )
    jumped = pl.concat([posts.head(90), late.cast(posts.schema)])
    assert_frame_equal(
        forecast(model, posts.tail(30), posts.head(90)), forecast(model, posts.tail(30), jumped)
    )


def test_a_post_from_the_future_may_teach_and_what_is_learnt_stays_sane(steady):
    posts, _ = steady
    late = pl.col("post_id") == posts["post_id"][40]
    jumped = posts.with_columns(
        pl.when(late).then(datetime(2090, 1, 1, tzinfo=UTC)).otherwise("published_at")
        .cast(posts.schema["published_at"]).alias("published_at")
    )  # fmt: skip
    model = EngagementModel.fit(jumped.head(90))
    assert forecast(model, posts.tail(30), jumped.head(90))["predicted"].abs().max() < 3
    assert fit_slots(jumped)["effect"].abs().max() < 3


def test_an_observation_from_before_its_post_counts_as_any_other(steady):
    posts, model = steady
    early = posts.with_columns(observed_at=pl.col("published_at") - timedelta(hours=5))
    assert_frame_equal(
        prepare_posts(early).drop("observed_at"), prepare_posts(posts).drop("observed_at")
    )
    assert_frame_equal(
        forecast(model, early.tail(30), early.head(90)),
        forecast(model, posts.tail(30), posts.head(90)),
    )


def test_posts_of_one_and_the_same_instant_are_learnt_from_in_whatever_order(steady):
    posts, _ = steady
    at_once = posts.with_columns(published_at=posts["published_at"][0])
    turned = at_once.reverse()
    first, second = (
        forecast(EngagementModel.fit(each), at_once.tail(5), each) for each in (at_once, turned)
    )
    assert_frame_equal(first, second)
    assert first["predicted"].is_finite().all()
    assert fit_slots(at_once)["effect"].is_finite().all()


def test_rows_in_backward_order_teach_the_same(steady):
    posts, model = steady
    backward = EngagementModel.fit(posts.head(90).reverse())
    assert_frame_equal(
        forecast(model, posts.tail(30), posts.head(90)),
        forecast(backward, posts.tail(30).reverse(), posts.head(90).reverse()),
    )
    assert_frame_equal(fit_slots(posts), fit_slots(posts.reverse()))
