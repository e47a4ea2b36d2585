"""Whether two texts of a brand say the same: in the same words, or in others to the same end."""

from dataclasses import dataclass

import regex

from domain.posts import ContentPost
from domain.rules.meaning import content_of, words_of
from domain.rules.repetition import body_of, has_same_words

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


def is_the_same(draft: ContentPost, other: ContentPost) -> bool:
    """Whether two drafts are one: they say the same, and would show the same picture."""
    return draft.shown_as == other.shown_as and says_the_same(draft.text, other.text)


def says_the_same(text: str, other: str) -> bool:
    """Whether two variants are one: about the same things, of about the same length and shape.

    Two variants of a brief share their fact on purpose; they count as different where one opens
    with a question, a figure or a heading, ends with a question, or is much shorter.
    """
    if has_same_words(text, other):
        return True
    mine, theirs = _content(text), _content(other)
    if not mine or not theirs or len(mine & theirs) / len(mine | theirs) < _SAME_CONTENT:
        return False
    lengths = sorted((len(body_of(text)), len(body_of(other))))
    return lengths[0] / lengths[1] >= _SAME_LENGTH and _shape(text) == _shape(other)


def _content(text: str) -> set[str]:
    """What it says, short questions and headings left out: they are the frame."""
    said = [part for part in _parts(text) if not (_is_short(part) and part[-1] in "?:")]
    return {word[:5] for part in said or [text] for word in content_of(part)}


def _is_short(part: str) -> bool:
    return len(words_of(part)) <= _FRAME


def _parts(text: str) -> list[str]:
    """Sentences and headings, in order."""
    parts = regex.split(r"\n+|(?<=[?!.:])\s+", body_of(text))
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
