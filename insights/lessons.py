"""What a person's edits teach: changes of the brand file that are proposed, never made."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from domain.brand import Brand
from domain.rules.form import FUNCTION_WORDS
from domain.rules.meaning import words_of
from domain.text import find_emojis, find_hashtags

FEWEST = 3
"""Edits that make a habit."""
MOST_OF_THEM = 0.6
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Edit:
    """A text as it was written, and as a person let it go out."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """A change of one key of the brand file, and the edits that speak for it."""

    key: str
    value: str
    why: str

    def in_words(self, brand: str) -> str:
        """As the report says it."""
        return f"Your edits suggest {self.key}: {self.value} in brands/{brand}.yaml ({self.why})."


def lessons(edits: Sequence[Edit], brand: Brand) -> list[Lesson]:
    """The changes that enough edits agree about, most certain first."""
    found = [_emojis(edits, brand), _hashtags(edits, brand), *_banned(edits, brand)]
    return [lesson for lesson in found if lesson is not None]


def _emojis(edits: Sequence[Edit], brand: Brand) -> Lesson | None:
    had = [edit for edit in edits if find_emojis(edit.before)]
    lost = sum(not find_emojis(edit.after) for edit in had)
    if not brand.voice.emojis or not _agree(lost, len(had)):
        return None
    return Lesson("voice.emojis", "false", f"{lost} of {len(had)} edits took every emoji out")


def _hashtags(edits: Sequence[Edit], brand: Brand) -> Lesson | None:
    counts = [(len(find_hashtags(e.before)), len(find_hashtags(e.after))) for e in edits]
    had = [(before, after) for before, after in counts if before]
    fewer = [after for before, after in had if after < before]
    if not _agree(len(fewer), len(had)) or max(fewer) >= brand.voice.max_hashtags:
        return None
    why = f"{len(fewer)} of {len(had)} edits took hashtags out"
    return Lesson("voice.max_hashtags", str(max(fewer)), why)


def _banned(edits: Sequence[Edit], brand: Brand) -> list[Lesson]:
    """Words that people take out whenever they meet them; not those of the facts."""
    taken, left = Counter[str](), Counter[str]()
    for edit in edits:
        before, after = set(words_of(edit.before)), set(words_of(edit.after))
        taken.update(before - after)
        left.update(after)
    known = {word for fact in brand.facts for word in words_of(fact.text)}
    listed = {word for term in brand.terms.banned for word in words_of(term)}
    return [
        Lesson("terms.banned", f"[…, {word}]", f"{count} edits took it out and none left it")
        for word, count in taken.most_common()
        if count >= FEWEST and not left[word] and len(word) >= _SHORTEST
        if word not in known | listed and word not in FUNCTION_WORDS.get(brand.voice.language, ())
    ]


def _agree(those: int, of: int) -> bool:
    return those >= FEWEST and those >= MOST_OF_THEM * of
