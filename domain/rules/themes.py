"""Themes of sensitive news: the words that tell them, and the words of posts that recall them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import regex

from domain.news import Headline
from domain.rules.form import FUNCTION_WORDS
from domain.rules.terms import folded
from domain.rules.words import find_words

LISTS = "sensitive_v1"
"""The word lists in use: a file beside this one."""
_LANGUAGES = ("de", "en", "fr")
_SHARED = frozenset({"in", "an", "on", "was", "es", "des", "du", "die", "am"})
_OWN_WORDS = {code: FUNCTION_WORDS[code] - _SHARED for code in _LANGUAGES}
_WORD = regex.compile(r"\p{L}+")
_CLEAR = 2  # so many more function words than the next language tell a headline's own


@dataclass(frozen=True)
class Theme:
    """What headlines may be about that no brand jokes about.

    Attributes:
        signs: by language the words that tell it in a headline, as `find_words` takes them.
        echoes: by language words that are tactless beside such news and harmless on other days.
        grave: whether it is a catastrophe, which may freeze whole kinds of posts.
    """

    name: str
    signs: Mapping[str, str]
    echoes: Mapping[str, str]
    grave: bool
    title: Mapping[str, str]


@cache
def themes() -> dict[str, Theme]:
    """Every theme by its name."""
    return {
        name: Theme(
            name,
            signs=_joined(each["signs"]),
            echoes=_joined(each["echoes"]),
            grave=each["grave"],
            title={"de": each["de_name"], "en": each["en_name"]},
        )
        for name, each in _lists()["theme"].items()
    }


@cache
def words_of_tone(tone: str) -> Mapping[str, str]:
    """By language the words of a tone, `jokes` or `promotion`."""
    return _joined({code: _lists()["tone"][tone][code] for code in _LANGUAGES})


@cache
def signs_of_tone(tone: str) -> tuple[str, ...]:
    """The emojis and signs of a tone."""
    return tuple(_lists()["tone"][tone]["signs"])


def headline_of(text: str, *, source: str, seen_at: datetime) -> Headline | None:
    """The headline with its themes; None where it is not sensitive.

    Figures of speech of money, sport and stage are none ("shares crash"), unless there are victims.
    """
    found = themes_in(text)
    if not found:
        return None
    name = sha256(folded(text).encode()).hexdigest()[:16]
    return Headline(id=name, text=text, source=source, seen_at=seen_at, themes=found)


@lru_cache(maxsize=2048)  # a brand's facts are asked for with every post of it
def themes_in(text: str) -> tuple[str, ...]:
    """The names of the themes that a headline, or another text, is about."""
    plain, lists = folded(text), _lists()
    spoken = _languages_of(text)
    skipped = set(lists["german"]["words"]) if "de" in spoken and _is_german(text) else set()

    def has(words: Mapping[str, str]) -> bool:
        return bool({*find_words(plain, [words[code] for code in spoken])} - skipped)

    found = tuple(theme.name for theme in themes().values() if has(theme.signs))
    if found and has(_joined(lists["figurative"])) and not has(_joined(lists["victims"])):
        return ()
    return found


def _languages_of(text: str) -> tuple[str, ...]:
    """The language whose function words clearly prevail; all where a headline is too short."""
    counts = {code: _small_words(text, code) for code in _LANGUAGES}
    likely = max(counts, key=lambda code: counts[code])
    lead = counts[likely] - sorted(counts.values())[-2]
    return (likely,) if lead >= _CLEAR else _LANGUAGES


def _is_german(text: str) -> bool:
    return bool(_small_words(text, "de") or regex.search(r"(?i)[äöüß]", text))


def _small_words(text: str, language: str) -> int:
    words = [word.casefold() for word in _WORD.findall(text)]
    return sum(word in _OWN_WORDS[language] for word in words)


def _joined(words: Mapping[str, Any]) -> dict[str, str]:
    return {code: "|".join(words[code]) for code in _LANGUAGES}


@cache
def _lists() -> dict[str, Any]:
    return tomllib.loads((files("domain.rules") / f"{LISTS}.toml").read_text(encoding="utf-8"))
