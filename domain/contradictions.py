"""Facts that cannot both be true: of one topic, in nearly the same words, with other figures."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import regex

from domain.brand import Fact
from domain.numbers import Number, find_numbers, is_measure
from domain.text import visible

_DATE, _CLOCK = "date", "clock"
_NOON = 12 * 60
_SMALL = (
    "a an the our your we us you it its is are was were at o'clock every each always daily day now "
    "der die das den dem des ein eine einen einem einer eines unser unsere unserem unseren unserer "
    "wir uns ihr euch sie es ist sind war waren um jeden jede jeder jedes immer täglich tag tage "
    "jetzt"
)
_EMPTY = frozenset(_SMALL.split())
"""Words that tell no two things apart; prepositions and `without` do."""
_ENDING = regex.compile(r"(?<=\p{L}{3})(?:et|en|er|es|em|ed|st|e|s|n|t)$")
_WORD = regex.compile(r"\p{L}+")


def contradictions(facts: Sequence[Fact], *, language: str) -> list[tuple[Fact, Fact]]:
    """Each two facts that say of the same thing another figure, time or date, as they stand.

    Two facts speak of the same thing where their topic and their words are the same but for
    articles and endings; "The Fell blanket costs £90" does not contradict "The Hearth blanket costs
    £149". Where several figures differ, one may tell which thing is meant ("a 0.5 l bottle"), so
    that only opening hours still contradict each other.
    """
    return [pair for pair in combinations(facts, 2) if _contradict(*pair, language=language)]


def told(facts: Sequence[Fact], *, language: str) -> list[str]:
    """A line for each two that contradict each other, with their ids and the remedy."""
    return [
        f"facts {one.id} and {other.id} say the same with other figures; mend or remove one, or "
        "tell in words what sets them apart"
        for one, other in contradictions(facts, language=language)
    ]


def agreeing(facts: Sequence[Fact], *, language: str) -> tuple[Fact, ...]:
    """The facts without those that contradict one before them."""
    kept: list[Fact] = []
    for fact in facts:
        if not any(_contradict(fact, other, language=language) for other in kept):
            kept.append(fact)
    return tuple(kept)


def _contradict(one: Fact, other: Fact, *, language: str) -> bool:
    if one.topic != other.topic:
        return False
    mine, theirs = _figures(one.text, language), _figures(other.text, language)
    # most facts share not even the kind of figure, and words cost more to compare
    only_mine, only_theirs = [*(mine - theirs).elements()], [*(theirs - mine).elements()]
    kinds = sorted(kind for kind, _ in only_mine)
    if not kinds or kinds != sorted(kind for kind, _ in only_theirs):
        return False
    if len(kinds) > 1 and set(kinds) != {_CLOCK}:
        return False
    return _words(one.text, language) == _words(other.text, language)


@lru_cache(maxsize=4096)
def _figures(text: str, language: str) -> Counter[tuple[str, str]]:
    return Counter(_figure(number) for number in find_numbers(text, language=language))


def _figure(number: Number) -> tuple[str, str]:
    """Its kind, and its value within that."""
    if number.unit.endswith(".") or regex.fullmatch(r"\d{4}-\d\d-\d\d", number.value):
        return _DATE, f"{number.unit}{number.value}"
    if number.unit == _CLOCK:
        return _CLOCK, _minutes(number)
    return number.unit, number.value


def _minutes(number: Number) -> str:
    """The time of day in minutes, whether it was written with `9 am`, `9:00` or `9 Uhr`."""
    hours, _, minutes = number.value.partition(":")
    if not (hours.isdigit() and (minutes or "0").isdigit()):
        return number.value
    told = number.text.casefold().replace(".", "")
    at = int(hours) * 60 + int(minutes or 0)
    if told.endswith("pm"):
        return str(at % _NOON + _NOON)
    return str(at % _NOON if told.endswith("am") else at)


@lru_cache(maxsize=4096)
def _words(text: str, language: str) -> frozenset[str]:
    """What it speaks of: its words without figures, units, articles and endings."""
    figures = {
        word.casefold()
        for number in find_numbers(text, language=language)
        for word in _WORD.findall(number.text)
    }
    words = (word.casefold() for word in _WORD.findall(visible(text)))
    return frozenset(
        _ENDING.sub("", word)
        for word in words
        if word not in _EMPTY | figures and not is_measure(word) and len(word) > 1
    )
