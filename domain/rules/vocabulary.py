"""Vocabulary: what a text says as a set of stems and numbers, each with its weight for a brand.

What stands in few of the brand's facts weighs much, what stands in all of them little. Two texts
say the same where the lighter one has most of its weight in common with the other.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import regex

from domain.brand import Brand, Fact
from domain.numbers import find_numbers
from domain.rules.meaning import content_of
from domain.text import find_hashtags, without

LEAST = 2.0
"""So much weight, that of two words of one fact alone, is in common, or the words are too few to
tell anything: short texts share their words by chance."""
STATED = 0.6
"""A text says a fact where it holds so much of the fact's weight. In the half of the labelled texts
for tuning (`tests/content/retold`) a text on another matter has 0.39 at most."""
_STEM, _SHORTEST = 5, 4  # letters
_UNKNOWN = 0.5
_ACCENTS = str.maketrans("äöüàáâéèêëíîïóôúûçñ", "aouaaaeeeeiiioouucn")
_UMLAUT = regex.compile(r"(?<![aeiouq])([aou])e")  # `Allgaeu`, but not `neue` and `Quelle`
_ENDING = regex.compile(rf"(?<=^.{{{_SHORTEST},}})(?:ungen|ung|ings?|ed|es|ern|en|er|em|e|s|n|t)$")


class _Weights(dict[str, float]):
    """Weights by stem; what no fact says weighs half of what one fact alone says."""

    def __missing__(self, stem: str) -> float:
        return _UNKNOWN

    def of(self, stems: Iterable[str]) -> float:
        """Their weight together."""
        return sum(map(self.__getitem__, stems))


@dataclass(frozen=True)
class Vocabulary:
    """The words of a brand's facts with their weights.

    Attributes:
        language: `de` or `en`, which decides how numbers are read.
        weights: 1 for a stem of one fact alone, towards 0 for one of all of them.
        facts: by the text of each fact its stems, and the weight from which on it is stated.
    """

    language: str
    weights: _Weights
    facts: Mapping[str, tuple[frozenset[str], float]]

    def overlap(self, one: str, other: str) -> float:
        """How much of the lighter text's weight stands in the other, 0..1; too little is 0."""
        mine, theirs = stems_of(one, self.language), stems_of(other, self.language)
        shared = mine & theirs
        if len(shared) < LEAST or (common := self.weights.of(shared)) < LEAST:  # none weighs over 1
            return 0.0
        return common / min(self.weights.of(mine), self.weights.of(theirs))

    def states(self, text: str, fact: Fact) -> bool:
        """Whether a text says a fact of the brand, be it in other words.

        Of a fact of very few words nobody knows.
        """
        wanted, least = self.facts[fact.text]
        return self.weights.of(wanted & stems_of(text, self.language)) >= least


def vocabulary_of(brand: Brand) -> Vocabulary:
    """The vocabulary of a brand's facts as they stand in its file."""
    return _vocabulary(tuple(fact.text for fact in brand.facts), brand.voice.language)


@lru_cache(maxsize=4096)
def stems_of(text: str, language: str) -> frozenset[str]:
    """What a text says: stems of its words, and `#` with the value of each number.

    Links, handles, hashtags and small words are left out. Umlauts count as their vowels, however
    they are spelled, and usual endings are cut: `Gläser` and `Glas`, `mending` and `mend`.
    """
    numbers = find_numbers(text, language=language)
    spelled = {number.text.casefold() for number in numbers if number.spelled}
    words = content_of(without(text, find_hashtags(text))) - spelled
    values = (f"#{number.value}" for number in numbers)
    return frozenset((*(_stem(word) for word in words if not word[0].isdigit()), *values))


@lru_cache(maxsize=8192)  # a brand uses the same words again and again
def _stem(word: str) -> str:
    plain = _UMLAUT.sub(r"\1", word.translate(_ACCENTS))
    return str(_ENDING.sub("", plain))[:_STEM]


@lru_cache(maxsize=64)
def _vocabulary(facts: tuple[str, ...], language: str) -> Vocabulary:
    counts = Counter(stem for fact in facts for stem in stems_of(fact, language))
    most = math.log(len(facts) + 1)
    weights = _Weights(
        {stem: math.log((len(facts) + 1) / count) / most for stem, count in counts.items()}
    )
    told = {fact: stems_of(fact, language) for fact in facts}
    needed = {fact: (stems, max(LEAST, STATED * weights.of(stems))) for fact, stems in told.items()}
    return Vocabulary(language, weights, needed)
