"""The best set is the one that trying all of them finds, and it is found in no time."""

import time
from itertools import combinations, pairwise

import numpy as np
import pytest

from ml.best_sets import Sequel, best_sets


def tried(values, minutes, *, gap, posts):
    """The best set among all, looked for one by one."""
    loss = Sequel.of(minutes, gap=gap).loss

    def worth(chosen):
        return values[list(chosen)].sum() - sum(loss[pair] for pair in pairwise(chosen))

    return max(combinations(range(len(values)), posts), key=worth)


@pytest.mark.parametrize("posts", [1, 2, 3, 4])
@pytest.mark.parametrize("gap", [0, 90, 150])
def test_it_is_what_trying_every_set_finds(posts, gap):
    random = np.random.default_rng(posts * 1000 + gap)
    for _ in range(30):
        minutes = np.sort(random.choice(900, 12, replace=False)).astype(float)
        values = random.normal(0, 0.2, 12)
        loss = Sequel.of(minutes, gap=gap).loss
        expected = tried(values, minutes, gap=gap, posts=posts)
        if any(np.isinf(loss[pair]) for pair in pairwise(expected)):
            continue
        found = best_sets(values[None], Sequel.of(minutes, gap=gap), posts=posts)[0]
        assert tuple(np.flatnonzero(found)) == expected


def test_a_week_is_as_good_as_its_days():
    """Nights are longer than any gap: the best week is that of its best days."""
    random = np.random.default_rng(1)
    minutes = np.concatenate([np.arange(8 * 60, 22 * 60, 60.0) + day * 1440 for day in range(3)])
    values = random.normal(0, 0.2, len(minutes))
    days = [slice(day * 14, day * 14 + 14) for day in range(3)]
    apart = Sequel.of(minutes[days[0]], gap=90)
    chosen = [np.flatnonzero(best_sets(values[None, day], apart, posts=1)[0]) for day in days]
    week = [int(place[0]) + day.start for place, day in zip(chosen, days, strict=True)]
    each = [
        (values[[a, b, c]].sum(), (a, b, c))
        for a in range(14) for b in range(14, 28) for c in range(28, 42)
        if minutes[b] - minutes[a] >= 180 and minutes[c] - minutes[b] >= 180
    ]  # fmt: skip
    assert tuple(week) == max(each)[1]


def test_where_fewer_fit_as_many_as_fit_are_taken():
    minutes = np.array([0.0, 60.0, 120.0])
    found = best_sets(np.array([[0.1, 0.3, 0.2]]), Sequel.of(minutes, gap=100), posts=3)
    assert found.tolist() == [[True, False, True]]


def test_equal_hours_are_spread_out():
    minutes = np.arange(0, 600, 60.0)
    found = best_sets(np.zeros((1, 10)), Sequel.of(minutes, gap=60), posts=3)[0]
    assert np.diff(minutes[found]).min() >= 180


def test_a_thousand_draws_of_a_day_take_milliseconds():
    random = np.random.default_rng(2)
    minutes = np.arange(0, 960, 60.0)
    values = random.normal(0, 0.2, (1000, 16))
    began = time.process_time()
    best_sets(values, Sequel.of(minutes, gap=90), posts=3)
    assert time.process_time() - began < 0.2
