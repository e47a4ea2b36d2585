"""A ridge on TF-IDF of words and characters: what the wording alone says about engagement."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from ml.hashing import hash_words

Floats = NDArray[np.float64]

_MIN_TEXTS = 20
_PART = 20_000


@dataclass(frozen=True, slots=True)
class TextRidge:
    """Weights over the hashed columns; `idf` is zero for columns that training never saw."""

    idf: Floats
    weights: Floats
    mean: float

    @classmethod
    def fit(cls, counts: sparse.csr_matrix, y: Floats, *, alpha: float = 2.0) -> "TextRidge":
        """Least squares with penalty `alpha` on unit-length TF-IDF rows; few texts say 0."""
        from sklearn.linear_model import Ridge

        width = counts.shape[1]
        if len(y) < _MIN_TEXTS or counts.nnz == 0:
            return cls(np.zeros(width), np.zeros(width), 0.0)
        seen = np.asarray(counts.getnnz(axis=0)).ravel()
        # a column that fired once can only memorise its post
        idf = np.where(seen >= 2, np.log((1 + len(y)) / (1 + seen)) + 1, 0.0)
        ridge = Ridge(alpha=alpha, solver="sparse_cg", tol=1e-2, max_iter=200)
        ridge.fit(_weighted(counts, idf), y)
        return cls(idf, np.asarray(ridge.coef_, dtype=np.float64), float(ridge.intercept_))

    def predict(self, counts: sparse.csr_matrix) -> Floats:
        """One value per row, on the scale of the `y` that was fitted."""
        return np.asarray(_weighted(counts, self.idf) @ self.weights).ravel() + self.mean

    def read(self, texts: pl.Series) -> Floats:
        """The same for texts of which it learnt `hash_words`: a part of them is read at a time."""
        parts = (
            self.predict(hash_words(part.to_series().to_list()))
            for part in texts.to_frame().iter_slices(_PART)
        )
        return np.concatenate([np.zeros(0), *parts])


def _weighted(counts: sparse.csr_matrix, idf: Floats) -> sparse.csr_matrix:
    """Rows times idf at unit length; single precision and shared indices keep it small."""
    data = counts.data * idf.astype(np.float32)[counts.indices]
    lengths = np.diff(counts.indptr)
    rows = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    squares = np.bincount(rows, weights=data * data, minlength=len(lengths)).astype(np.float64)
    scale = np.divide(1.0, np.sqrt(squares), out=np.zeros_like(squares), where=squares > 0)
    data *= scale.astype(np.float32)[rows]
    return sparse.csr_matrix((data, counts.indices, counts.indptr), shape=counts.shape)
