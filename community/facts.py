"""Which fact of a brand answers a question, if any does."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from community.lexicon import plain, tokens_of
from domain.brand import Fact

ENOUGH = 0.5
_MARGIN = 0.05
_STEM = 5
_FOLDER = Path(__file__).parent / "lexicon"


@dataclass(frozen=True, slots=True)
class Match:
    """A fact and how much of what was asked it covers, by weight: 0 to 1."""

    fact: Fact
    score: float


@dataclass(frozen=True, slots=True)
class _Concept:
    """A kind of question (price, place, hours) and how a fact that answers it looks."""

    name: str
    asked: re.Pattern[str]
    answered: re.Pattern[str]


def best_fact(question: str, facts: Sequence[Fact]) -> Match | None:
    """The one fact that covers enough of a question; None where none does or two do alike.

    Words count by how rare they are among the facts (smoothed idf), compared by their stems. A
    question for a price, a place or hours is only answered by a fact that holds one.
    """
    text = plain(question)
    asked = {concept.name for concept in _concepts() if concept.asked.search(text)}
    words = _content(text)
    matches = sorted(
        (_match(words, fact, facts=facts) for fact in facts if asked <= _answers(fact)),
        key=lambda match: (-match.score, match.fact.id),
    )
    if not matches or matches[0].score < ENOUGH:
        return None
    if len(matches) > 1 and matches[0].score - matches[1].score < _MARGIN:
        return None
    return matches[0]


def _match(words: frozenset[str], fact: Fact, *, facts: Sequence[Fact]) -> Match:
    weights = {word: _weight(word, facts) for word in words}
    own = _content(_searched(fact))
    covered = sum(weight for word, weight in weights.items() if _is_in(word, own))
    return Match(fact, covered / max(sum(weights.values()), 1e-9))


def _weight(word: str, facts: Sequence[Fact]) -> float:
    holding = sum(_is_in(word, _content(_searched(fact))) for fact in facts)
    return math.log((len(facts) + 1.5) / (holding + 0.5))


def _searched(fact: Fact) -> str:
    return f"{fact.text} {fact.topic} {fact.id.replace('-', ' ').replace('_', ' ')}"


@cache
def _content(text: str) -> frozenset[str]:
    return frozenset(
        word for word in tokens_of(plain(text)) if word not in _stop_words() and len(word) > 1
    )


def _is_in(word: str, others: frozenset[str]) -> bool:
    return any(_alike(word, other) for other in others)


def _alike(one: str, other: str) -> bool:
    """The same stem, or a long word inside a compound (`wasser` in `quellwasser`)."""
    short, long = sorted((one, other), key=len)
    if len(short) < _STEM:
        return short == long or (len(short) > 2 and long.startswith(short) and len(long) < 6)
    return short[:_STEM] == long[:_STEM] or (len(short) > _STEM and short in long)


def _answers(fact: Fact) -> set[str]:
    return {concept.name for concept in _concepts() if concept.answered.search(fact.text)}


@cache
def _stop_words() -> frozenset[str]:
    return frozenset((_FOLDER / "stop_words.txt").read_text(encoding="utf-8").split())


@cache
def _concepts() -> tuple[_Concept, ...]:
    listed = yaml.safe_load((_FOLDER / "questions.yaml").read_text(encoding="utf-8"))
    return tuple(
        _Concept(
            name,
            re.compile(entry["asked"], re.IGNORECASE),
            re.compile(entry["answered"], re.IGNORECASE),
        )
        for name, entry in listed.items()
    )
