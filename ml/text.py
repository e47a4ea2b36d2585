"""A ridge on TF-IDF of words and characters: what the wording alone says about engagement."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from ml.hashing import hash_words

Floats = NDArray[np.float64]

Singles = NDArray[np.float32]

_MIN_TEXTS = 20
_PART = 20_000
_CLOSE = 0.03
_MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class TextRidge:
    """Weights over the hashed columns; `idf` is zero for columns that training never saw."""

    idf: Floats
    weights: Floats
    mean: float

    @classmethod
    def fit(cls, counts: sparse.csr_matrix, y: Floats, *, alpha: float = 2.0) -> "TextRidge":
        """Least squares with penalty `alpha` on unit-length TF-IDF rows; few texts say 0."""
        width = counts.shape[1]
        if len(y) < _MIN_TEXTS or counts.nnz == 0:
            return cls(np.zeros(width), np.zeros(width), 0.0)
        seen = np.bincount(counts.indices, minlength=width)
        # a column that fired once can only memorise its post
        idf = np.where(seen >= 2, np.log((1 + len(y)) / (1 + seen)) + 1, 0.0)
        weights, mean = _solved(_Weighted.of(counts, idf), y, alpha)
        return cls(idf, weights, mean)

    def predict(self, counts: sparse.csr_matrix) -> Floats:
        """One value per row, on the scale of the `y` that was fitted."""
        return _Weighted.of(counts, self.idf) @ self.weights + self.mean

    def read(self, texts: pl.Series) -> Floats:
        """The same for texts of which it learnt `hash_words`: a part of them is read at a time."""
        parts = (
            self.predict(hash_words(part.to_series()))
            for part in texts.to_frame().iter_slices(_PART)
        )
        return np.concatenate([np.zeros(0), *parts])


@dataclass(frozen=True, slots=True)
class _Weighted:
    """Counts times idf with rows of unit length, never written out: only its products are."""

    counts: sparse.csr_matrix
    idf: Singles
    scale: Singles

    @classmethod
    def of(cls, counts: sparse.csr_matrix, idf: Floats) -> "_Weighted":
        single = idf.astype(np.float32)
        squares = counts @ single**2
        scale = np.divide(1, np.sqrt(squares), out=np.zeros_like(squares), where=squares > 0)
        return cls(counts, single, scale)

    def __matmul__(self, columns: NDArray[np.floating]) -> Floats:
        return np.asarray(self.scale * (self.counts @ (self.idf * columns.astype(np.float32))))

    def back(self, rows: Singles) -> Singles:
        """The transposed product."""
        return np.asarray(self.idf * (self.counts.T @ (self.scale * rows)))

    def squares(self) -> Singles:
        """Of each column the sum of its squares."""
        return np.asarray(self.idf**2 * (self.counts.T @ self.scale**2))


def _solved(table: _Weighted, y: Floats, alpha: float) -> tuple[Floats, float]:
    """Weights of a ridge and its intercept, by conjugate gradients.

    Each column is divided by its own size first (Jacobi): that halves the steps, as a few columns
    are common and most are rare. It stops at three per cent of the gradient: beyond that no
    forecast changed.
    """
    count = len(y)
    means = table.back(np.ones(count, np.float32)) / count
    left = (y - y.mean()).astype(np.float32)
    size = 1 / (np.maximum(table.squares() - count * means**2, 0) + alpha)
    weights = np.zeros_like(means)
    gradient = table.back(left)
    step = size * gradient
    slope = begin = float(gradient @ step)
    for _ in range(_MOST_STEPS):
        if slope <= _CLOSE**2 * begin:
            break
        moved = (table @ step - means @ step).astype(np.float32)
        curved = table.back(moved) - means * moved.sum() + alpha * step
        far = slope / float(step @ curved)
        weights += far * step
        gradient -= far * curved
        before, slope = slope, float(gradient @ (size * gradient))
        step = size * gradient + slope / before * step
    return weights.astype(np.float64), float(y.mean() - means @ weights)
