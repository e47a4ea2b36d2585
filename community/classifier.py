"""A small classifier of intents, trained at first use on our own labelled sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from community.signals import Signals, signals_of
from domain.community import Intent

_TRAINING = Path(__file__).parent / "training"
LANGUAGES = ("de", "en")
INTENTS = tuple(Intent)
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled sentence of our own."""

    text: str
    intent: Intent
    language: str


def examples() -> list[Example]:
    """All labelled sentences, written for this project, German then English."""
    rows = []
    for language in LANGUAGES:
        lines = (_TRAINING / f"{language}.tsv").read_text(encoding="utf-8").splitlines()
        for line in lines:
            label, text = line.split("\t")
            rows.append(Example(text, Intent(label), language))
    return rows


class IntentClassifier:
    """Logistic regression on word and character TF-IDF and on the signals of the lexicon.

    Deterministic. Probabilities are cooled or heated by one temperature, found on folds that the
    model had not seen (Guo et al. 2017, arXiv 1706.04599).
    """

    def __init__(self, *, weight_of_signals: float = 0.7, strength: float = 4.0) -> None:
        self.weight_of_signals = weight_of_signals
        self.strength = strength

    def fit(self, texts: Sequence[str], signals: Sequence[Signals], labels: Sequence[str]) -> Self:
        """Learn from labelled texts; one row in each sequence per text."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, lowercase=True)
        self._chars = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True
        )
        self._words.fit(texts)
        self._chars.fit(texts)
        matrix, classes = self._matrix(texts, signals), np.asarray(labels)
        self.temperature_ = self._temperature(matrix, classes)
        self._model = self._regression().fit(matrix, classes)
        return self

    def probabilities(self, texts: Sequence[str], signals: Sequence[Signals]) -> np.ndarray:
        """Calibrated probabilities, one row per text, one column per intent as in `INTENTS`."""
        scores = self._model.decision_function(self._matrix(texts, signals))
        order = [list(self._model.classes_).index(intent.value) for intent in INTENTS]
        return np.asarray(_softmax(scores / self.temperature_)[:, order])

    def _regression(self) -> Any:
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=self.strength, max_iter=300, tol=1e-3, class_weight="balanced")

    def _matrix(self, texts: Sequence[str], signals: Sequence[Signals]) -> Any:
        from scipy.sparse import csr_matrix, hstack

        seen = csr_matrix(np.array([row.values for row in signals]) * self.weight_of_signals)
        return hstack([self._words.transform(texts), self._chars.transform(texts), seen]).tocsr()

    def _temperature(self, matrix: Any, labels: np.ndarray) -> float:
        from scipy.optimize import minimize_scalar
        from sklearn.model_selection import StratifiedKFold, cross_val_predict

        folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
        scores = cross_val_predict(
            self._regression(), matrix, labels, cv=folds, method="decision_function"
        )
        truth = np.searchsorted(np.unique(labels), labels)

        def loss(log_temperature: float) -> float:
            chances = _softmax(scores / np.exp(log_temperature))
            return float(-np.log(chances[np.arange(len(truth)), truth]).mean())

        return float(np.exp(minimize_scalar(loss, bounds=(-1.5, 2.5), method="bounded").x))


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


@cache
def intent_classifier() -> IntentClassifier:
    """The classifier, trained once per process."""
    rows = examples()
    signals = [signals_of(row.text, language=row.language) for row in rows]
    return IntentClassifier().fit(
        [row.text for row in rows], signals, [row.intent.value for row in rows]
    )
