"""Nouns in German and English: inflections, and words for the same thing."""

import regex

_PLURAL = regex.compile(r"\p{L}{2}(?<![su]|i)s$")
_ENDINGS = {
    "de": ("e", "en", "ern", "er", "n", "nen", "s", "es", "se", "innen"),
    "en": ("s", "es", "ies"),
}
_IRREGULAR = {
    "people": "person", "men": "man", "women": "woman", "children": "child", "sheep": "sheep",
    "feet": "foot", "teeth": "tooth", "mice": "mouse", "geese": "goose", "fish": "fish",
    "staff": "staff", "cattle": "cattle", "oxen": "ox", "knives": "knife", "wives": "wife",
    "lives": "life", "leaves": "leaf", "halves": "half", "shelves": "shelf", "deer": "deer",
    "crew": "crew", "folk": "folk", "folks": "folk", "salmon": "salmon", "trout": "trout",
}  # fmt: skip
_SYNONYMS = (
    "people person team staff colleague employee folk folks head worker",
    "farm farmstead holding farmer",
    "kind sort type variety flavour flavor version",
    "parcel package packet",
    "guest visitor",
    "client customer",
    "apprentice trainee",
    "shop store",
    "leute mensch person kopf team mitarbeiter mitarbeiterin mitarbeitende beschäftigte kollege "
    "kollegin köpfe menschen",
    "hof höfe bauernhof betrieb",
    "sorte geschmacksrichtung geschmack variante art",
    "kiste kasten kästen",
    "flasche pulle",
    "gast gäste besucher",
    "lehrling azubi auszubildende",
    "paket päckchen",
    "laden läden geschäft",
)
_GROUPS = tuple(frozenset(words.split()) for words in _SYNONYMS)
_KIND_WORDS = "kind sort type variety flavour flavor sorte geschmacksrichtung variante art"
KINDS = frozenset(_KIND_WORDS.split())
"""Words after which a number is also one of the thing itself: `Limonade in 5 Sorten`."""
_SHORT = 3  # letters; `hof` would be the end of anything
_UMLAUTS = str.maketrans("äöü", "aou")


def is_plural(word: str) -> bool:
    """Whether an English word looks like a noun in the plural."""
    low = word.casefold()
    return low in _IRREGULAR or bool(_PLURAL.search(low))


def is_same(one: str, other: str, language: str) -> bool:
    """`Höfe` and `Hof`, `farms` and `farm`, `Glasflaschen` and `Flasche`, or words for the same."""
    mine, theirs = roots(one, language), roots(other, language)
    if mine & theirs:
        return True
    if any(mine & group and theirs & group for group in _GROUPS):
        return True
    return language == "de" and any(
        (a.endswith(b) and len(b) > _SHORT) or (b.endswith(a) and len(a) > _SHORT)
        for a in mine
        for b in theirs
    )


def roots(word: str, language: str) -> set[str]:
    """A word as it is, and without each ending that may be an inflection."""
    low = word.casefold()
    found = {low, low.translate(_UMLAUTS)} | ({_IRREGULAR[low]} if low in _IRREGULAR else set())
    for form in tuple(found):
        found |= {
            form.removesuffix(end) + ("y" if end == "ies" else "")
            for end in _ENDINGS[language]
            if form.endswith(end) and len(form) - len(end) >= _SHORT
        }
    return found
