"""Posts get slots by priority: what trying every assignment finds, and nothing moves in vain."""

from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.assignment import STEP, assign

cases = st.integers(1, 5).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 9), min_size=n, max_size=n),
        st.lists(st.integers(-40, 40), min_size=n, max_size=n),
        st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=n, max_size=n),
    )
)


@settings(max_examples=200, deadline=None)
@given(case=cases)
def test_it_is_worth_what_the_best_of_all_assignments_is(case):
    priorities, steps, barred = case
    allowed = ~np.array(barred) | np.eye(len(steps), dtype=bool)

    def worth(slots):
        value = sum(p * steps[slot] for p, slot in zip(priorities, slots, strict=True))
        return value, sum(post == slot for post, slot in enumerate(slots))

    every = permutations(range(len(steps)))
    possible = [one for one in every if all(allowed[post, slot] for post, slot in enumerate(one))]

    found = assign(priorities, [step * STEP for step in steps], allowed)

    assert tuple(found) in possible
    assert max(map(worth, possible)) == worth(found)


def test_the_higher_priority_has_the_better_slot_and_equal_ones_stay():
    anywhere = np.ones((4, 4), dtype=bool)
    assert [0, 3, 2, 1] == assign([0, 9, 0, 0], [0.1, 0.0, 0.0, 0.2], anywhere)
    assert [0, 1, 2, 3] == assign([3, 3, 3, 3], [0.1, 0.0, 0.3, 0.2], anywhere)


def test_a_post_that_may_not_go_to_the_best_slot_has_the_best_of_the_others():
    allowed = np.array([[True, True, False], [True, True, True], [True, True, True]])
    assert [1, 0, 2] == assign([9, 0, 0], [0.0, 0.1, 0.2], allowed)
