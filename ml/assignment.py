"""Which post gets which slot: the assignment of the highest value, exactly."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

STEP = 1e-4
"""Effects (log) that differ by less count as equal: nobody could tell them apart."""


def assign(
    priorities: Sequence[int], effects: Sequence[float], allowed: NDArray[np.bool_]
) -> list[int]:
    """For each post the place of its slot: as many posts as slots, each slot once.

    The value of a post in a slot is its priority times the slot's expected effect; `allowed`
    (posts x slots) says where a post may go at all, and must let each stay where it was drawn:
    post n in slot n. Of assignments of equal value the one that leaves most posts there is taken,
    so that nothing moves which priority does not move.
    """
    from scipy.optimize import linear_sum_assignment  # heavy, and few days need it

    count = len(priorities)
    steps = np.rint(np.asarray(effects) / STEP)
    # whole numbers: a post that stays never outweighs the smallest gain
    worth = np.outer(priorities, steps) * (count + 1) + np.eye(count)
    _, slots = linear_sum_assignment(np.where(allowed, worth, -np.inf), maximize=True)
    return [int(slot) for slot in slots]
