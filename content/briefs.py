"""Briefs: for each planned post a topic, its facts, an angle, and the reason for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from math import exp
from random import Random
from statistics import fmean

from content.topics import (
    Memory,
    PastPost,
    chances_of,
    facts_on,
    fitting_trend,
    is_fresh,
    remember,
)
from domain.brand import Brand, Fact
from domain.campaigns import campaign_of
from domain.contradictions import agreeing
from domain.duties import Duty
from domain.platforms import Platform
from domain.trends import TrendingTopic
from domain.writing import Brief

ANGLES = ("question", "plain", "lead", "action", "number", "pair")
"""How the first variant of a brief may open; the others differ from it."""
TREND_AGE = timedelta(hours=48)
_FACTS_PER_BRIEF = 3
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Slot:
    """One planned post: when it is due, on which platforms, on which local day, for which duty."""

    due_at: datetime
    platforms: tuple[Platform, ...]
    local_day: date | None = None
    duty: Duty | None = None

    @property
    def day(self) -> date:
        """The local day, or that of UTC where it is not told."""
        return self.local_day or self.due_at.date()


@dataclass(frozen=True, slots=True)
class PlannedBrief:
    """A brief with the chance that its topic had, among all that could have been chosen."""

    brief: Brief
    propensity: float
    candidates: dict[str, float]


def plan_briefs(
    brand: Brand,
    *,
    slots: Sequence[Slot],
    history: Sequence[PastPost],
    trends: Sequence[TrendingTopic],
    now: datetime,
    seed: int,
) -> list[PlannedBrief]:
    """One brief per slot, in order of time and, at one instant, in that of `slots`.

    A slot that was given to a duty is about that: it has no draw, and comes before the others, so
    that these leave its fact alone. Elsewhere the topic is drawn: with the brand's exploration
    rate evenly among all topics, else by a softmax over each topic's shrunk mean result (in
    standard deviations of all results), plus the fit of a fresh trend, minus how often the topic
    came lately. On the days of a campaign its share of the draws is among its own topics.
    `propensity` is the exact probability of that draw. Facts come least recently said first.
    Brief ids depend on brand, instant and platforms alone, so planning the same slot again gives
    the same id.
    """
    memory = remember(brand, history, now)
    # a draw that can be repeated is wanted, not a secret
    dice = Random(f"{seed}:{brand.name}")  # noqa: S311
    fresh = [trend for trend in trends if now - trend.observed_at <= TREND_AGE]
    planned = []
    places = range(len(slots))
    for place in sorted(places, key=lambda at: (slots[at].duty is None, slots[at].due_at)):
        slot = slots[place]
        campaign = campaign_of(brand.campaigns, slot.day)
        chances = (
            chances_of(brand, memory, fresh, slot.due_at, campaign=campaign)
            if slot.duty is None
            else {slot.duty.topic: 1.0}
        )
        topic = dice.choices([*chances], weights=[*chances.values()])[0]
        brief = _brief(brand, slot, topic, memory=memory, trends=fresh, dice=dice)
        if campaign is not None and topic in campaign.topics:
            why = f"{brief.why} It is part of the campaign {campaign.title!r}."
            brief = brief.model_copy(update={"campaign": campaign.id, "why": why})
        memory.note(topic, slot.due_at, brief.facts[:1])
        planned.append((brief.due_at, place, PlannedBrief(brief, chances[topic], chances)))
    return [found for _, _, found in sorted(planned, key=lambda each: each[:2])]


def _brief(
    brand: Brand,
    slot: Slot,
    topic: str,
    *,
    memory: Memory,
    trends: Sequence[TrendingTopic],
    dice: Random,
) -> Brief:
    wanted = slot.duty.facts if slot.duty else ()
    ordered = sorted(
        facts_on(brand, topic),
        key=lambda f: (
            f.id not in wanted,
            memory.said.get(f.id, _LONG_AGO),
            f.id,
        ),
    )
    facts = agreeing(ordered, language=brand.voice.language)
    trend = fitting_trend(brand, topic, trends)
    angles = [angle for angle in ANGLES if angle != "pair" or len(facts) > 1]
    key = f"{brand.name}|{slot.due_at.isoformat()}|{','.join(slot.platforms)}"
    return Brief(
        id=f"brief-{sha256(key.encode()).hexdigest()[:16]}",
        brand=brand.name,
        topic=topic,
        why=_why(slot, topic, facts[0], memory=memory, trend=trend),
        facts=facts[:_FACTS_PER_BRIEF],
        platforms=slot.platforms,
        language=brand.voice.language,
        due_at=slot.due_at,
        angle=dice.choice(angles),
        trend=trend.topic if trend else None,
        duty=slot.duty.id if slot.duty else None,
        again=not is_fresh(facts[0], memory, slot.due_at),
    )


def _why(slot: Slot, topic: str, fact: Fact, *, memory: Memory, trend: TrendingTopic | None) -> str:
    """In a sentence: what speaks for this topic, and since when its fact was not said."""
    own = memory.results.get(topic, [])
    if slot.duty:
        reason = f"a duty: {slot.duty.in_words()}"
    elif trend:
        reason = f"people talk about {trend.topic!r} ({trend.source})"
    elif own:
        reason = f"its {len(own)} measured posts ran at {exp(fmean(own)) - 1:+.0%} of the usual"
    else:
        reason = "it has no measured posts yet"
    last = memory.said.get(fact.id)
    if last is None:
        fresh = "was never said"
    elif slot.duty or is_fresh(fact, memory, slot.due_at):
        fresh = f"was last said {(slot.due_at - last).days} days ago"
    else:
        fresh = "was said lately, but no fact of this brand is fresh; add facts to the brand file"
    return f"{topic}: {reason}; fact {fact.id} {fresh}."
