"""Three estimators of y and how much each is trusted: wording, a linear one, boosted trees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import nnls
from threadpoolctl import threadpool_limits

from domain.errors import ModelError
from ml.matrix import Encoder
from ml.text import TextRidge

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

MIN_POSTS = 30
"""Fewer posts than this train nothing: the trailing level alone is the forecast."""

_INNER_SHARE = 0.75
_CHAIN = 4
_OUTLIER = 5.0
_MAX_ROUNDS = 250
_RIDGE = 50.0


@dataclass(frozen=True, slots=True)
class Blend:
    """The fitted parts. `weights` are those of wording, linear and trees, none negative."""

    encoder: Encoder
    text: TextRidge
    linear: Floats
    intercept: float
    trees: Any
    weights: Floats

    def parts(self, features: pl.DataFrame, counts: sparse.csr_matrix) -> Floats:
        """One row per post, one column per estimator."""
        return self._parts(features, self.text.predict(counts))

    def score(self, features: pl.DataFrame, counts: sparse.csr_matrix) -> Floats:
        """One expected y per post."""
        return np.asarray(self.parts(features, counts) @ self.weights)

    def _parts(self, features: pl.DataFrame, wording: Floats) -> Floats:
        matrix = self.encoder.matrix(features)
        table = np.column_stack([wording, self.encoder.standardised(matrix)])
        with threadpool_limits(limits=1):
            grown = self.trees.predict(np.column_stack([wording, matrix]))
        return np.column_stack([wording, table @ self.linear + self.intercept, grown])


@dataclass(frozen=True, slots=True)
class Fitted:
    """A blend fitted on all rows, and what it said of its last quarter before it had seen it."""

    blend: Blend
    held_out: Mask
    forecast: Floats


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
    early = place < _INNER_SHARE
    y = clipped_target(features)
    probe = _fit_parts(features.filter(early), counts[early], columns, rounds=None, seed=seed)
    late = features.filter(~early)
    rounds = _best_rounds(probe, late, counts[~early], y[~early])
    probe = _fit_parts(features.filter(early), counts[early], columns, rounds=rounds, seed=seed)
    parts = probe.parts(late, counts[~early])
    weights = _trust(parts, y[~early])
    final = _fit_parts(features, counts, columns, rounds=rounds, seed=seed)
    blend = Blend(final.encoder, final.text, final.linear, final.intercept, final.trees, weights)
    return Fitted(blend, ~early, parts @ weights)


def account_share(features: pl.DataFrame) -> Floats:
    """Where each row stands in its account's time, from 0 (first) to just under 1 (last)."""
    place = pl.int_range(pl.len()).over("account") / pl.len().over("account")
    return features.select(place.alias("share"))["share"].to_numpy()


def clipped_target(features: pl.DataFrame) -> Floats:
    """The rows' y with what is further out than five robust deviations pulled in.

    One viral post or one bought crowd would otherwise bend a least-squares fit.
    """
    y = features["y"].to_numpy().astype(np.float64)
    centre = np.median(y)
    spread = 1.4826 * np.median(np.abs(y - centre)) + 1e-6
    return np.asarray(np.clip(y, centre - _OUTLIER * spread, centre + _OUTLIER * spread))


def _fit_parts(
    features: pl.DataFrame,
    counts: sparse.csr_matrix,
    columns: Sequence[str],
    *,
    rounds: int | None,
    seed: int,
) -> Blend:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.linear_model import Ridge

    y = clipped_target(features)
    encoder = Encoder.fit(features, columns=columns)
    matrix = encoder.matrix(features)
    wording = _chained_wording(counts, y, account_share(features))
    table = np.column_stack([wording, encoder.standardised(matrix)])
    linear = Ridge(alpha=_RIDGE).fit(table, y)
    trees = HistGradientBoostingRegressor(
        max_iter=rounds or _MAX_ROUNDS, learning_rate=0.05, max_leaf_nodes=15,
        min_samples_leaf=20, l2_regularization=5.0, max_features=0.5, early_stopping=False,
        random_state=seed,
    )  # fmt: skip
    with threadpool_limits(limits=1):
        trees.fit(np.column_stack([wording, matrix]), y)
    text = TextRidge.fit(counts, y)
    weights = np.array([0.0, 0.5, 0.5])
    return Blend(encoder, text, linear.coef_, float(linear.intercept_), trees, weights)


def _chained_wording(counts: sparse.csr_matrix, y: Floats, place: Floats) -> Floats:
    """What the wording of each block says, learnt from earlier blocks only; 0 for the first."""
    wording = np.zeros(len(y))
    for step in range(1, _CHAIN):
        past = place < step / _CHAIN
        block = (place >= step / _CHAIN) & (place < (step + 1) / _CHAIN)
        if past.any() and block.any():
            wording[block] = TextRidge.fit(counts[past], y[past]).predict(counts[block])
    return wording


def _best_rounds(probe: Blend, late: pl.DataFrame, counts: sparse.csr_matrix, y: Floats) -> int:
    if not late.height:
        return _MAX_ROUNDS
    matrix = np.column_stack([probe.text.predict(counts), probe.encoder.matrix(late)])
    with threadpool_limits(limits=1):
        losses = [float(np.var(y - said)) for said in probe.trees.staged_predict(matrix)]
    # the level drifts between the quarters, so only the shape of the errors counts; the whole
    # of the data then carries a third more rounds than three quarters of it
    return min(_MAX_ROUNDS, max(20, (int(np.argmin(losses)) + 1) * 4 // 3))


def _trust(parts: Floats, y: Floats) -> Floats:
    """Non-negative least squares, drawn half-way to an even split of linear and trees."""
    even = np.array([0.0, 0.5, 0.5])
    if len(y) < MIN_POSTS:
        return even
    found, _ = nnls(parts - parts.mean(axis=0), y - y.mean())
    return np.asarray(0.5 * found + 0.5 * even)
