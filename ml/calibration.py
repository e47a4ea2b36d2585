"""A score turned into a share: how often drafts that scored so were let go unchanged."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from domain.risk import CALIBRATED_FROM

Floats = NDArray[np.float64]

FEWEST = CALIBRATED_FROM
"""Decisions below which a score stays a score."""
LENT = FEWEST / 2
"""All decisions about the drafts of others count together as at most so many of one's own."""
BINS = 5
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions in the order in which they were taken: `scores`, and `accepted` (1 or 0)."""

    scores: Floats
    accepted: Floats

    def __len__(self) -> int:
        return len(self.scores)

    def where(self, kept: NDArray[np.bool_]) -> "Decided":
        """Those of them."""
        return Decided(self.scores[kept], self.accepted[kept])


NOBODYS = Decided(np.empty(0), np.empty(0))


@dataclass(frozen=True, slots=True)
class Calibration:
    """A line that never falls: `shares` (0 to 1) at `scores`.

    It was learnt from so many `decisions` of one's own and `lent` ones of others.
    """

    scores: Floats
    shares: Floats
    decisions: int
    lent: int = 0

    def share(self, scores: Floats) -> Floats:
        """The share at each score; beyond the scores that were decided about, that at their end."""
        return np.asarray(np.interp(scores, self.scores, self.shares))


def fit_calibration(own: Decided, lent: Decided = NOBODYS) -> Calibration | None:
    """The isotonic regression (pooled adjacent violators) of `accepted` on `scores`.

    Decisions about the drafts of others are a prior: together they weigh as much as 25 of one's
    own, or as their number where that is smaller, so the more of one's own there are the less
    they tell (a power prior: Ibrahim and Chen, 2000). None where all of them weigh less than 50.
    One decision of either kind is added at either end, so that a lucky row of a few at the end does
    not promise certainty.
    """
    if len(own) + min(len(lent), LENT) < FEWEST:
        return None
    return _fitted(own, lent)


def held_out(own: Decided, lent: Decided = NOBODYS) -> Floats:
    """The share expected of each own decision by a calibration that was taught by others.

    Every fifth decision is held out in turn; decisions come in the order in which they were taken.
    """
    fold = np.arange(len(own)) % _FOLDS
    expected = np.empty(len(own))
    for held in range(min(_FOLDS, len(own))):
        out = fold == held
        expected[out] = _fitted(own.where(~out), lent).share(own.scores[out])
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


def _fitted(own: Decided, lent: Decided) -> Calibration:
    from sklearn.isotonic import IsotonicRegression

    scores = np.r_[own.scores, lent.scores]
    ends = [scores.min(), scores.max()] if len(scores) else [0.0, 1.0]
    lightly = min(1.0, LENT / len(lent)) if len(lent) else 1.0
    line = IsotonicRegression(y_min=0, y_max=1, increasing=True, out_of_bounds="clip")
    line.fit(
        np.r_[np.repeat(ends, 2), scores],
        np.r_[0.0, 1.0, 0.0, 1.0, own.accepted, lent.accepted],
        sample_weight=np.r_[np.ones(4 + len(own)), np.full(len(lent), lightly)],
    )
    return Calibration(line.X_thresholds_, line.y_thresholds_, len(own), len(lent))
