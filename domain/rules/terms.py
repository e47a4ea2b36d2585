"""Rules on single words: banned, required, and the names of competitors."""

import unicodedata
from functools import lru_cache

import regex

from domain.compliance import ComplianceCheck
from domain.rules.context import Draft, blocked, listed, passed
from domain.text import visible

_SUFFIXES = (
    "e|er|en|em|es|s|n|ns|ere|eren|erer|eres|erem|ste|sten|ster|stes|stem|este|esten|ester|estes"
    "|d|ed|ing|est|ly|ally|'s|t|te|ten|end|ende|enden|ender|endes"
)
_GENITIVE = "(?:'s)?"
_CAMEL = regex.compile(r"(?<=\p{Ll})(?=\p{Lu})")
_FIRST_COMBINING = "\u0300"
_SHORT = 4  # a shorter term is taken as it stands: `Kur` is not `Kurs`
_VERB = 6  # from here on -en and -e are endings that others may replace
_LOOKALIKES = str.maketrans(  # Cyrillic and Greek letters that pass for Latin ones
    "авекмнорстухіјѕԁɡοαεικνρτυ",
    "abekmhopctyxijsdgoaeikvptu",
)


@lru_cache(maxsize=1024)
def folded(text: str) -> str:
    """One spelling for all disguises: case, umlauts, accents, invisible and borrowed letters."""
    text = visible(text).casefold()
    if text.isascii():
        return text
    for umlaut, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        text = text.replace(umlaut, plain)
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in apart if c < _FIRST_COMBINING or not unicodedata.combining(c))
    return bare.translate(_LOOKALIKES).replace("’", "'")


@lru_cache(maxsize=4096)
def _pattern(term: str) -> regex.Pattern[str]:
    """Matches a term as a word: inflected, hyphen or dot inside, or with its letters spaced out."""
    words = [word for word in regex.split(r"[\s_-]+", folded(term).strip()) if word]
    plain = r"[\s\p{P}]+".join(_word(word) for word in words)
    letters = [regex.escape(letter) for letter in "".join(words) if letter.isalnum()]
    spaced = r"[^\p{L}\p{N}]+".join(letters)
    either = rf"{plain}|{spaced}" if len(letters) >= _SHORT else plain
    return regex.compile(rf"(?<![\p{{L}}\p{{N}}])(?:{either})(?![\p{{L}}\p{{N}}])")


def _word(word: str) -> str:
    if len(word) < _SHORT or not word.isalpha():
        return f"{regex.escape(word)}{_GENITIVE if word.isalpha() else ''}"
    stem, prefix, nouns = word, "", ""
    if len(word) >= _VERB and word.endswith("en"):
        stem, prefix, nouns = word[:-2], "(?:ge)?", "|ung|ungen"
    elif word.endswith("e"):
        stem = word[:-1]
    joined = r"[\p{P}\p{S}]*".join(regex.escape(letter) for letter in stem)
    return rf"{prefix}{joined}(?:{regex.escape(word[len(stem) :])}|e?(?:{_SUFFIXES}{nouns}))?"


def find_terms(text: str, terms: tuple[str, ...]) -> list[str]:
    """Which of the terms stand in the text, whatever their case, ending or disguise."""
    text = folded(text)
    return [term for term in terms if _pattern(term).search(text)]


def banned_terms(draft: Draft) -> ComplianceCheck:
    """None of the brand's banned words."""
    terms = draft.brand.terms.banned
    if found := find_terms(_split_tags(draft.said), terms):
        return blocked("banned_terms", evidence=listed(found), remedy="say it in other words")
    return passed("banned_terms", f"{len(terms)} terms looked for")


def competitors(draft: Draft) -> ComplianceCheck:
    """No competitor is named."""
    names = draft.brand.competitors
    if found := find_terms(_split_tags(draft.said), names):
        return blocked("competitors", evidence=listed(found), remedy="leave the competitor out")
    return passed("competitors", f"{len(names)} names looked for")


def required_terms(draft: Draft) -> ComplianceCheck:
    """Each of the brand's required words."""
    terms = draft.brand.terms.required
    present = find_terms(draft.said, terms)
    if missing := [term for term in terms if term not in present]:
        return blocked("required_terms", evidence=f"missing: {listed(missing)}", remedy="add it")
    return passed("required_terms", f"{len(terms)} terms required")


def _split_tags(text: str) -> str:
    """The text, followed by its camel-case words taken apart: #BestePreise hides two words."""
    apart = _CAMEL.sub(" ", text)
    return text if apart == text else f"{text}\n{apart}"
