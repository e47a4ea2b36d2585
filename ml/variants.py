"""Which of several texts for the same thing will be clicked more: a prior, before any test."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from domain.errors import ModelError
from ml.headlines import form_of
from ml.sentences import embed
from ml.variant_tests import Places, centred, groups_of, outcomes

Floats = NDArray[np.float64]

MIN_TESTS = 50
"""Fewer tests than this teach nothing: then every text is as likely to win as the next."""

_PENALTY = 12_000.0
_FOLDS = 5
_TINY = 1e-9
_LEAST_SPREAD = 0.05


@dataclass(frozen=True, slots=True)
class VariantModel:
    """A ridge on meaning and form, fitted on differences within tests.

    A score is a difference in log click rate; only differences between texts mean something.
    `spread` is the standard deviation of what a score leaves open, `noise` of test and text known,
    and `base` the log click rate of the tests that taught.
    """

    centre: Floats
    weights: Floats
    spread: float
    base: float

    @classmethod
    def fit(cls, tests: pl.DataFrame) -> "VariantModel":
        """Learn from tests of `prepare_tests`; raises ModelError below MIN_TESTS of them."""
        number = tests["test_id"].n_unique()
        if number < MIN_TESTS:
            raise ModelError(
                f"{number} tests are too few to learn wording from; give at least {MIN_TESTS}"
            )
        table = _columns(tests["text"].to_list())
        y, trust = outcomes(tests)
        groups = groups_of(tests)
        fold = groups * _FOLDS // (groups[-1] + 1)
        unseen = np.zeros(len(y))
        for each in range(_FOLDS):
            out = fold == each
            unseen[out] = table[out] @ _ridge(table[~out], y[~out], groups[~out], trust[~out])
        guess = centred(unseen, groups, trust)
        slope = max(0.0, float((trust * guess) @ y / ((trust * guess) @ guess + _TINY)))
        weights = min(1.0, slope) * _ridge(table, y, groups, trust)
        clicks, shown = (float(tests[name].sum()) for name in ("clicks", "impressions"))
        base = float(np.log((clicks + 0.5) / (shown + 1)))
        spread = _left_open(tests, y - min(1.0, slope) * guess)
        return cls(table.mean(axis=0), weights, spread, base)

    def score(self, texts: Sequence[str]) -> Floats:
        """One score per text; higher is likelier to be clicked."""
        if not len(texts):
            return np.zeros(0)
        return np.asarray((_columns(texts) - self.centre) @ self.weights)


def dump_variants(model: VariantModel) -> bytes:
    """Plain arrays; the inverse loads them."""
    buffer = io.BytesIO()
    facts = np.array([model.spread, model.base])
    np.savez_compressed(buffer, centre=model.centre, weights=model.weights, facts=facts)
    return buffer.getvalue()


def load_variants(content: bytes) -> VariantModel:
    """The model of `dump_variants`; raises ModelError where the bytes are not one."""
    try:
        found = np.load(io.BytesIO(content), allow_pickle=False)
        spread, base = found["facts"]
        return VariantModel(found["centre"], found["weights"], float(spread), float(base))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ModelError(f"this is no model of variants ({error}); train it again") from error


def _columns(texts: Sequence[str]) -> Floats:
    """Meaning and form side by side; a text that stands twice is read once."""
    each, places = np.unique(np.array(texts, dtype=object), return_inverse=True)
    return np.column_stack([embed(each.tolist()), form_of(each.tolist())])[places]


def fit_columns(table: Floats, tests: pl.DataFrame, *, penalty: float) -> Floats:
    """A weight for each column of `table`, from the differences within `tests` (its rows)."""
    y, trust = outcomes(tests)
    return _ridge(table, y, groups_of(tests), trust, penalty=penalty)


def _ridge(
    table: Floats, y: Floats, groups: Places, trust: Floats, *, penalty: float = _PENALTY
) -> Floats:
    """Weights on the raw columns, each penalised on the scale that it has within tests."""
    _, places = np.unique(groups, return_inverse=True)
    inside = centred(table, places, trust)
    scale = np.sqrt(np.average(inside**2, axis=0, weights=trust)) + _TINY
    inside /= scale
    normal = (inside * trust[:, None]).T @ inside + penalty * np.eye(table.shape[1])
    return np.asarray(np.linalg.solve(normal, (inside * trust[:, None]).T @ y) / scale)


def _left_open(tests: pl.DataFrame, rest: Floats) -> float:
    """What neither the score nor the chance of few clicks explains, as a standard deviation."""
    sizes = tests.select(pl.len().over("test_id"))["len"].to_numpy()
    chance = 1 / (tests["clicks"].to_numpy() + 0.5)
    open_variance = np.mean(rest**2 * sizes / np.maximum(sizes - 1, 1) - chance)
    return float(np.sqrt(max(_LEAST_SPREAD**2, open_variance)))
