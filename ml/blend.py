"""Three estimators of y and how much each is trusted: wording, a linear one, boosted trees."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import nnls

from domain.errors import ModelError
from ml.causes import WORDING, columns_of, summed
from ml.forecaster import EARLY_SHARE, OURS, Fitted, Spreads, account_share, clipped_target
from ml.matrix import Encoder
from ml.text import TextRidge
from ml.trees import fit_probed

Floats = NDArray[np.float64]

MIN_POSTS = 30
"""Fewer posts than this train nothing: the trailing level alone is the forecast."""

EVEN = np.array([0.0, 0.3, 0.7])
"""Trust in wording, linear and trees before any post has told them apart."""

_CHAIN = 4
_RIDGE = 300.0
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Blend:
    """The fitted parts, all on the scale of y divided by the account's own spread.

    `weights` are those of wording, linear and trees, none negative.
    """

    encoder: Encoder
    text: TextRidge
    linear: Floats
    intercept: float
    trees: Any
    weights: Floats
    spreads: Spreads

    @property
    def kind(self) -> str:
        """Ours."""
        return OURS

    def score(self, features: pl.DataFrame, counts: sparse.csr_matrix) -> Floats:
        """One expected y per post."""
        wording = self.text.predict(counts)
        matrix = self.encoder.matrix(features)
        parts = _parts(self.encoder, self.linear, self.intercept, self.trees, wording, matrix)
        return np.asarray(parts @ self.weights) * self.spreads.of(features)

    def causes(self, features: pl.DataFrame, counts: sparse.csr_matrix) -> list[dict[str, float]]:
        """Per row the causes in words, the trees' part by Shapley values (Lundberg 2020)."""
        wording = self.text.predict(counts)
        matrix = self.encoder.matrix(features)
        table = np.column_stack([wording, self.encoder.standardised(matrix)])
        both = np.column_stack([wording, matrix])
        grown = self.trees.predict(both, pred_contrib=True, num_threads=1)
        parts = self.weights[1] * table * self.linear + self.weights[2] * grown[:, :-1]
        parts[:, 0] += self.weights[0] * wording
        parts *= self.spreads.of(features)[:, None]
        return summed([WORDING, *columns_of(self.encoder)], parts)


def fit_blend(
    features: pl.DataFrame, counts: sparse.csr_matrix, *, columns: Sequence[str], seed: int
) -> Fitted:
    """Fit on the first three quarters of each account, weigh on the last, refit on all.

    `features` has a y in every row and is sorted by account and time; `counts` are the rows'
    hashed texts. Raises ModelError below MIN_POSTS rows.
    """
    if features.height < MIN_POSTS:
        raise ModelError(
            f"{features.height} posts with a known outcome are too few to learn from; "
            f"import at least {MIN_POSTS}"
        )
    place = account_share(features)
    early = place < EARLY_SHARE
    spreads = Spreads.gather(features)
    scale = spreads.of(features)
    z = clipped_target(features) / scale
    wording = _chained_wording(counts, z, place)
    encoder = Encoder.fit(features, columns=columns)
    matrix = encoder.matrix(features)
    probe, trees = fit_probed(np.column_stack([wording, matrix]), z, early, seed=seed)
    linear, intercept = _linear(encoder, wording[early], matrix[early], z[early])
    late = _parts(encoder, linear, intercept, probe, wording[~early], matrix[~early])
    weights = _trust(late, z[~early])
    linear, intercept = _linear(encoder, wording, matrix, z)
    text = TextRidge.fit(counts, z)
    blend = Blend(encoder, text, linear, intercept, trees, weights, spreads)
    return Fitted(blend, ~early, late @ weights * scale[~early])


def _parts(
    encoder: Encoder, linear: Floats, intercept: float, trees: Any, wording: Floats, matrix: Floats
) -> Floats:
    """One row per post, one column per estimator."""
    table = np.column_stack([wording, encoder.standardised(matrix)])
    grown = trees.predict(np.column_stack([wording, matrix]), num_threads=1)
    return np.column_stack([wording, table @ linear + intercept, grown])


def _linear(encoder: Encoder, wording: Floats, matrix: Floats, z: Floats) -> tuple[Floats, float]:
    from sklearn.linear_model import Ridge

    table = np.column_stack([wording, encoder.standardised(matrix)])
    ridge = Ridge(alpha=_RIDGE).fit(table, z)
    return np.asarray(ridge.coef_), float(ridge.intercept_)


def _chained_wording(counts: sparse.csr_matrix, z: Floats, place: Floats) -> Floats:
    """What the wording of each block says, learnt from earlier blocks only; 0 for the first."""
    wording = np.zeros(len(z))
    block = (place * _CHAIN).astype(int)
    # block after block, so that what is earlier is a part of the arrays and no copy
    order = np.argsort(block, kind="stable")
    counts, z = counts[order], z[order]
    edges = np.searchsorted(block[order], np.arange(_CHAIN + 1))
    for begin, end in pairwise(edges[1:]):
        if 0 < begin < end:
            learnt = TextRidge.fit(_rows(counts, 0, begin), z[:begin])
            wording[order[begin:end]] = learnt.predict(_rows(counts, begin, end))
    return wording


def _rows(counts: sparse.csr_matrix, begin: int, end: int) -> sparse.csr_matrix:
    """Rows in a row, without copying what they hold."""
    ends = counts.indptr[begin : end + 1]
    part = slice(ends[0], ends[-1])
    shape = (end - begin, counts.shape[1])
    return sparse.csr_matrix((counts.data[part], counts.indices[part], ends - ends[0]), shape=shape)


def _trust(parts: Floats, z: Floats) -> Floats:
    """Non-negative least squares, drawn half-way to EVEN."""
    if len(z) < MIN_POSTS:
        return EVEN
    centred = parts - parts.mean(axis=0)
    centred[:, np.abs(centred).max(axis=0) < _TINY] = 0.0
    found, _ = nnls(centred, z - z.mean())
    return np.asarray(0.5 * found + 0.5 * EVEN)
