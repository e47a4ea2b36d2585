"""Experiments on posts: who is tried next, when a winner may be named, and what forbids it."""

import numpy as np
import pytest

from ml.experiment_trials import Trial, _named, drawn_effects, fixed_test, play, posts_to_find
from ml.experiments import (
    MIN_POSTS,
    NOISE,
    SRM_P,
    Answer,
    Tally,
    arm_odds,
    harmful,
    judge,
    posterior,
    posts_needed,
    power_table,
    sample_ratio,
    tally,
    winsorised,
    without_known,
)

ARMS = ("question", "plain", "number")


def told(means, posts=200.0, noise=NOISE):
    arms = tuple(f"arm{place}" for place in range(len(means)))
    return Tally(arms, np.full(len(means), posts), np.array(means), noise)


def test_a_clear_lead_is_named_with_its_size():
    verdict = judge(told([0.0, 0.5]), horizon=400)
    assert (Answer.WINNER, "arm1") == (verdict.answer, verdict.winner)
    assert 0.6 == pytest.approx(verdict.lift, abs=0.1)


def test_few_posts_are_not_enough_and_the_verdict_says_how_many_are():
    verdict = judge(told([0.0, 3.0], posts=MIN_POSTS - 1), horizon=400)
    assert Answer.NOT_ENOUGH_DATA == verdict.answer
    assert "posts are needed to see a lead of 25 %" in verdict.reason


def test_an_experiment_that_ran_its_course_names_nobody_and_says_what_it_would_have_seen():
    verdict = judge(told([0.0, 0.05]), horizon=400)
    assert Answer.NO_WINNER == verdict.answer
    assert "would have been seen" in verdict.reason


def test_a_winner_must_beat_every_other_arm():
    assert judge(told([0.0, 0.5, 0.48]), horizon=600).winner is None


def test_a_hundred_looks_name_a_false_winner_in_at_most_one_run_of_twenty():
    runs = 2000
    false = play(Trial(np.zeros((runs, 2)), 600, 100), seed=1).named()
    assert false <= 0.05 + 1.64 * np.sqrt(0.05 * 0.95 / runs)


def test_twenty_looks_keep_four_fifths_of_the_power_of_a_single_one():
    seen = play(Trial(np.tile([0.0, 0.2], (1000, 1)), 570, 20, adaptive=False), seed=1).named()
    assert seen >= 0.8 * fixed_test((0.0, 0.2), posts=570)


def test_top_two_finds_the_best_of_five_with_three_quarters_of_the_posts():
    effects = drawn_effects(1500, 5, seed=5)
    need = [
        posts_to_find(effects, posts=1000, adaptive=adaptive, share=0.75, seed=2)
        for adaptive in (True, False)
    ]
    assert need[0] <= 0.78 * need[1]


def test_trials_stop_where_the_verdict_would():
    random = np.random.default_rng(0)
    counts = random.integers(MIN_POSTS, 300, (50, 3)).astype(float)
    means = random.normal(0, 0.4, (50, 3))
    squares = counts * means**2 + (counts - 1) * NOISE**2
    named = _named(counts, counts * means, squares, 600)
    said = []
    for row in range(50):
        free = counts[row].sum() - 3 + 30
        inside = ((counts[row] - 1) * NOISE**2).sum() + 30 * NOISE**2
        one = Tally(ARMS, counts[row], means[row], float(np.sqrt(inside / free)))
        winner = judge(one, horizon=600).winner
        said.append(ARMS.index(winner) if winner else -1)
    assert said == named.tolist()
    assert {-1} < set(said)


def test_the_better_arm_is_tried_more_and_none_never():
    mean, sd = posterior(told([0.0, 0.3, 0.1], posts=60))
    odds = arm_odds(mean, sd, floor=0.1, seed=0)
    assert 1.0 == pytest.approx(odds.sum())
    assert odds.argmax() == 1
    assert odds.min() >= 0.1 / 3


def test_what_texts_promise_counts_until_posts_say_otherwise():
    prior = {"arm0": 0.3, "arm1": 0.0}
    early, _ = posterior(told([0.0, 0.0], posts=0.0), prior)
    late, _ = posterior(told([0.0, 0.3], posts=500.0), prior)
    assert early[0] > early[1]
    assert late[0] < late[1]


def test_one_viral_post_decides_nothing():
    random = np.random.default_rng(4)
    names = ["a", "b"] * 40
    outcomes = random.normal(0, NOISE, 80)
    plain = tally(("a", "b"), names, outcomes)
    outcomes[1] += 50
    viral = tally(("a", "b"), names, outcomes)
    assert abs(viral.means[1] - plain.means[1]) < 0.1
    assert winsorised(outcomes).max() < 4


def test_what_was_known_before_is_taken_out_of_the_outcomes():
    random = np.random.default_rng(2)
    known = random.normal(0, 1, 400)
    rest, share = without_known(known + random.normal(0, 1, 400), known)
    assert 0.5 == pytest.approx(share, abs=0.1)
    assert np.var(rest) < 1.3
    same, none = without_known(rest, random.normal(0, 1, 400))
    assert (0.0, rest.tolist()) == (none, same.tolist())


def test_a_split_that_the_odds_do_not_explain_is_found():
    expected = np.array([100.0, 100.0])
    assert sample_ratio(np.array([95.0, 105.0]), expected) > 0.1
    assert sample_ratio(np.array([60.0, 140.0]), expected) < SRM_P


def test_an_arm_that_people_hide_is_stopped():
    posts = np.array([50.0, 50.0, 50.0])
    assert ("plain",) == harmful(ARMS, posts, np.array([2.0, 20.0, 3.0]))
    assert () == harmful(ARMS, posts, np.array([5.0, 8.0, 6.0]))
    assert () == harmful(ARMS, np.array([3.0, 50.0, 50.0]), np.array([9.0, 3.0, 3.0]))


def test_the_power_table_asks_more_posts_for_smaller_leads():
    table = power_table(arms=2)
    assert sorted(table.values(), reverse=True) == list(table.values())
    assert 500 < posts_needed(0.25, arms=2) < 700


@pytest.mark.parametrize("outcomes", [[], [1.0], [0.0] * 40])
def test_nothing_one_post_and_constant_outcomes_are_no_data(outcomes):
    names = [("a", "b")[place % 2] for place in range(len(outcomes))]
    verdict = judge(tally(("a", "b"), names, np.array(outcomes)), horizon=100)
    assert Answer.NOT_ENOUGH_DATA == verdict.answer
