"""Smooth functions around the week: what is likely of them before any post is seen."""

from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SLOTS = 168
"""Hours of a week; slot 0 is Monday 00:00 local time."""

_KEPT = 0.99
_WEEKEND = 5


class Shape(StrEnum):
    """How effects may lie around the week."""

    DAY = "day"
    WEEKEND = "weekend"
    WEEK = "week"


def week_kernel(shape: Shape) -> Floats:
    """168 x 168 prior covariance of unit mean variance, with the week's mean taken out.

    Periodic squared exponentials (MacKay 1998). `day`: every day alike; `weekend`: working days
    and weekends each alike, six tenths in common; `week`: seven tenths repeat every day, three
    tenths belong to one day of the week. Length scales are 3.5, 3.5, and 2.5 and 3 hours.
    """
    hours = np.arange(SLOTS)
    apart = hours[:, None] - hours[None, :]
    if shape is Shape.WEEK:
        mixed = 0.7 * _periodic(apart, 24.0, 2.5) + 0.3 * _periodic(apart, 168.0, 3.0)
    else:
        mixed = _periodic(apart, 24.0, 3.5)
    if shape is Shape.WEEKEND:
        free = hours // 24 >= _WEEKEND
        mixed = mixed * (0.6 + 0.4 * (free[:, None] == free[None, :]))
    centred = mixed - mixed.mean(axis=0, keepdims=True) - mixed.mean(axis=1, keepdims=True)
    centred += mixed.mean()
    return np.asarray(centred / np.mean(np.diag(centred)))


@cache
def week_basis(shape: Shape) -> Floats:
    """168 x r: curves whose weights are independent and of variance 1 a priori.

    They are the leading eigenvectors of the kernel and leave out a hundredth of its variance.
    r is 6, 13 or 44: a matrix over weights is far less work than one over hours.
    """
    values, vectors = np.linalg.eigh(week_kernel(shape))
    values, vectors = values[::-1], vectors[:, ::-1]
    kept = int(np.searchsorted(np.cumsum(values) / values.sum(), _KEPT)) + 1
    return np.asarray(vectors[:, :kept] * np.sqrt(values[:kept]))


def _periodic(apart: NDArray[np.int64], period: float, length: float) -> Floats:
    scale = 2 * np.pi * length / period
    return np.asarray(np.exp(-2 * np.sin(np.pi * apart / period) ** 2 / scale**2))
