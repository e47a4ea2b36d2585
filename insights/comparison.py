"""Our posts beside the same accounts' past, for one brand or for several together."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from domain.analytics import Uplift
from ml.uplift import estimate_uplift


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two frames of (account, engagement 24 h after publishing), one row per post."""

    ours: pl.DataFrame
    past: pl.DataFrame

    def uplift(self) -> Uplift | None:
        """How much more ours had; None where either side is too small to judge by."""
        return estimate_uplift(self.ours, self.past) if self.past.height else None


def together(comparisons: Sequence[Comparison]) -> Comparison:
    """All of them as one; each post is still held against its own account's past."""
    return Comparison(
        pl.concat(each.ours for each in comparisons), pl.concat(each.past for each in comparisons)
    )
