"""Policies keep to their terms, and ours makes more of the same past than its rivals."""

import numpy as np
import pytest

from ml.hour_policies import POLICIES, AmselBest, Past, Terms, spaced

TERMS = Terms(("x:a", "x:b"), 2, np.arange(7, 23), np.array([9, 12, 17]), 3)


def past(*, posts=400, gain=0.6, seed=0):
    """Posts of both accounts at random hours; those at 19 to 21 h gain."""
    random = np.random.default_rng(seed)
    slot = random.integers(0, 7, posts) * 24 + random.integers(7, 23, posts)
    log = 4 + gain * (np.abs(slot % 24 - 20) <= 1) + random.normal(0, 0.85, posts)
    return Past(np.arange(posts) % 2, np.arange(posts) // 4, slot, log)


NOTHING = Past(*(np.zeros(0, dtype=np.int64) for _ in "abc"), np.zeros(0))


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("behind", [past(), NOTHING], ids=["a past", "no past"])
def test_every_policy_keeps_to_hours_and_gap(name, behind):
    policy = POLICIES[name](TERMS)
    for day in range(3):
        hours = policy.choose(day, day, behind, np.random.default_rng(day))
        assert hours.shape == (2, 2)
        assert np.isin(hours, TERMS.allowed).all()
        assert (np.abs(np.diff(hours, axis=1)) >= 3).all()


def test_the_highest_scores_are_taken_first():
    scores = np.zeros((1, 24))
    scores[0, [10, 11, 20]] = [3.0, 2.0, 1.0]
    assert spaced(scores, TERMS).tolist() == [[10, 20]]


def test_ours_finds_the_evening_that_pays():
    found = AmselBest(TERMS).choose(100, 2, past(), np.random.default_rng(0))
    assert (np.abs(found[:, 0] - 20) <= 1).all()


def test_what_a_day_brought_is_judged_within_its_account():
    behind = Past(np.array([0, 0, 1, 1]), np.zeros(4, int), np.array([9, 10, 9, 10]),
                  np.array([1.0, 2.0, 11.0, 12.0]))  # fmt: skip
    mean, count = behind.averages(2, behind.slot % 24, 24)
    assert mean[:, [9, 10]].tolist() == [[-0.5, 0.5], [-0.5, 0.5]]
    assert count.sum() == 4
