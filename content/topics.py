"""Which topic is due: what each brought so far, how lately it came, and what people talk about."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from math import exp
from statistics import fmean, pstdev

import regex

from domain.brand import Brand, Fact
from domain.campaigns import Campaign
from domain.rules.vocabulary import vocabulary_of
from domain.text import visible
from domain.trends import TrendingTopic

_LONG_WORD = regex.compile(r"\p{L}{5,}")
_SHRINK = 5  # a topic's mean counts as if so many average posts stood beside its own


@dataclass(frozen=True, slots=True)
class PastPost:
    """One post that is out or planned already.

    Attributes:
        topic: where it is known; else it is read from the text.
        result: engagement relative to the account's own level (log scale), None if unmeasured.
        fact: the id of the main fact of its order, where it had one.
    """

    text: str
    published_at: datetime
    topic: str | None = None
    result: float | None = None
    fact: str | None = None


@dataclass
class Memory:
    """When each fact was last said, how often each topic came lately, and what topics brought.

    `window` is the brand's `posting.repeat_after`: within it no fact is fresh again.
    """

    window: timedelta
    said: dict[str, datetime] = field(default_factory=dict)
    recent: Counter[str] = field(default_factory=Counter)
    results: dict[str, list[float]] = field(default_factory=dict)

    def note(self, topic: str, at: datetime, facts: Sequence[Fact]) -> None:
        """Keep in mind that these facts of this topic are said at that instant."""
        self.recent[topic] += 1
        for fact in facts:
            self.said[fact.id] = max(at, self.said.get(fact.id, at))


def topic_of(text: str, *, brand: Brand) -> str | None:
    """The brand's topic that shares the most words with a text; None where none shares any."""
    return _nearest(text, {topic: _topic_words(brand, topic) for topic in brand.topics})


def remember(brand: Brand, history: Sequence[PastPost], now: datetime) -> Memory:
    """What the past posts of a brand tell; those that fit none of its topics are left out.

    Within the window a post says the main fact of its order and whatever it says in other words;
    before that a fact only counts as said where it stands word for word.
    """
    memory = Memory(brand.posting.repeat_after)
    lexicon = {topic: _topic_words(brand, topic) for topic in brand.topics}
    for post in history:
        topic = post.topic or _nearest(post.text, lexicon)
        if topic not in lexicon:
            continue
        if post.result is not None:
            memory.results.setdefault(topic, []).append(post.result)
        is_recent = now - post.published_at <= memory.window
        if is_recent:
            memory.recent[topic] += 1
            said = [f.id for f in facts_in(post.text, brand=brand)]
        else:
            said = [fact.id for fact in brand.facts if says(post.text, fact)]
        for fact in dict.fromkeys((*said, *([post.fact] if post.fact else ()))):
            last = memory.said.get(fact, post.published_at)
            memory.said[fact] = max(post.published_at, last)
    return memory


def chances_of(
    brand: Brand,
    memory: Memory,
    trends: Sequence[TrendingTopic],
    at: datetime,
    *,
    campaign: Campaign | None = None,
) -> dict[str, float]:
    """The probability of each topic that has facts; topics with a fresh fact before the others.

    A campaign takes its share of the probability for its own topics.
    """
    usual = _usual_chances(brand, memory, trends, at)
    if campaign is None:
        return usual
    narrow = brand.model_copy(update={"topics": campaign.topics})
    wanted = _usual_chances(narrow, memory, trends, at)
    share = campaign.share
    return {
        topic: (1 - share) * usual.get(topic, 0.0) + share * wanted.get(topic, 0.0)
        for topic in dict.fromkeys((*usual, *wanted))
    }


def _usual_chances(
    brand: Brand, memory: Memory, trends: Sequence[TrendingTopic], at: datetime
) -> dict[str, float]:
    usable = [topic for topic in brand.topics if any(f.topic == topic for f in brand.facts)]
    open_now = [t for t in usable if any(is_fresh(f, memory, at) for f in facts_on(brand, t))]
    topics = open_now or usable
    scores = _scores(brand, topics, memory, trends)
    most = max(scores.values())
    weights = {topic: exp(score - most) for topic, score in scores.items()}
    total, explore = sum(weights.values()), brand.posting.exploration
    return {
        topic: explore / len(topics) + (1 - explore) * weight / total
        for topic, weight in weights.items()
    }


def facts_on(brand: Brand, topic: str) -> list[Fact]:
    """The brand's facts on a topic, in the order of its file."""
    return [fact for fact in brand.facts if fact.topic == topic]


def is_fresh(fact: Fact, memory: Memory, at: datetime) -> bool:
    """Whether a fact was not said within its window before that instant."""
    last = memory.said.get(fact.id)
    return last is None or at - last > memory.window


def fitting_trend(
    brand: Brand, topic: str, trends: Sequence[TrendingTopic]
) -> TrendingTopic | None:
    """The best trend that shares a word with the topic or one of its facts."""
    words = _topic_words(brand, topic)
    fitting = [_fitted(trend, words) for trend in trends]
    return max(
        (trend for trend in fitting if trend.fit > 0),
        key=lambda trend: (trend.fit, trend.volume),
        default=None,
    )


def _scores(
    brand: Brand, topics: list[str], memory: Memory, trends: Sequence[TrendingTopic]
) -> dict[str, float]:
    results = [result for each in memory.results.values() for result in each]
    spread = pstdev(results) if len(results) > 1 else 0.0
    mean = fmean(results) if results else 0.0
    scores = {}
    for topic in topics:
        own = memory.results.get(topic, [])
        lift = (sum(own) - mean * len(own)) / (len(own) + _SHRINK)
        trend = fitting_trend(brand, topic, trends)
        lately = memory.recent[topic] / max(sum(memory.recent.values()), 1)
        lift = lift / spread if spread else 0.0
        scores[topic] = lift + (trend.fit if trend else 0.0) - len(topics) * lately
    return scores


def facts_in(text: str, *, brand: Brand) -> list[Fact]:
    """The brand's facts that a text states, word for word or in other words."""
    states = vocabulary_of(brand).states
    return [fact for fact in brand.facts if says(text, fact) or states(text, fact)]


def says(text: str, fact: Fact) -> bool:
    """Whether a text states a fact word for word."""
    return _plain(fact.text).rstrip(".") in _plain(text)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    return " ".join(text.split())


def _fitted(trend: TrendingTopic, words: frozenset[str]) -> TrendingTopic:
    """The trend with its fit to these words: as given, else the share of its own words there."""
    own = _words(trend.topic)
    share = len(own & words) / len(own) if own else 0.0
    return trend.model_copy(update={"fit": (trend.fit or share) if share else 0.0})


def _nearest(text: str, lexicon: dict[str, frozenset[str]]) -> str | None:
    words = _words(text)
    shared = {topic: len(words & own) for topic, own in lexicon.items()}
    best = max(shared, key=lambda topic: shared[topic])
    return best if shared[best] else None


def _topic_words(brand: Brand, topic: str) -> frozenset[str]:
    """The words of a topic, of its facts, and of the keywords that these hold."""
    facts = " ".join(fact.text for fact in facts_on(brand, topic)).casefold()
    keywords = (word for word in brand.keywords if word.casefold() in facts)
    return _words(" ".join((topic, facts, *keywords)))


@lru_cache(maxsize=1024)  # the same topics, order after order
def _words(text: str) -> frozenset[str]:
    """Its words of five letters and more, folded: shorter ones join what does not belong."""
    return frozenset(word.casefold() for word in _LONG_WORD.findall(visible(text)))
