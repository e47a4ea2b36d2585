"""Accessibility: what a screen reader makes of a post."""

from functools import lru_cache

import regex

from domain.compliance import ComplianceCheck
from domain.letters import is_dressed
from domain.rules.context import Draft, held, listed, passed
from domain.rules.dictionary import has_dictionary, is_listed, is_word
from domain.rules.form import FUNCTION_WORDS
from domain.text import find_hashtags

_SHORT_TAG = 10  # a shorter hashtag is hardly two words
_PART = 3
_FILE_NAME = regex.compile(
    r"(?i)[\w-]+\.(?:jpe?g|png|gif|webp|heic|mp4|mov)|(?:img|dsc|image)[_ -]?\d+"
)
_SHORTEST_ALT = 5
_ORNAMENT = regex.compile(r"([^\p{L}\p{N}\s.])\1{5,}")


def alt_text(draft: Draft) -> ComplianceCheck:
    """Every picture is described in words, for who cannot see it."""
    bare = [
        asset.id
        for asset in draft.media
        if asset.kind == "image" and not _describes(asset.alt_text)
    ]
    if bare:
        return held("alt_text", evidence=f"no description of {listed(bare)}", remedy="describe it")
    return passed("alt_text", f"{len(draft.media)} media")


def hashtag_case(draft: Draft) -> ComplianceCheck:
    """Hashtags of several words have a capital for each, so that they are read as words."""
    tags = dict.fromkeys(span.text for span in find_hashtags(draft.said))
    joined = [tag for tag in tags if _is_joined(tag, draft)]
    if joined:
        return held(
            "hashtag_case",
            evidence=listed([f"#{tag}" for tag in joined]),
            remedy="write each word with a capital: #WoolCare",
        )
    return passed("hashtag_case", f"{len(tags)} hashtags")


def plain_letters(draft: Draft) -> ComplianceCheck:
    """No dressed letters (bold, raised, circled, small capitals) and no lines of ornaments.

    They are read out sign by sign.
    """
    dressed = [letter for letter in draft.text if is_dressed(letter)]
    if len(dressed) > 2:
        return held("plain_letters", evidence="".join(dressed[:12]), remedy="use ordinary letters")
    if ornament := _ORNAMENT.search(draft.text):
        return held("plain_letters", evidence=ornament.group(), remedy="take the ornament out")
    return passed("plain_letters")


def _describes(text: str) -> bool:
    return len(text.strip()) >= _SHORTEST_ALT and not _FILE_NAME.fullmatch(text.strip())


def _is_joined(tag: str, draft: Draft) -> bool:
    """`#woolblankets`: no capital inside, no word of the brand, but two words in a row."""
    if len(tag) < _SHORT_TAG or tag[1:] != tag[1:].lower() or not tag.isalpha():
        return False
    word = tag.lower()
    if not has_dictionary(draft.language) or word in draft.known.lower():
        return False
    if is_word(word, draft.language) and not _opens_with_small_word(word, draft.language):
        return False
    return any(_splits(word[at:], draft.language) for at in _phrase_starts(word, draft.language))


def _opens_with_small_word(word: str, language: str) -> bool:
    """`#ohnesüßstoff` looks like a compound and is a phrase."""
    if language != "de" or is_listed(word, language):
        return False
    return bool(_phrase_starts(word, language))


def _phrase_starts(word: str, language: str) -> list[int]:
    """Where a second word may begin; a German compound is one, unless a small word opens it."""
    ends = range(_PART - 1, len(word) - _PART + 1)
    if language == "de":
        return [at for at in ends if word[:at] in FUNCTION_WORDS["de"]]
    return [at for at in ends if _is_part(word[:at], language)]


@lru_cache(maxsize=4096)
def _splits(rest: str, language: str) -> bool:
    """Whether the rest of a hashtag is one word or several."""
    if _is_part(rest, language):
        return True
    ends = range(_PART - 1, len(rest) - _PART + 2)
    return any(_is_part(rest[:at], language) and _splits(rest[at:], language) for at in ends)


def _is_part(part: str, language: str) -> bool:
    small = FUNCTION_WORDS.get(language, frozenset())
    return part in small or (len(part) >= _PART and is_word(part, language))
