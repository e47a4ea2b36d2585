"""Feature frames as the number matrices that estimators read."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.features import CATEGORIES

Floats = NDArray[np.float64]

_MAX_CATEGORIES = 60
_MIN_SHARE = 20


@dataclass(frozen=True, slots=True)
class Encoder:
    """Which columns were alive in training, their centre and scale, and the known categories."""

    columns: tuple[str, ...]
    centre: Floats
    scale: Floats
    categories: dict[str, tuple[str, ...]]

    @classmethod
    def fit(cls, features: pl.DataFrame, *, columns: Sequence[str]) -> "Encoder":
        """Columns that never hold a value or never vary in `features` are left out for good."""
        numbers = features.select(columns)
        varies = pl.all().min().ne_missing(pl.all().max())
        varies |= pl.all().null_count().is_between(1, features.height - 1)
        alive = [name for name, many in numbers.select(varies).row(0, named=True).items() if many]
        table = numbers.select(alive).to_numpy().astype(np.float64)
        categories = {
            name: tuple(
                features[name].drop_nulls().value_counts(sort=True)
                .filter(pl.col("count") >= _MIN_SHARE)[name].head(_MAX_CATEGORIES).to_list()
            )
            for name in CATEGORIES
        }  # fmt: skip
        centre = np.nanmean(table, axis=0) if alive else np.zeros(0)
        scale = np.nanstd(table, axis=0) + 1e-6 if alive else np.zeros(0)
        varied = {name: values for name, values in categories.items() if len(values) > 1}
        return cls(tuple(alive), centre, scale, varied)

    def matrix(self, features: pl.DataFrame) -> Floats:
        """One row per post; unknown numbers are nan, one 0/1 column per known category."""
        numbers = features.select(self.columns).to_numpy().astype(np.float64)
        flags = [
            (features[name].fill_null("") == value).to_numpy().astype(np.float64)
            for name, values in self.categories.items()
            for value in values
        ]
        return np.column_stack([numbers.reshape(features.height, -1), *flags])

    def standardised(self, matrix: Floats) -> Floats:
        """The same matrix centred, scaled and cut at four deviations; unknown becomes 0."""
        table = matrix.copy()
        numbers = table[:, : len(self.columns)]
        numbers -= self.centre
        numbers /= self.scale
        np.nan_to_num(table, copy=False)
        return np.clip(table, -4.0, 4.0, out=table)
