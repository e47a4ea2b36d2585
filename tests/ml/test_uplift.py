"""What the automation was worth, judged against the fixed-hours past."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from ml.uplift import estimate_holdout, estimate_uplift, fixed_hours_posts


def frame(account: str, level: float, count: int, seed: int) -> pl.DataFrame:
    values = np.random.default_rng(seed).lognormal(level, 0.5, count)
    return pl.DataFrame({"account": account, "engagement": values})


def test_a_planted_gain_lies_in_its_interval():
    past = pl.concat([frame("x:a", 3, 300, 1), frame("x:b", 5, 300, 2)])
    ours = pl.concat([frame("x:a", 3.3, 60, 3), frame("x:b", 5.3, 60, 4)])

    uplift = estimate_uplift(ours, past)

    assert uplift is not None
    assert uplift.lower < np.expm1(0.3) < uplift.upper
    assert uplift.posts == 120


def test_no_gain_is_not_claimed():
    past, ours = frame("x:a", 3, 300, 1), frame("x:a", 3, 60, 2)

    uplift = estimate_uplift(ours, past)

    assert uplift is not None
    assert uplift.lower < 0 < uplift.upper


def test_a_big_account_among_ours_is_not_taken_for_a_gain():
    past = pl.concat([frame("x:small", 2, 300, 1), frame("x:big", 6, 300, 2)])
    ours = pl.concat([frame("x:small", 2, 5, 3), frame("x:big", 6, 60, 4)])

    uplift = estimate_uplift(ours, past)

    assert uplift is not None
    assert uplift.upper < 0.5


def test_with_seven_posts_there_is_nothing_to_judge_by():
    assert estimate_uplift(frame("x:a", 9, 7, 1), frame("x:a", 3, 300, 2)) is None


def test_fixed_hours_are_local_and_survive_daylight_saving():
    berlin = ZoneInfo("Europe/Berlin")
    winter = datetime(2026, 3, 2, 8, 5, tzinfo=UTC)
    summer = datetime(2026, 7, 2, 7, 5, tzinfo=UTC)
    posts = pl.DataFrame({"published_at": [winter, summer, winter + timedelta(hours=1)]})

    fixed = fixed_hours_posts(posts, zone=berlin, hours=(time(9), time(17)))

    assert fixed.to_list() == [True, True, False]


def decisions(gain: float, posts: int, seed: int) -> pl.DataFrame:
    random = np.random.default_rng(seed)
    drawn = np.arange(posts) % 5 == 0
    reward = random.normal(0, 0.85, posts) + gain * ~drawn
    return pl.DataFrame({"reward": reward, "random": drawn})


def test_the_hold_out_finds_a_planted_gain_and_holds_it_in_nine_of_ten_intervals():
    found = [estimate_holdout(decisions(0.3, 400, seed)) for seed in range(300)]
    held = [uplift.lower < np.expm1(0.3) < uplift.upper for uplift in found]
    assert 0.86 < np.mean(held) < 0.94


def few(drawn: int, seed: int, gain: float = 0.3) -> pl.DataFrame:
    """Forty posts at chosen hours and a handful at random ones."""
    random = np.random.default_rng(seed)
    reward = random.normal(0, 0.85, 40 + drawn)
    reward[:40] += gain
    return pl.DataFrame({"reward": reward, "random": np.arange(40 + drawn) >= 40})


def test_three_posts_at_random_give_an_interval_that_is_wide_and_true():
    found = [estimate_holdout(few(3, seed)) for seed in range(400)]
    held = [uplift.lower < np.expm1(0.3) < uplift.upper for uplift in found]
    assert 0.87 < np.mean(held)
    many = [estimate_holdout(few(40, seed)) for seed in range(100)]
    width, plain = (
        np.median([np.log1p(one.upper) - np.log1p(one.lower) for one in each])
        for each in (found, many)
    )
    assert width > 3 * plain
    assert 43 == found[0].posts


def test_below_three_posts_at_random_the_hold_out_says_nothing():
    assert [None] * 3 == [estimate_holdout(few(drawn, 0)) for drawn in (0, 1, 2)]


def test_posts_that_are_all_alike_do_not_tell_what_chance_does():
    flat = pl.col("random")
    alike = few(3, 0).with_columns(reward=pl.when(flat).then(0.0).otherwise("reward"))
    assert estimate_holdout(alike) is None
