"""What any estimator of y must be able to do in order to serve."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from ml.text import TextRidge

Floats = NDArray[np.float64]

OURS = "amsel"
"""Our own kind of estimator; the others are the rivals of `ml.rivals`."""

EARLY_SHARE = 0.75
"""The part of each account's time that teaches what the rest then tells the errors of."""

_OUTLIER = 5.0
_PRIOR_POSTS = 20


@dataclass(frozen=True, slots=True)
class Spreads:
    """How far y strays: of each account that taught, and of all of them, for one never seen."""

    each: Mapping[str, float]
    whole: float

    @classmethod
    def gather(cls, features: pl.DataFrame) -> "Spreads":
        """Standard deviation of y per account, drawn to that of all where posts are few."""
        clipped = features.select("account", y=pl.Series(clipped_target(features)))
        each = clipped.group_by("account").agg(pl.col("y").var().fill_null(0.0), posts=pl.len())
        whole = float(np.var(clipped["y"].to_numpy())) + 1e-6
        total = pl.col("y") * pl.col("posts") + whole * _PRIOR_POSTS
        drawn = each.with_columns(y=(total / (pl.col("posts") + _PRIOR_POSTS)).sqrt())
        return cls(dict(drawn.select("account", "y").iter_rows()), float(np.sqrt(whole)))

    def of(self, features: pl.DataFrame) -> Floats:
        """The spread of each row's account."""
        found = features["account"].replace_strict(
            dict(self.each), default=self.whole, return_dtype=pl.Float64
        )
        return found.to_numpy()


class Forecaster(Protocol):
    """An estimator of y from rows of `build_features` and their hashed texts."""

    @property
    def kind(self) -> str:
        """OURS, or the name of a rival."""

    @property
    def spreads(self) -> Spreads:
        """How far y strays, the unit of the intervals of accounts with few posts."""

    @property
    def text(self) -> TextRidge | None:
        """What reads the wording; None where nothing does."""

    def score(self, features: pl.DataFrame, counts: sparse.csr_matrix) -> Floats:
        """One expected y per row."""

    def causes(self, features: pl.DataFrame, counts: sparse.csr_matrix) -> list[dict[str, float]]:
        """Per row the causes in words, each with its part of the expected y.

        The parts sum to the score but for what is the same for every post of an account.
        """


@dataclass(frozen=True, slots=True)
class Fitted:
    """A forecaster fitted on all rows, and what it said of its last quarter before it saw it."""

    forecaster: Forecaster
    held_out: NDArray[np.bool_]
    forecast: Floats


def clipped_target(features: pl.DataFrame) -> Floats:
    """The rows' y with what is further out than five robust deviations pulled in.

    One viral post or one bought crowd would otherwise bend a least-squares fit.
    """
    y = features["y"].to_numpy().astype(np.float64)
    centre = np.median(y)
    spread = 1.4826 * np.median(np.abs(y - centre)) + 1e-6
    return np.asarray(np.clip(y, centre - _OUTLIER * spread, centre + _OUTLIER * spread))


def account_share(features: pl.DataFrame) -> Floats:
    """Where each row stands in its account's time, from 0 (first) to just under 1 (last)."""
    place = pl.int_range(pl.len()).over("account") / pl.len().over("account")
    return features.select(place.alias("share"))["share"].to_numpy()
