"""The learning curve: only what teaches differs, and more of it is worth more where it should."""

import polars as pl
import pytest

from ml.backtest import backtest_engagement
from ml.engagement import EngagementModel
from ml.frame import prepare_posts
from ml.learning import SHARES, learning_curve


@pytest.fixture(scope="module")
def posts(invent):
    return invent(accounts=2, posts=120)


@pytest.fixture(scope="module")
def curve(posts):
    return learning_curve(posts)


def test_each_share_of_the_past_teaches_and_the_same_posts_judge(curve):
    assert SHARES == tuple(curve["share"])
    # 84 of each account teach in all; the first of each has no level to be held against
    assert [42, 84, 126, 166] == curve["taught"].to_list()
    assert [72] * 4 == curve["posts"].to_list()


def test_all_of_the_past_is_the_back_test_itself(posts, curve):
    scores = backtest_engagement(posts).scores
    ours = scores.filter((pl.col("model") == "amsel") & (pl.col("metric") == "spearman"))
    last = curve.row(-1, named=True)
    assert ours["value"][0] == pytest.approx(last["spearman"])
    assert (ours["lower"][0], ours["upper"][0]) == pytest.approx((last["lower"], last["upper"]))


def test_the_latest_of_the_past_teach_and_the_earliest_do_not(invent, monkeypatch):
    posts = invent(accounts=2, posts=40)
    taught = []

    class Watched(EngagementModel):
        @classmethod
        def fit(cls, given, **how):
            taught.append(given.group_by("account").agg("post_id").sort("account")["post_id"])
            return EngagementModel.fit(given, **how)

    monkeypatch.setattr("ml.learning.EngagementModel", Watched)
    learning_curve(posts)
    past = [[f"{account}-{number}" for number in range(28)] for account in (0, 1)]
    for share, given in zip((7, 14, 21, 28), taught, strict=True):
        assert [own[-share:] for own in past] == given.to_list()


def test_posts_too_few_to_teach_leave_the_level_which_orders_nothing(invent):
    curve = learning_curve(invent(accounts=1, posts=40))
    assert [0.0] * 4 == curve["spearman"].to_list()
    assert prepare_posts(invent(accounts=1, posts=40)).height == 40
