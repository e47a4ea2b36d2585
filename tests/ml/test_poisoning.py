"""Fake likes: what is flagged, and how seldom they move what is chosen."""

import numpy as np
import polars as pl
import pytest

from ml.frame import prepare_posts
from ml.poison_trials import Attack, Campaign, moved
from ml.poisoning import bought, leads_in_likes_alone, liked_by_the_clock
from ml.timing import fit_slots


def counts(likes, words):
    return pl.DataFrame({"account": "a", "likes": likes, "comments": words, "shares": 0})


def test_likes_out_of_proportion_are_flagged_and_a_viral_post_is_not():
    words = np.random.default_rng(0).poisson(50, 60)
    likes = 6 * words
    likes[3], likes[4], words[4] = 6000, 6000, 1000
    flags = bought(counts(likes, words))
    assert [3] == np.flatnonzero(flags).tolist()


@pytest.mark.parametrize("rows", [0, 1, 10])
def test_few_posts_have_no_proportion_and_no_flag(rows):
    assert not bought(counts([10_000] * rows, [1] * rows)).any()


def test_a_lead_in_likes_alone_is_told_from_one_in_everything():
    random = np.random.default_rng(1)
    usual, leads = random.normal(2, 0.4, 400), np.arange(400) % 2 == 0
    assert not leads_in_likes_alone(usual, leads)
    assert leads_in_likes_alone(usual + 0.2 * leads, leads)


@pytest.mark.parametrize("attack", [*Attack])
@pytest.mark.parametrize("lead", [0.0, 0.3])
def test_five_percent_of_fake_likes_seldom_move_the_choice(attack, lead):
    assert moved(Campaign(attack, 0.05, lead), runs=100, seed=3) <= 0.05


def test_without_the_guard_a_slow_crowd_would_move_it():
    campaign = Campaign(Attack.SPREAD, 0.05, 0.0)
    assert moved(campaign, runs=60, guarded=False) > 0.3


@pytest.mark.parametrize("hour", [0.5, 0.0])
def test_bursts_of_fake_likes_do_not_move_the_hour(invent, hour):
    posts = invent(accounts=2, posts=300, hour=hour, seed=2)
    night = posts.with_row_index().filter(pl.col("published_at").dt.hour() == 3)["index"][:2]
    fakes = 0.025 * posts["likes"].sum()
    struck = pl.int_range(pl.len()).is_in(night.implode())
    dirty = posts.with_columns(
        likes=pl.col("likes") + pl.when(struck).then(int(fakes)).otherwise(0)
    )
    claimed = [
        set((each.filter("evidence")["slot"] % 24).to_list())
        for each in (fit_slots(prepare_posts(table)) for table in (posts, dirty))
    ]
    assert 3 not in claimed[1]
    assert bool(claimed[0]) == bool(claimed[1])


def test_likes_bought_for_one_hour_are_told_from_an_hour_that_works():
    random = np.random.default_rng(5)
    slot = random.integers(0, 168, 600)
    late = slot % 24 == 20
    size = np.exp(5 + 0.5 * late + random.normal(0, 0.8, 600))
    words = random.poisson(0.15 * size)
    effects = pl.DataFrame({"account": "a", "slot": range(168)}).with_columns(
        effect=0.3 * (pl.col("slot") % 24 == 20)
    )
    honest, bought_for = (
        pl.DataFrame({"account": "a", "slot": slot, "likes": likes, "comments": words, "shares": 0})
        for likes in (size, size + late * 0.8 * size.mean())
    )
    assert [] == liked_by_the_clock(honest, effects)
    assert ["a"] == liked_by_the_clock(bought_for, effects)
    silent = bought_for.with_columns(comments=0)
    assert [] == liked_by_the_clock(silent, effects)
