"""Brand safety: a post that comes close to sensitive news of the day waits for a person."""

from dataclasses import dataclass
from functools import lru_cache

import regex

from domain.compliance import ComplianceCheck
from domain.news import Headline, Tone
from domain.rules.context import Draft, held, listed, passed
from domain.rules.known_names import PLACES
from domain.rules.meaning import content_of
from domain.rules.terms import find_terms
from domain.rules.themes import Theme, signs_of_tone, themes, words_of_tone
from domain.rules.words import find_words, text_to_search

_STEM, _ENDING = 5, 3  # words that begin alike and differ in an ending are one
_ENOUGH = 2  # so many words in common make two texts about the same
_TELLING = 6
_REMEDY = "move it to another day, or rewrite it"


@dataclass(frozen=True, slots=True)
class _Hit:
    """A headline that the draft comes close to, and by what."""

    headline: Headline
    how: str


def news(draft: Draft) -> ComplianceCheck:
    """Nothing recalls the disasters, crimes and deaths that the news tell of today.

    A draft comes close to a headline by a word of its theme ("what a blast" on the day of an
    explosion), by the place, by what the brand is about, or by two words in common. Where the brand
    file freezes a tone, a catastrophe in the brand's region or topics keeps all such posts in.
    """
    watch = draft.brand.news
    if not watch.watch or not draft.news:
        return passed("news", "no sensitive news")
    fresh = [one for one in draft.news if not find_terms(one.text, watch.harmless)]
    hits = [hit for one in fresh if (hit := _hit(draft, one))]
    if not hits:
        return passed("news", f"{len(fresh)} headlines looked at")
    first = hits[0]
    check = held("news", evidence=_told(first), remedy=_REMEDY)
    return check.model_copy(update={"about": tuple(hit.headline.id for hit in hits)})


def _hit(draft: Draft, headline: Headline) -> _Hit | None:
    about = [themes()[name] for name in headline.themes if name in themes()]
    words = _echoed(draft, about)
    if words:
        name = about[0].title.get(draft.language, about[0].name)
        joke = f"reads as a joke about it ({name}): " if _has_tone(draft, "jokes") else ""
        return _Hit(headline, f"{joke}{listed(words)}")
    if shared := _shared(draft, headline):
        return _Hit(headline, f"it is about the same: {listed(shared)}")
    if any(theme.grave for theme in about) and _strikes_home(draft, headline):
        for tone in draft.brand.news.freeze:
            if _has_tone(draft, tone):
                return _Hit(headline, f"no {tone} on such a day")
    return None


def _echoed(draft: Draft, about: list[Theme]) -> list[str]:
    lists = [
        words[draft.language]
        for theme in about
        for words in (theme.signs, theme.echoes)
        if draft.language in words
    ]
    return find_words(text_to_search(draft), lists)


def _shared(draft: Draft, headline: Headline) -> list[str]:
    """What both speak of: a place, a word of the brand's own business, or any two words."""
    theirs = content_of(headline.text)
    mine = {word for word in content_of(draft.said) if any(_is_same(word, w) for w in theirs)}
    places = [word for word in mine if word in PLACES]
    regions = find_terms(headline.text, draft.brand.news.regions)
    at_home = find_terms(draft.said, tuple(regions))
    own = _own_words(draft)
    business = [word for word in mine if any(_is_same(word, each) for each in own)]
    if places or at_home or business or len(mine) >= _ENOUGH:
        return sorted({*places, *at_home, *business, *mine})
    return []


def _strikes_home(draft: Draft, headline: Headline) -> bool:
    """Whether a headline names the brand's region or what the brand is about."""
    if find_terms(headline.text, draft.brand.news.regions):
        return True
    own = _own_words(draft)
    return any(_is_same(word, each) for word in content_of(headline.text) for each in own)


def _has_tone(draft: Draft, tone: Tone) -> bool:
    if tone == "jokes" and draft.brand.voice.tone == "humorous":
        return True
    if tone == "promotion" and draft.is_paid:
        return True
    if any(sign in draft.said for sign in signs_of_tone(tone)):
        return True
    return bool(find_words(text_to_search(draft), [words_of_tone(tone).get(draft.language, "")]))


def _own_words(draft: Draft) -> frozenset[str]:
    """What the brand is about; short topics (`home`, `care`) say too little."""
    topics = (topic for topic in draft.brand.topics if len(topic) >= _TELLING)
    return _content((*topics, *draft.brand.keywords))


@lru_cache(maxsize=64)
def _content(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(content_of(" ".join(texts)))


def _is_same(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if short == long:
        return True
    stem = max(_STEM, len(short) - _ENDING + 1)
    return len(long) - len(short) <= _ENDING and len(short) >= _STEM and long[:stem] == short[:stem]


def _told(hit: _Hit) -> str:
    one = hit.headline
    text = regex.sub(r"\s+", " ", one.text)[:120]
    return f"{hit.how}; in the news: {text!r} ({one.source}, {one.seen_at:%Y-%m-%d %H:%M} UTC)"
