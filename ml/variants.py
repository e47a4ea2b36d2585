"""Which of several texts for the same thing will be clicked more: a prior, before any test."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import nnls

from domain.errors import ModelError
from ml.hashing import BUCKETS, hash_words
from ml.headlines import form_of
from ml.sentences import embed
from ml.text import TextRidge
from ml.variant_tests import Places, centred, groups_of, outcomes

Floats = NDArray[np.float64]

MIN_TESTS = 50
"""Fewer tests than this teach nothing: then every text is as likely to win as the next."""

_MEANING, _FORM, _WORDS = 30_000.0, 6_000.0, 6.0
"""Penalties of the three parts."""

_HELD = 0.6
"""How much of what texts promise is believed.

Of later teaching tests, played again, the least is lost where 0.6 to 0.8 of it is: the cautious
end, as what comes later still is foretold less well.
"""

_FOLDS = 5
_TINY = 1e-9
_LEAST_SPREAD = 0.05


@dataclass(frozen=True, slots=True)
class VariantModel:
    """Ridges on meaning, on form and on words, fitted on differences within tests and added up.

    A score is a difference in log click rate; only differences between texts mean something.
    `centre` and `weights` are those of the columns of meaning and form. `spread` is the standard
    deviation of what a score leaves open, `noise` of test and text known, and `base` the log click
    rate of the tests that taught.
    """

    centre: Floats
    weights: Floats
    words: TextRidge
    spread: float
    base: float

    @classmethod
    def fit(cls, tests: pl.DataFrame) -> "VariantModel":
        """Learn from tests of `prepare_tests`; raises ModelError below MIN_TESTS of them.

        Each part counts by as much as it foretold of tests that had not taught it, and for
        nothing where it foretold nothing.
        """
        number = tests["test_id"].n_unique()
        if number < MIN_TESTS:
            raise ModelError(
                f"{number} tests are too few to learn wording from; give at least {MIN_TESTS}"
            )
        read = _Read.of(tests["text"].to_list())
        y, trust = outcomes(tests)
        groups = groups_of(tests)
        fold = groups * _FOLDS // (groups[-1] + 1)
        unseen = np.zeros((len(y), 3))
        for each in range(_FOLDS):
            out = fold == each
            taught = _parts(read.at(~out), y[~out], groups[~out], trust[~out])
            unseen[out] = _told(read.at(out), *taught)
        guesses = centred(unseen, groups, trust)
        root = np.sqrt(trust)
        shares = _HELD * nnls(guesses * root[:, None], y * root)[0]
        meaning, form, words = _parts(read, y, groups, trust)
        clicks, shown = (float(tests[name].sum()) for name in ("clicks", "impressions"))
        return cls(
            np.concatenate([read.meaning.mean(axis=0), read.form.mean(axis=0)]),
            np.concatenate([shares[0] * meaning, shares[1] * form]),
            replace(words, weights=shares[2] * words.weights, mean=0.0),
            _left_open(tests, y - guesses @ shares),
            float(np.log((clicks + 0.5) / (shown + 1))),
        )

    def score(self, texts: Sequence[str]) -> Floats:
        """One score per text; higher is likelier to be clicked."""
        if not len(texts):
            return np.zeros(0)
        read = _Read.of(texts)
        table = np.column_stack([read.meaning, read.form])
        return (table - self.centre) @ self.weights + self.words.predict(read.words)


def dump_variants(model: VariantModel) -> bytes:
    """Plain arrays; the inverse loads them."""
    buffer = io.BytesIO()
    facts = np.array([model.spread, model.base])
    words = np.array([model.words.idf, model.words.weights])
    np.savez_compressed(
        buffer, centre=model.centre, weights=model.weights, words=words, facts=facts
    )
    return buffer.getvalue()


def load_variants(content: bytes) -> VariantModel:
    """The model of `dump_variants`, one from before words were kept too.

    Raises ModelError where the bytes are not one.
    """
    try:
        found = np.load(io.BytesIO(content), allow_pickle=False)
        spread, base = found["facts"]
        idf, weights = found["words"] if "words" in found else np.zeros((2, BUCKETS))
        words = TextRidge(idf, weights, 0.0)
        return VariantModel(found["centre"], found["weights"], words, float(spread), float(base))
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ModelError(f"this is no model of variants ({error}); train it again") from error


@dataclass(frozen=True, slots=True)
class _Read:
    """What is seen of texts, a row each."""

    meaning: Floats
    form: Floats
    words: sparse.csr_matrix

    @classmethod
    def of(cls, texts: Sequence[str]) -> "_Read":
        """A text that stands twice is read once."""
        each, places = np.unique(np.array(texts, dtype=object), return_inverse=True)
        once = each.tolist()
        return cls(embed(once)[places], form_of(once)[places], hash_words(once)[places])

    def at(self, rows: NDArray[np.bool_]) -> "_Read":
        return _Read(self.meaning[rows], self.form[rows], self.words[np.flatnonzero(rows)])


def _parts(
    read: _Read, y: Floats, groups: Places, trust: Floats
) -> tuple[Floats, Floats, TextRidge]:
    """What meaning, form and words say when each is asked alone."""
    return (
        _ridge(read.meaning, y, groups, trust, penalty=_MEANING),
        _ridge(read.form, y, groups, trust, penalty=_FORM),
        TextRidge.fit(read.words, y, alpha=_WORDS),
    )


def _told(read: _Read, meaning: Floats, form: Floats, words: TextRidge) -> Floats:
    """A row per text, a column per part."""
    return np.column_stack([read.meaning @ meaning, read.form @ form, words.predict(read.words)])


def fit_columns(table: Floats, tests: pl.DataFrame, *, penalty: float) -> Floats:
    """A weight for each column of `table`, from the differences within `tests` (its rows)."""
    y, trust = outcomes(tests)
    return _ridge(table, y, groups_of(tests), trust, penalty=penalty)


def _ridge(table: Floats, y: Floats, groups: Places, trust: Floats, *, penalty: float) -> Floats:
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
