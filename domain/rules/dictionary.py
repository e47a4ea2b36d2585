"""Which words a language has: a dictionary of forms (simplemma), with German compounds besides."""

from functools import lru_cache

import regex

_LANGUAGES = frozenset({"de", "en", "fr", "es"})
_CODES = (
    "ar bg ca cs cy da de el en es et fa fi fr ga gl he hi hu hy id is it ka lb lt lv mk ms nb "
    "nl nn pl pt ro ru sk sl sq sv sw tl tr uk"
)
_RECOGNISED = frozenset(_CODES.split())
_SAME = {"no": "nb", "hr": "hbs", "sr": "hbs", "bs": "hbs"}
"""What simplemma calls a language where it is not by its code of two letters."""
_GENITIVE = regex.compile(r"['’]s?$")
_SHORTEST_PART = 3
_LINKS = ("", "s", "es", "n", "en", "er", "e")  # Fugenelemente


def has_dictionary(language: str) -> bool:
    """Whether words of that language can be looked up."""
    return language in _LANGUAGES


def recognised(language: str) -> bool:
    """Whether it can be told that a text is in that language."""
    return language in _RECOGNISED or language in _SAME


def share_of_words(text: str, language: str) -> float:
    """How many words of a text the language has, 0..1; the first question reads its dictionary."""
    import simplemma

    return float(simplemma.in_target_language(text, lang=_SAME.get(language, language)))


@lru_cache(maxsize=20_000)
def is_word(word: str, language: str) -> bool:
    """Whether the language has this word, in any of its forms; German compounds of known words too.

    The first question for a language reads its dictionary: about a second for German.
    """
    if is_listed(word, language):
        return True
    if "-" in word:
        return all(is_word(part, language) for part in word.split("-") if part)
    return language == "de" and _is_compound(word)


def is_listed(word: str, language: str) -> bool:
    """Whether the dictionary itself has the word, in any case."""
    # only who meets a strange word pays for the dictionary
    import simplemma

    bare = _GENITIVE.sub("", word)
    return any(
        simplemma.is_known(form, lang=language)
        for form in dict.fromkeys((bare, bare.lower(), bare[:1].upper() + bare[1:].lower()))
        if form
    )


def _is_compound(word: str) -> bool:
    """`Rhabarberschorle`: a known head, perhaps a linking letter, and a known noun."""
    size = len(word)
    return any(
        is_listed(word[at:].capitalize(), "de")
        and (_is_head(word[:at]) or _is_stem(word[:at], word[at:]))
        for at in range(_SHORTEST_PART, size - _SHORTEST_PART)
    )


def _is_stem(head: str, tail: str) -> bool:
    """`Abfüllhalle`, from abfüllen; short pieces would make words of any name."""
    return min(len(head), len(tail)) > _SHORTEST_PART + 1 and is_listed(f"{head.lower()}en", "de")


def _is_head(head: str) -> bool:
    return any(
        len(head) - len(link) >= _SHORTEST_PART
        and head.endswith(link)
        and is_listed(head[: len(head) - len(link)].capitalize(), "de")
        for link in _LINKS
    )
