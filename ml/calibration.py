"""A score turned into a share: how often drafts that scored so were let go unchanged."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEWEST = 50
"""Decisions below which a score stays a score."""
BINS = 5
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Calibration:
    """A line that never falls: `shares` (0 to 1) at `scores`, from so many `decisions`."""

    scores: Floats
    shares: Floats
    decisions: int

    def share(self, scores: Floats) -> Floats:
        """The share at each score; beyond the scores that were decided about, that at their end."""
        return np.asarray(np.interp(scores, self.scores, self.shares))


def fit_calibration(
    scores: Floats, accepted: Floats, *, fewest: int = FEWEST
) -> Calibration | None:
    """The isotonic regression (pooled adjacent violators) of `accepted` (1 or 0) on `scores`.

    None where there are fewer decisions than `fewest`. One decision of either kind is added at
    either end, so that a lucky row of a few at the end does not promise certainty.
    """
    if len(scores) < fewest:
        return None
    return _fitted(scores, accepted)


def held_out(scores: Floats, accepted: Floats) -> Floats:
    """The share expected of each decision by a calibration that was taught by others.

    Every fifth decision is held out in turn; decisions come in the order in which they were taken.
    """
    fold = np.arange(len(scores)) % _FOLDS
    expected = np.empty(len(scores))
    for held in range(min(_FOLDS, len(scores))):
        rest = fold != held
        expected[~rest] = _fitted(scores[rest], accepted[rest]).share(scores[~rest])
    return expected


def reliability(expected: Floats, accepted: Floats, *, bins: int = BINS) -> pl.DataFrame:
    """One row per bin of equally many decisions: from, to, decisions, expected, observed."""
    places = np.array_split(np.argsort(expected, kind="stable"), min(bins, len(expected)) or 1)
    rows = [
        (
            float(expected[own].min()),
            float(expected[own].max()),
            len(own),
            float(expected[own].mean()),
            float(accepted[own].mean()),
        )
        for own in places
        if len(own)
    ]
    schema = {
        "from": pl.Float64(),
        "to": pl.Float64(),
        "decisions": pl.Int64(),
        "expected": pl.Float64(),
        "observed": pl.Float64(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def brier(expected: Floats, accepted: Floats) -> float:
    """Mean squared distance of what was expected from what was decided."""
    return float(np.mean((expected - accepted) ** 2))


def calibration_error(expected: Floats, accepted: Floats) -> float:
    """By how much expected and observed shares differ, over the bins of `reliability` (ECE)."""
    table = reliability(expected, accepted)
    off = (table["expected"] - table["observed"]).abs() * table["decisions"]
    return float(off.sum()) / len(expected)


def _fitted(scores: Floats, accepted: Floats) -> Calibration:
    from sklearn.isotonic import IsotonicRegression

    ends = [scores.min(), scores.max()] if len(scores) else [0.0, 1.0]
    line = IsotonicRegression(y_min=0, y_max=1, increasing=True, out_of_bounds="clip")
    line.fit(np.r_[np.repeat(ends, 2), scores], np.r_[0.0, 1.0, 0.0, 1.0, accepted])
    return Calibration(line.X_thresholds_, line.y_thresholds_, len(scores))
