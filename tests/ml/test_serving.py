"""The serving version and the one that would replace it are judged by what the former never saw."""

import polars as pl
import pytest

from ml.engagement import EngagementModel
from ml.frame import prepare_posts
from ml.serving import challenge_engagement, challenge_timing, taught_until, unseen_splits
from ml.timing import fit_slots


def first(posts, share):
    return posts.filter(pl.int_range(pl.len()).over("account") < share * pl.len().over("account"))


def figures(rows):
    return {row["model"]: row["value"] for row in rows.to_dicts() if row["metric"] != "mae"}


def spearmans(rows):
    return figures(rows.filter(pl.col("metric") == "spearman"))


@pytest.fixture(scope="module")
def posts(invent):
    return invent(accounts=2, posts=200)


def test_no_post_that_taught_the_serving_version_judges_it(posts):
    prepared = prepare_posts(posts)
    until = taught_until(first(prepared, 0.8))
    judged = pl.concat(split.test for split in unseen_splits(prepared, until))
    assert (80, 0) == (
        judged.height,
        judged.join(until, on="account")
        .filter(pl.col("published_at") <= pl.col("trained_until"))
        .height,
    )


def test_what_teaches_at_a_step_is_older_than_what_judges(posts):
    prepared = prepare_posts(posts)
    splits = unseen_splits(prepared, taught_until(first(prepared, 0.8)))
    assert [160 * 2, 174 * 2, 187 * 2] == [split.train.height for split in splits]
    for split in splits:
        last = split.train.group_by("account").agg(last=pl.col("published_at").max())
        late = split.test.join(last, on="account").filter(pl.col("published_at") <= pl.col("last"))
        assert late.is_empty()


def test_an_account_that_the_serving_version_does_not_know_is_judged_by_its_last_part(posts):
    prepared = prepare_posts(posts)
    known = prepared.filter(pl.col("account") == "x:a0")
    judged = pl.concat(split.test for split in unseen_splits(prepared, taught_until(known)))
    assert [("x:a1", 60)] == judged.group_by("account").len().rows()


def test_a_version_that_saw_every_post_is_judged_by_none(posts):
    scores = challenge_engagement(posts, EngagementModel.fit(posts))
    assert {("serving", None, 0), ("amsel_since", None, 0)} == set(
        scores.select("model", "value", "posts").rows()
    )


def test_a_version_that_learnt_the_wrong_thing_loses_to_ours(posts, invent):
    misled = EngagementModel.fit(first(invent(accounts=2, posts=200, word=-2.0), 0.8))
    found = spearmans(challenge_engagement(posts, misled))
    assert found["serving"] < 0 < found["amsel_since"]


def test_a_version_that_learnt_what_still_holds_is_not_beaten_by_less_knowledge(posts):
    """Fitted on all but the last fifth, the stored version ties at the first step."""
    serving = EngagementModel.fit(first(posts, 0.8))
    found = spearmans(challenge_engagement(posts, serving))
    assert found["serving"] == pytest.approx(found["amsel_since"], abs=0.1)
    assert found["serving"] > 0.4


def test_hours_that_no_longer_hold_lose_to_new_ones(invent):
    posts = invent(accounts=3, posts=500, hour=1.2, word=0.0)
    known = first(posts, 0.75)
    effects = fit_slots(known)
    mirrored = effects.with_columns(effect=-pl.col("effect"))
    until = taught_until(prepare_posts(known))
    old = figures(challenge_timing(posts, mirrored, until))
    assert old["serving"] < 0 < old["amsel_since"]
    same = figures(challenge_timing(posts, effects, until))
    assert same["serving"] == pytest.approx(same["amsel_since"], abs=0.25)


def test_where_nothing_serves_there_is_nothing_to_compare(posts):
    until = taught_until(prepare_posts(posts)).clear()
    assert challenge_engagement(posts, None).is_empty()
    assert challenge_timing(posts, None, until).is_empty()
