"""Models are judged on later posts, beside baselines."""

import numpy as np
import polars as pl
import pytest

from domain.errors import ModelError
from ml.backtest import backtest_engagement
from ml.frame import prepare_posts
from ml.judging import SCORE_SCHEMA, Split, check_split, score, split_in_time
from ml.promotion import contender, promote
from ml.rivals import RIVALS
from ml.timing_backtest import backtest_timing, verdict

BASELINES = {
    "trailing_mean", "hour_mean", "weekday_hour_mean", "tfidf_ridge", "gradient_boosting",
    "plain_blend", "history_blend", "lightgbm",
}  # fmt: skip


@pytest.fixture(scope="module")
def engagement(invent):
    return backtest_engagement(invent(accounts=3, posts=200))


def scores(*rows):
    full = [(model, metric, value, lower, 1.0, 1, 50) for model, metric, value, lower in rows]
    return pl.DataFrame(full, schema=SCORE_SCHEMA, orient="row")


def test_every_judged_post_is_later_than_all_that_taught(invent):
    split = split_in_time(prepare_posts(invent(accounts=2, posts=100)))
    assert (split.train.height, split.test.height) == (140, 60)
    for (name,), train in split.train.group_by("account"):
        test = split.test.filter(pl.col("account") == name)
        assert train["published_at"].max() < test["published_at"].min()


def test_a_split_that_leaks_is_refused(invent):
    prepared = prepare_posts(invent(accounts=1, posts=40))
    odd = pl.int_range(pl.len()) % 2 == 1
    with pytest.raises(ModelError, match="older than posts that teach"):
        check_split(Split(prepared.filter(odd), prepared.filter(~odd)))


def test_training_posts_from_the_judged_time_are_refused(invent):
    posts = invent(accounts=1, posts=100)
    for judge in (backtest_engagement, backtest_timing):
        with pytest.raises(ModelError, match="older than posts that teach"):
            judge(posts.head(50), train=posts.tail(50))


def test_every_baseline_stands_beside_ours(engagement):
    assert {"amsel", *BASELINES} == set(engagement.scores["model"])
    judged = engagement.predictions.group_by("model").len()
    assert {180} == set(judged["len"])


def test_ours_beats_the_baselines_that_cannot_read(engagement):
    rank = dict(
        engagement.scores.filter(pl.col("metric") == "spearman").select("model", "value").rows()
    )
    assert rank["amsel"] > 0.5
    assert rank["amsel"] > rank["hour_mean"] + 0.2
    assert rank["trailing_mean"] == 0.0


def test_outcomes_that_are_shuffled_cannot_be_forecast(invent):
    posts = invent(accounts=3, posts=200).with_columns(pl.col("likes").shuffle(seed=1))
    result = backtest_engagement(posts)
    ours = result.scores.filter((pl.col("model") == "amsel") & (pl.col("metric") == "spearman"))
    assert ours["value"][0] < 0.2


def test_a_rolling_origin_judges_each_late_post_once(invent):
    result = backtest_engagement(invent(accounts=1, posts=150), steps=3)
    ours = result.predictions.filter(pl.col("model") == "amsel")
    assert 45 == ours.height == ours["post_id"].n_unique()


def test_a_separate_training_table_teaches_and_all_of_the_input_is_judged(invent):
    posts = invent(accounts=1, posts=150)
    result = backtest_engagement(posts.tail(50), train=posts.head(100))
    assert result.predictions.filter(pl.col("model") == "amsel").height == 50


def test_one_post_cannot_be_judged(invent):
    with pytest.raises(ModelError, match="import more posts"):
        backtest_engagement(invent(accounts=1, posts=1))


def test_hours_that_do_nothing_deliver_and_promise_nothing(invent):
    result = backtest_timing(invent(accounts=12, posts=150, seed=2))
    ours = result.scores.filter(pl.col("model") == "amsel")
    figures = dict(ours.select("metric", "value").rows())
    assert 0.0 == figures["delivered"] == figures["claimed"] == figures["claimed_shuffled"]
    assert verdict(result.scores) == "no evidence"
    raw = result.scores.filter(pl.col("model") == "raw_hour_mean")
    assert raw.filter(pl.col("metric") == "claimed_shuffled")["value"][0] > 0.2


def test_an_hour_that_pays_is_delivered_on_posts_never_seen(invent):
    result = backtest_timing(invent(accounts=12, posts=300, hour=0.3, seed=3))
    ours = result.scores.filter((pl.col("model") == "amsel") & (pl.col("metric") == "delivered"))
    assert ours["lower"][0] > 0.05
    assert verdict(result.scores) == "evidence"


def test_the_odds_of_all_slots_of_an_account_sum_to_one(invent):
    rows = backtest_timing(invent(accounts=2, posts=100)).predictions
    sums = rows.group_by("account").agg(pl.col("propensity").sum(), low=pl.col("propensity").min())
    assert sums["propensity"].to_list() == pytest.approx([1.0, 1.0])
    assert sums["low"].min() > 0


def test_coverage_counts_posts_and_rank_counts_accounts():
    rows = pl.DataFrame(
        {
            "account": ["a"] * 3 + ["b"],
            "model": ["m"] * 4,
            "predicted": [1.0, 2.0, 3.0, 1.0],
            "lower": [0.0, 0.0, 9.0, 0.0],
            "upper": [9.0, 9.0, 9.5, 9.0],
            "actual": [1.0, 2.0, 3.0, 1.0],
        }
    )
    found = dict(score(rows, seed=0).select("metric", "value").rows())
    assert pytest.approx(found) == {"spearman": 0.5, "mae": 0.0, "coverage": 0.75}


def test_the_order_of_a_few_posts_counts_only_where_nobody_has_more():
    def account(name, posts, order):
        actual = [float(number) for number in range(posts)]
        columns = {"predicted": actual[::order], "lower": actual, "upper": actual, "actual": actual}
        return pl.DataFrame({"account": name, "model": "m"} | columns)

    grown, young = account("grown", 40, 1), account("young", 5, -1)

    for rows, value, judged in ((pl.concat([grown, young]), 1.0, 40), (young, -1.0, 5)):
        (spearman,) = score(rows, seed=0).filter(pl.col("metric") == "spearman").rows(named=True)
        assert (value, 1, judged) == (spearman["value"], spearman["accounts"], spearman["posts"])


def test_a_candidate_that_loses_to_a_baseline_is_not_promoted():
    ours = scores(("amsel", "spearman", 0.40, 0.3))
    decision = promote(ours, None, scores(("tfidf_ridge", "spearman", 0.41, 0.3)))
    assert (decision.promoted, "tfidf_ridge" in decision.reason) == (False, True)


def duel(candidate, serving, posts=50, kind="amsel"):
    newer = f"{kind}_since"
    both = scores((newer, "spearman", candidate, 0.1), ("serving", "spearman", serving, 0.1))
    return both.with_columns(posts=pl.lit(posts, pl.Int64))


def lead(model, value, lower):
    return scores(("amsel", "spearman", 0.4, 0.3), (model, "spearman", 0.4 + value, 0.3)).extend(
        scores((model, "lead", value, lower))
    )


def decide(rows, serving=None):
    ours = pl.col("model") == "amsel"
    return promote(rows.filter(ours), serving, rows.filter(~ours))


def test_a_rival_that_is_proven_to_lead_serves_in_our_place():
    decision = decide(lead("hour_mean", 0.1, 0.01))
    assert (True, "hour_mean") == (decision.promoted, decision.kind)
    assert "hour_mean ranks posts better than ours" in decision.reason


def test_a_rival_whose_lead_may_be_chance_does_not_serve_nor_do_we():
    decision = decide(lead("hour_mean", 0.1, -0.01))
    assert (False, "amsel") == (decision.promoted, decision.kind)
    assert "may be chance" in decision.reason


def test_a_rival_that_cannot_be_stored_does_not_serve():
    decision = decide(lead("prophet", 0.1, 0.05))
    assert (False, "amsel") == (decision.promoted, decision.kind)
    assert "cannot serve" in decision.reason


def test_a_lead_on_few_posts_proves_nothing():
    few = lead("hour_mean", 0.1, 0.01).with_columns(posts=pl.lit(29, pl.Int64))
    assert not decide(few).promoted


def test_a_rival_must_beat_the_serving_version_as_ours_must():
    rows = lead("hour_mean", 0.1, 0.01)
    assert decide(rows, duel(0.31, 0.3, kind="hour_mean")).promoted
    beaten = decide(rows, duel(0.3, 0.3, kind="hour_mean"))
    assert (False, "hour_mean") == (beaten.promoted, beaten.kind)


def test_among_rivals_that_all_guess_the_luckiest_does_not_serve():
    """One rival alone leads one in twenty times by chance; ten would two in five times."""
    random = np.random.default_rng(9)
    names, empty = ["amsel", *RIVALS], pl.lit(None, pl.Float64)
    accounts = [f"a{number // 20}" for number in range(240)]
    won = luckiest = 0
    for _ in range(20):
        shared = {"account": accounts, "actual": random.normal(size=240)}
        guesses = pl.concat(
            pl.DataFrame(shared | {"model": name, "predicted": random.normal(size=240)})
            for name in names
        )
        rows = guesses.with_columns(lower=empty, upper=empty)
        found = score(rows, seed=0, ours="amsel")
        won += contender(found) != "amsel"
        best = found.filter(pl.col("metric") == "spearman").sort("value")["model"].last()
        luckiest += best != "amsel"
    assert won <= 2 < 15 <= luckiest


def test_models_that_were_asked_about_other_posts_are_not_compared():
    values = [float(number) for number in range(40)]
    columns = {"predicted": values, "actual": values, "lower": values, "upper": values}
    ours = pl.DataFrame({"account": "a", "model": "amsel"} | columns)
    fewer = ours.with_columns(model=pl.lit("hour_mean")).head(30)
    assert "lead" not in score(pl.concat([ours, fewer]), seed=0, ours="amsel")["metric"]


def test_a_candidate_that_only_equals_the_serving_version_is_not_promoted():
    ours = scores(("amsel", "spearman", 0.40, 0.3))
    rivals = scores(("tfidf_ridge", "spearman", 0.2, 0.1))
    assert not promote(ours, duel(0.3, 0.3), rivals).promoted
    assert promote(ours, duel(0.31, 0.3), rivals).promoted


def test_too_few_posts_that_the_serving_version_never_saw_leave_it_serving():
    ours = scores(("amsel", "spearman", 0.40, 0.3))
    decision = promote(ours, duel(0.9, 0.1, posts=29), scores())
    assert (decision.promoted, "29 posts" in decision.reason) == (False, True)


def test_timing_whose_interval_reaches_zero_is_not_promoted():
    ours = scores(("amsel", "delivered", 0.05, 0.0))
    decision = promote(ours, None, scores(), metric="delivered")
    assert not decision.promoted
    assert decision.reason.startswith("no evidence")


def test_an_hour_that_few_posts_stand_for_is_no_evidence():
    ours = scores(("amsel", "delivered", 0.5, 0.3))
    assert promote(ours, None, scores(), metric="delivered").promoted
    few = ours.with_columns(posts=pl.lit(29))
    assert not promote(few, None, scores(), metric="delivered").promoted
    assert (verdict(ours), verdict(few)) == ("evidence", "no evidence")


@pytest.mark.parametrize("judge", [backtest_engagement, backtest_timing])
def test_posts_without_any_text_are_judged_too(invent, judge):
    result = judge(invent(accounts=2, posts=120).with_columns(text=pl.lit("")))
    assert "amsel" in result.scores["model"].to_list()


def test_a_candidate_that_was_not_judged_is_an_error():
    with pytest.raises(ModelError, match="back-test it first"):
        promote(scores(), None, scores())


def test_steps_whose_posts_are_too_young_to_be_counted_are_passed_over(invent):
    posts = invent(accounts=1, posts=150)
    unknown = pl.when(pl.int_range(pl.len()) < 120).then(pl.col("likes"))
    young = posts.with_columns(likes=unknown, comments=None, shares=None)
    result = backtest_engagement(young, steps=3)

    assert 15 == result.predictions.filter(model="amsel").height


def test_where_every_judged_post_is_too_young_there_is_nothing_to_judge(invent):
    posts = invent(accounts=1, posts=150)
    unknown = pl.when(pl.int_range(pl.len()) < 100).then(pl.col("likes"))
    young = posts.with_columns(likes=unknown, comments=None, shares=None)

    with pytest.raises(ModelError, match="no post that judges is old enough"):
        backtest_engagement(young)
