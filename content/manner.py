"""A brand's manner in figures, and how far a text is from what the brand let go out before."""

from collections.abc import Iterable, Sequence
from statistics import fmean, median

import regex

from domain.posts import ContentPost, PostStatus
from domain.rules.meaning import words_of
from domain.text import find_emojis, find_hashtags, find_links, without

FEWEST = 8
"""Accepted texts that make a manner."""
RECENT = 100
ACCEPTED = (PostStatus.SCHEDULED, PostStatus.PUBLISHED)
_FARTHEST = 3.0
_FLOORS = (2.0, 0.5, 1.0, 0.5, 0.5, 0.5, 0.5, 20.0)
"""The least spread of each habit: a brand whose texts are all alike may still vary by so much."""
Habits = tuple[float, ...]


def habits_of(text: str) -> Habits:
    """What can be counted in a text.

    Words a sentence, letters a word, sentences, emojis, hashtags, questions, exclamation marks,
    and signs in all.
    """
    bare = without(without(text, find_links(text)), find_hashtags(text))
    words = words_of(bare)
    sentences = [part for part in regex.split(r"(?<=[.!?…:])\s+|\n+", bare) if words_of(part)]
    return (
        len(words) / max(1, len(sentences)),
        fmean([len(word) for word in words] or [0]),
        len(sentences),
        len(find_emojis(text)),
        len(find_hashtags(text)),
        bare.count("?"),
        bare.count("!"),
        len(bare.strip()),
    )


def distance(text: str, accepted: Sequence[str]) -> float | None:
    """How far a text is from the accepted ones, 0 (in their middle) to 1 (as far as counts).

    Each habit is measured in the brand's own spread (median and median deviation), so that what the
    brand itself varies counts little. None where fewer than eight texts are accepted.
    """
    return distances_to([text], accepted)[0]


def distances_to(texts: Sequence[str], accepted: Sequence[str]) -> list[float | None]:
    """The `distance` of each of many texts to the same accepted ones."""
    known = [habits_of(each) for each in accepted[-RECENT:]]
    return [_distance(habits_of(text), known) for text in texts]


def accepted_of(posts: Iterable[ContentPost]) -> list[ContentPost]:
    """The posts that the brand let go out, in the order of their slots, without their verdicts."""
    # half a year of verdicts weighs many times what half a year of texts does
    found = [
        post.model_copy(update={"compliance_checks": ()})
        for post in posts
        if post.status in ACCEPTED and post.scheduled_for
    ]
    return sorted(found, key=lambda post: (post.scheduled_for, post.id))


def distances(texts: Sequence[str]) -> list[float | None]:
    """Of texts in the order in which they were accepted: each one's distance to those before it."""
    habits = [habits_of(text) for text in texts]
    return [_distance(own, habits[max(0, at - RECENT) : at]) for at, own in enumerate(habits)]


def _distance(own: Habits, known: Sequence[Habits]) -> float | None:
    if len(known) < FEWEST:
        return None
    parts = []
    for place, value in enumerate(own):
        usual = [each[place] for each in known]
        middle = median(usual)
        spread = max(_FLOORS[place], 1.4826 * median(abs(each - middle) for each in usual))
        parts.append(min(_FARTHEST, abs(value - middle) / spread) / _FARTHEST)
    return round(fmean(parts), 4)
