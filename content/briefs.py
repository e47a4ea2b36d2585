"""Briefs: for each planned post a topic, its facts, an angle, and the reason for them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from math import exp
from random import Random
from statistics import fmean, pstdev

import regex

from content.providers.composer import DIFFERENCES
from domain.brand import Brand, Fact
from domain.platforms import Platform
from domain.text import visible
from domain.trends import TrendingTopic
from domain.writing import Brief

WINDOW = timedelta(days=14)
"""A fact is not said again within this span while another one is fresh."""
TREND_AGE = timedelta(hours=48)
_SHRINK = 5  # a topic's mean counts as if so many average posts stood beside its own
_FACTS_PER_BRIEF = 3


@dataclass(frozen=True, slots=True)
class Slot:
    """One planned post: when it is due, and on which platforms."""

    due_at: datetime
    platforms: tuple[Platform, ...]


@dataclass(frozen=True, slots=True)
class PastPost:
    """One post that is out or planned already.

    Attributes:
        topic: where it is known; else it is read from the text.
        result: engagement relative to the account's own level (log scale), None if unmeasured.
    """

    text: str
    published_at: datetime
    topic: str | None = None
    result: float | None = None


@dataclass(frozen=True, slots=True)
class PlannedBrief:
    """A brief with the chance that its topic had, among all that could have been chosen."""

    brief: Brief
    propensity: float
    candidates: dict[str, float]


@dataclass
class _Memory:
    """When each fact was last said, how often each topic came lately, and what topics brought."""

    said: dict[str, datetime] = field(default_factory=dict)
    recent: Counter[str] = field(default_factory=Counter)
    results: dict[str, list[float]] = field(default_factory=dict)

    def note(self, topic: str, at: datetime, facts: Sequence[Fact]) -> None:
        self.recent[topic] += 1
        for fact in facts:
            self.said[fact.id] = max(at, self.said.get(fact.id, at))


def plan_briefs(
    brand: Brand,
    *,
    slots: Sequence[Slot],
    history: Sequence[PastPost],
    trends: Sequence[TrendingTopic],
    now: datetime,
    seed: int,
) -> list[PlannedBrief]:
    """One brief per slot, in order of time.

    The topic is drawn: with the brand's exploration rate evenly among all topics, else by a
    softmax over each topic's shrunk mean result (in standard deviations of all results), plus
    the fit of a fresh trend, minus how often the topic came lately. `propensity` is the exact
    probability of that draw. Facts come least recently said first. Brief ids depend on brand,
    instant and platforms alone, so planning the same slot again gives the same id.
    """
    memory = _remember(brand, history, now)
    # a draw that can be repeated is wanted, not a secret
    dice = Random(f"{seed}:{brand.name}")  # noqa: S311
    fresh = [trend for trend in trends if now - trend.observed_at <= TREND_AGE]
    planned = []
    for slot in sorted(slots, key=lambda slot: slot.due_at):
        chances = _chances(brand, memory, fresh, slot.due_at)
        topic = dice.choices([*chances], weights=[*chances.values()])[0]
        brief = _brief(brand, slot, topic, memory=memory, trends=fresh, dice=dice)
        memory.note(topic, slot.due_at, brief.facts[:1])
        planned.append(PlannedBrief(brief, chances[topic], chances))
    return planned


def topic_of(text: str, *, brand: Brand) -> str | None:
    """The brand's topic that shares the most words with a text; None where none shares any."""
    words = _words(text)
    shared = {topic: len(words & _topic_words(brand, topic)) for topic in brand.topics}
    best = max(shared, key=lambda topic: shared[topic])
    return best if shared[best] else None


def _remember(brand: Brand, history: Sequence[PastPost], now: datetime) -> _Memory:
    memory = _Memory()
    for post in history:
        topic = post.topic or topic_of(post.text, brand=brand)
        if topic not in brand.topics:
            continue
        if post.result is not None:
            memory.results.setdefault(topic, []).append(post.result)
        said = [fact for fact in brand.facts if _says(post.text, fact)]
        for fact in said:
            last = memory.said.get(fact.id, post.published_at)
            memory.said[fact.id] = max(post.published_at, last)
        if now - post.published_at <= WINDOW:
            memory.recent[topic] += 1
    return memory


def _says(text: str, fact: Fact) -> bool:
    return " ".join(fact.text.split()).rstrip(".") in " ".join(text.split())


def _chances(
    brand: Brand, memory: _Memory, trends: Sequence[TrendingTopic], at: datetime
) -> dict[str, float]:
    """The probability of each topic that has facts; topics with a fresh fact before the others."""
    usable = [topic for topic in brand.topics if any(f.topic == topic for f in brand.facts)]
    open_now = [t for t in usable if any(_is_fresh(f, memory, at) for f in _facts(brand, t))]
    topics = open_now or usable
    scores = _scores(brand, topics, memory, trends)
    most = max(scores.values())
    weights = {topic: exp(score - most) for topic, score in scores.items()}
    total, explore = sum(weights.values()), brand.posting.exploration
    return {
        topic: explore / len(topics) + (1 - explore) * weight / total
        for topic, weight in weights.items()
    }


def _scores(
    brand: Brand, topics: list[str], memory: _Memory, trends: Sequence[TrendingTopic]
) -> dict[str, float]:
    results = [result for each in memory.results.values() for result in each]
    spread = pstdev(results) if len(results) > 1 else 0.0
    mean = fmean(results) if results else 0.0
    scores = {}
    for topic in topics:
        own = memory.results.get(topic, [])
        lift = (sum(own) - mean * len(own)) / (len(own) + _SHRINK)
        trend = _fitting_trend(brand, topic, trends)
        lately = memory.recent[topic] / max(sum(memory.recent.values()), 1)
        lift = lift / spread if spread else 0.0
        scores[topic] = lift + (trend.fit if trend else 0.0) - len(topics) * lately
    return scores


def _brief(
    brand: Brand,
    slot: Slot,
    topic: str,
    *,
    memory: _Memory,
    trends: Sequence[TrendingTopic],
    dice: Random,
) -> Brief:
    facts = sorted(
        _facts(brand, topic), key=lambda f: (memory.said.get(f.id, slot.due_at - 99 * WINDOW), f.id)
    )
    trend = _fitting_trend(brand, topic, trends)
    forms = [form for form in DIFFERENCES if form != "pair" or len(facts) > 1]
    key = f"{brand.name}|{slot.due_at.isoformat()}|{','.join(slot.platforms)}"
    return Brief(
        id=f"brief-{sha256(key.encode()).hexdigest()[:16]}",
        brand=brand.name,
        topic=topic,
        why=_why(topic, facts[0], memory=memory, trend=trend, at=slot.due_at),
        facts=tuple(facts[:_FACTS_PER_BRIEF]),
        platforms=slot.platforms,
        language=brand.voice.language,
        due_at=slot.due_at,
        angle=dice.choice(forms),
        trend=trend.topic if trend else None,
    )


def _why(
    topic: str, fact: Fact, *, memory: _Memory, trend: TrendingTopic | None, at: datetime
) -> str:
    """In a sentence: what speaks for this topic, and since when its fact was not said."""
    own = memory.results.get(topic, [])
    if trend:
        reason = f"people talk about {trend.topic!r} ({trend.source})"
    elif own:
        reason = f"its {len(own)} measured posts ran at {exp(fmean(own)) - 1:+.0%} of the usual"
    else:
        reason = "it has no measured posts yet"
    last = memory.said.get(fact.id)
    if last is None:
        fresh = "was never said"
    elif _is_fresh(fact, memory, at):
        fresh = f"was last said {(at - last).days} days ago"
    else:
        fresh = "was said lately, but no fact of this brand is fresh; add facts to the brand file"
    return f"{topic}: {reason}; fact {fact.id} {fresh}."


def _is_fresh(fact: Fact, memory: _Memory, at: datetime) -> bool:
    last = memory.said.get(fact.id)
    return last is None or at - last > WINDOW


def _facts(brand: Brand, topic: str) -> list[Fact]:
    return [fact for fact in brand.facts if fact.topic == topic]


def _fitting_trend(
    brand: Brand, topic: str, trends: Sequence[TrendingTopic]
) -> TrendingTopic | None:
    """The best trend that shares a word with the topic or its facts, or names a brand keyword."""
    words = _topic_words(brand, topic)
    fitting = [trend for trend in trends if trend.fit > 0 and _words(trend.topic) & words]
    return max(fitting, key=lambda trend: (trend.fit, trend.volume), default=None)


def _topic_words(brand: Brand, topic: str) -> frozenset[str]:
    return _words(" ".join((topic, *(fact.text for fact in _facts(brand, topic)))))


def _words(text: str) -> frozenset[str]:
    """Its words of five letters and more, folded: shorter ones join what does not belong."""
    return frozenset(word.casefold() for word in regex.findall(r"\p{L}{5,}", visible(text)))
