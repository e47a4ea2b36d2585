"""Lists of words that rules look for: one pattern per list, whatever the case or the disguise."""

from collections.abc import Iterable
from functools import lru_cache

import regex

from domain.rules.context import Draft
from domain.rules.terms import folded

_CAMEL = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})")
_PLACE = regex.compile(r"(?<![\p{L}\p{N}])\S")
_HEAD = 6  # letters; longer beginnings tell little more
_STEM = 5  # so many letters in common make two forms of a word the same


@lru_cache(maxsize=256)  # more than there are lists: a list is slow to compile
def pattern_of(words: str) -> regex.Pattern[str]:
    """A pattern for a list: entries parted by `|`; `*` ends a stem, a space takes any gap."""
    entries = (_entry(entry) for entry in words.split("|") if entry.strip())
    return regex.compile(rf"(?<![\p{{L}}\p{{N}}])(?:{'|'.join(entries)})(?![\p{{L}}\p{{N}}])")


def _entry(entry: str) -> str:
    words = (regex.escape(word).replace(r"\*", r"\p{L}*") for word in folded(entry).split())
    return r"[\s\p{P}]+".join(words)


def text_to_search(draft: Draft) -> str:
    """What is said, folded, with camel-case hashtags taken apart behind it."""
    return _to_search(draft.said)


@lru_cache(maxsize=1024)
def _to_search(said: str) -> str:
    apart = _CAMEL.sub(" ", said)
    return folded(said if apart == said else f"{said}\n{apart}")


def find_words(text: str, lists: Iterable[str]) -> list[str]:
    """What of these lists stands in a folded text."""
    begun = _beginnings(text)
    return [
        match.group()
        for words in lists
        if not begun.isdisjoint(_heads(words))
        for match in pattern_of(words).finditer(text)
    ]


@lru_cache(maxsize=64)
def _heads(words: str) -> frozenset[str]:
    """How the entries of a list begin, as far as that is certain; `*` may begin with anything."""
    firsts = (folded(entry).split()[0] for entry in words.split("|") if entry.strip())
    return frozenset(first.partition("*")[0][:_HEAD] for first in firsts)


@lru_cache(maxsize=1024)
def _beginnings(text: str) -> frozenset[str]:
    """Every string of few letters with which a match may begin in a folded text, and the empty one.

    Most lists have none of them, and then there is no need to look for their words.
    """
    places = [match.start() for match in _PLACE.finditer(text)]
    return frozenset(text[at : at + size] for at in places for size in range(_HEAD + 1)) | {""}


def not_vouched_for(found: Iterable[str], known: str) -> list[str]:
    """Those of the found words of which no form stands in the facts."""
    known = folded(known)
    return [word for word in found if not _stands_in(word, known)]


def _stands_in(word: str, known: str) -> bool:
    return word in known or (
        len(word) > _STEM + 2 and word[: max(_STEM + 1, len(word) - 3)] in known
    )
