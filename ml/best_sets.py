"""The best set of instants: the highest sum of values where posts keep apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REACH_MINUTES = 180.0
"""Posts that are further apart take nothing from each other."""

CROWDING = 0.1
"""What two posts in the same minute take from each other (log), falling linearly to 0, where no
account's own weeks say more (`ml.closeness`)."""


@dataclass(frozen=True, slots=True)
class Sequel:
    """Which instants may follow which: `loss` of each pair in time order, infinite where barred."""

    loss: Floats

    @classmethod
    def of(cls, minutes: Floats, *, gap: float, closeness: float = CROWDING) -> "Sequel":
        """For instants given in minutes, earliest first, and the least gap between posts."""
        apart = minutes[None, :] - minutes[:, None]
        crowded = closeness * np.maximum(0.0, 1 - apart / REACH_MINUTES)
        return cls(np.where((apart > 0) & (apart >= gap), crowded, np.inf))


def best_sets(values: Floats, sequel: Sequel, *, posts: int) -> NDArray[np.bool_]:
    """For each row of `values` (draws x instants) the best set of so many instants.

    Exact, by dynamic programming over the last post of the set: a post loses to the one before it.
    Where fewer fit than are wanted, as many as fit.
    """
    draws, count = values.shape
    best, came = [values], []
    # the post before lies in the last axis, along which numpy is fastest
    loss = np.ascontiguousarray(sequel.loss.T)
    for _ in range(posts - 1):
        options = best[-1][:, None, :] - loss
        came.append(options.argmax(axis=2))
        longer = np.take_along_axis(options, came[-1][:, :, None], axis=2)[:, :, 0] + values
        if not np.isfinite(longer).any():
            came.pop()
            break
        best.append(longer)
    chosen = np.zeros((draws, count), dtype=bool)
    rows, last = np.arange(draws), best[-1].argmax(axis=1)
    chosen[rows, last] = True
    for previous in reversed(came):
        last = previous[rows, last]
        chosen[rows, last] = True
    return chosen
