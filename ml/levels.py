"""Weeks and days on which everything does better or worse, taken out of what hours are told by."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.pooling import Say
from ml.week import SLOTS

Floats = NDArray[np.float64]

WEEK = 7
"""Days; weeks are numbered from the first day of all."""

_SHOCK = 3.0
_COMPANY = 5


@dataclass(frozen=True, slots=True)
class Heard:
    """What one account's posts tell of the 168 hours, the levels of its weeks integrated out.

    Attributes:
        weeks: the number of each week in which it posted.
        precision: weeks x 168, of each hour were all weeks alike.
        shift: weeks x 168, precision times mean residual, the week's level taken out.
        taken: of each week, what its level takes: `taken * outer(precision, precision)`.
    """

    weeks: NDArray[np.int64]
    precision: Floats
    shift: Floats
    taken: Floats

    @classmethod
    def of(cls, cells: pl.DataFrame, wander: float) -> "Heard":
        """From rows (slot, day, residual, weight) of one account, `weight` being a precision.

        A week's level is normal with variance `wander`, or as much more as the week itself shows:
        a shock is no common week.
        """
        weeks, week = np.unique(cells["day"].cast(pl.Int64).to_numpy() // WEEK, return_inverse=True)
        place = week * SLOTS + cells["slot"].to_numpy()
        weight, value = cells["weight"].to_numpy(), cells["residual"].to_numpy()
        precision, shift = (
            np.asarray(np.bincount(place, each, len(weeks) * SLOTS), float).reshape(-1, SLOTS)
            for each in (weight, weight * value)
        )
        heard, told = precision.sum(axis=1), shift.sum(axis=1)
        spread = np.maximum(wander, (told / heard) ** 2 - 1 / heard)
        taken = spread / (1 + spread * heard)
        return cls(weeks, precision, shift - (taken * told)[:, None] * precision, taken)

    def say(self, basis: Floats) -> Say:
        """The same of the weights of curves (168 x r)."""
        lost = np.sqrt(self.taken)[:, None] * (self.precision @ basis)
        whole = basis.T @ (self.precision.sum(axis=0)[:, None] * basis)
        return Say(whole - lost.T @ lost, basis.T @ self.shift.sum(axis=0))


def wandering(cells: pl.DataFrame) -> float:
    """Variance of the levels of weeks, from rows (account, day, residual, weight).

    By moments (DerSimonian and Laird 1986): what weeks differ beyond what their posts explain.
    """
    product = pl.col("weight") * pl.col("residual")
    weeks = cells.group_by("account", pl.col("day").cast(pl.Int64) // WEEK).agg(
        told=product.sum(), heard=pl.col("weight").sum()
    )
    off = (pl.col("told") / pl.col("heard") - pl.col("told").sum() / pl.col("heard").sum()) ** 2
    each = weeks.group_by("account").agg(
        excess=(pl.col("heard") * off).sum() - pl.len() + 1,
        room=pl.col("heard").sum() - (pl.col("heard") ** 2).sum() / pl.col("heard").sum(),
    )
    room = float(each["room"].sum())
    return max(0.0, float(each["excess"].sum()) / room) if room > 0 else 0.0


def without_shocks(residuals: pl.DataFrame) -> pl.DataFrame:
    """The rows (account, day, residual), days on which all accounts strayed together set right.

    Twenty accounts that share a bad day are one witness and not twenty. A day is set to its own
    mean where at least five accounts posted and that mean is beyond three standard errors.
    """
    mean = pl.col("residual").mean().over("day")
    error = pl.col("residual").std() / pl.len().over("day").sqrt()
    company = pl.col("account").n_unique().over("day") >= _COMPANY
    shocked = company & (mean.abs() > _SHOCK * error)
    off = pl.when(shocked).then(mean).otherwise(0.0)
    return residuals.with_columns(pl.col("residual") - off)
