"""Whether two texts of a brand say the same: in the same words, or in others to the same end."""

from dataclasses import dataclass
from functools import lru_cache

import regex

from domain.rules.meaning import content_of, words_of
from domain.text import find_emojis, find_hashtags, find_links, without

_SAME_CONTENT = 0.85
_SAME_LENGTH = 0.7
_FRAME = 7  # words


@dataclass(frozen=True, slots=True)
class Shape:
    """What a text does, beside what it says."""

    opens_with_question: bool
    ends_with_question: bool
    opens_with_figure: bool
    has_heading: bool
    paragraphs: int


def is_repeated(text: str, earlier: str) -> bool:
    """Whether a text has the very words of an earlier one, emojis, links and hashtags aside."""
    return _wording(text) == _wording(earlier)


def says_the_same(text: str, other: str) -> bool:
    """Whether two variants are one: about the same things, of about the same length and shape.

    Two variants of a brief share their fact on purpose; they count as different where one opens
    with a question, a figure or a heading, ends with a question, or is much shorter.
    """
    if is_repeated(text, other):
        return True
    mine, theirs = _content(text), _content(other)
    if not mine or not theirs or len(mine & theirs) / len(mine | theirs) < _SAME_CONTENT:
        return False
    lengths = sorted((len(_body(text)), len(_body(other))))
    return lengths[0] / lengths[1] >= _SAME_LENGTH and _shape(text) == _shape(other)


@lru_cache(maxsize=1024)
def _wording(text: str) -> tuple[str, ...]:
    return tuple(words_of(_body(text)))


def _content(text: str) -> set[str]:
    """What it says, short questions and headings left out: they are the frame."""
    said = [part for part in _parts(text) if not (_is_short(part) and part[-1] in "?:")]
    return {word[:5] for part in said or [text] for word in content_of(part)}


def _is_short(part: str) -> bool:
    return len(words_of(part)) <= _FRAME


def _parts(text: str) -> list[str]:
    """Sentences and headings, in order."""
    parts = regex.split(r"\n+|(?<=[?!.:])\s+", _body(text))
    return [part.strip() for part in parts if part.strip()]


def _shape(text: str) -> Shape:
    parts = _parts(text) or [""]
    return Shape(
        opens_with_question=parts[0].endswith("?"),
        ends_with_question=parts[-1].endswith("?"),
        opens_with_figure=bool(regex.match(r"[£€$]?\d", parts[0])),
        has_heading=parts[0].endswith(":"),
        paragraphs=len(parts),
    )


def _body(text: str) -> str:
    bare = without(without(text, find_links(text)), find_hashtags(text))
    for emoji in find_emojis(bare):
        bare = bare.replace(emoji, " ")
    return bare.strip()
