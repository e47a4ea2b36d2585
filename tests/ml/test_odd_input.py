"""Posts that are few, dull, incomplete or strange: a stated fallback or a clear error."""

import polars as pl
import pytest

from domain.errors import InputError, ModelError
from ml.backtest import backtest_engagement
from ml.engagement import EngagementModel
from ml.frame import prepare_posts


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
