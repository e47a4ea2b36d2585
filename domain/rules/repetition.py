"""Nothing is said twice within the brand's window: by meaning as well as by words."""

from collections import defaultdict
from functools import lru_cache

from domain.compliance import ComplianceCheck
from domain.rules.context import Draft, Said, held, passed
from domain.rules.meaning import words_of
from domain.rules.vocabulary import Vocabulary, vocabulary_of
from domain.text import find_emojis, find_hashtags, find_links, without

REPEATED = 0.72
"""The overlap from which on a draft says what another text said.

Chosen on half of the labelled texts in `tests/content/retold`, 40 that say a fact in other words
and 40 that only share words with it: the latter reach 0.59 at most, four of the former stay below
0.72, and three would below 0.65. The room between is for facts that are closer to each other than
those of the example brands.
"""
_SHOWN = 120  # letters of the earlier text


def repeated(draft: Draft) -> ComplianceCheck:
    """It does not say what another post said within `posting.repeat_after`.

    An order of which no variant was chosen yet says for sure only what all of its variants say.
    What is said again on purpose, by a duty or because no fact was fresh, must only not have the
    very words of before.
    """
    orders: dict[object, list[Said]] = defaultdict(list)
    for at, said in enumerate(draft.said_lately):
        orders[said.order or at].append(said)
    vocabulary = None if draft.says_again else vocabulary_of(draft.brand)
    found = [
        texts[0]
        for texts in orders.values()
        if all(_repeats(draft.text, one.text, vocabulary) for one in texts)
    ]
    if not found:
        return passed("repeated", f"{len(orders)} posts around it")
    last = max(found, key=lambda one: one.at)
    days = draft.brand.posting.repeat_after.total_seconds() / 86_400
    return held(
        "repeated",
        evidence=f"said on {last.at:%Y-%m-%d}: “{_shown(last.text)}”",
        remedy=f"say something else, or wait until {days:g} days have passed "
        "(`posting.repeat_after`); approve it if the repetition is meant",
    )


def has_same_words(text: str, earlier: str) -> bool:
    """Whether a text has the very words of an earlier one, emojis, links and hashtags aside."""
    return _wording(text) == _wording(earlier)


def body_of(text: str) -> str:
    """A text without its links, hashtags and emojis."""
    bare = without(without(text, find_links(text)), find_hashtags(text))
    for emoji in find_emojis(bare):
        bare = bare.replace(emoji, " ")
    return bare.strip()


def _repeats(text: str, earlier: str, vocabulary: Vocabulary | None) -> bool:
    """Whether it has the same words or, where there is a vocabulary, the same meaning."""
    if has_same_words(text, earlier):
        return True
    return vocabulary is not None and vocabulary.overlap(text, earlier) >= REPEATED


@lru_cache(maxsize=4096)
def _wording(text: str) -> tuple[str, ...]:
    return tuple(words_of(body_of(text)))


def _shown(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _SHOWN else f"{plain[:_SHOWN].rstrip()}…"
