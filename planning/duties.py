"""Duties are given to slots before any topic is drawn."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

import sqlalchemy as sa

from content.briefs import Slot
from content.topics import facts_in, topic_of
from domain.brand import Brand, zone_of
from domain.duties import Duty, Span
from domain.platforms import Platform
from domain.posts import ContentPost, PostStatus
from planning.slots import PlannedSlot, by_brief, seed_of
from storage.ledger import briefs
from storage.ledger.choices import Choice

KIND = "duty"
_GONE = (PostStatus.ARCHIVED, PostStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Told:
    """An order, or a post that a person planned: what it says where, and what became of it."""

    day: date
    topic: str | None
    facts: frozenset[str]
    platforms: frozenset[Platform]
    posts: tuple[ContentPost, ...] = ()

    def counts(self, today: date) -> bool:
        """Whether it is out or may still go out: not put away, not failed, not of a day gone by."""
        is_lost = bool(self.posts) and all(post.status in _GONE for post in self.posts)
        return self.is_out or (not is_lost and self.day >= today)

    @property
    def is_out(self) -> bool:
        """Whether a platform has it."""
        return any(post.status is PostStatus.PUBLISHED for post in self.posts)

    def meets(self, duty: Duty, span: Span) -> bool:
        """Whether it is what the duty asks for in that span, whatever became of it."""
        return (
            self.day in duty.open_days(span)
            and self.topic == duty.topic
            and (not duty.facts or bool(self.facts & set(duty.facts)))
            and self.platforms >= set(duty.platforms)
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """A slot that was given to a duty, and the odds of each order among which it was drawn."""

    duty: Duty
    odds: Mapping[str, float]

    def logged(self, brand: Brand, order: str, now: datetime) -> Choice:
        """The draw of that order as it is kept."""
        return Choice(
            id=f"{order}:{KIND}",
            kind=KIND,
            brand=brand.name,
            account="",
            chosen=order,
            propensity=self.odds[order],
            policy="even",
            candidates=[
                {"order": order, "duty": self.duty.id, "probability": chance}
                for order, chance in self.odds.items()
            ],
            decided_at=now,
        )


def place(
    brand: Brand, slots: Mapping[str, Slot], told: Sequence[Told], *, today: date
) -> dict[str, Placed]:
    """The orders that duties take, by order, day by day, the duty whose span ends first before.

    `slots` are open orders, `told` what was said or is planned around them. Which of a day's
    fitting orders a duty gets is drawn evenly; where none fits it stays behind (`standings`).
    """
    placed: dict[str, Placed] = {}
    for day in sorted({slot.day for slot in slots.values()}):
        for duty, span in _by_urgency(brand.duties, day):
            done = sum(one.meets(duty, span) and one.counts(today) for one in told)
            done += sum(
                each.duty == duty and span[0] <= slots[key].day <= span[1]
                for key, each in placed.items()
            )
            for _ in range(duty.lacking(day, done=done)):
                fitting = [
                    key
                    for key, slot in slots.items()
                    if slot.day == day
                    and key not in placed
                    and set(duty.platforms) <= set(slot.platforms)
                ]
                if fitting:
                    # a draw that can be repeated is wanted, not a secret
                    dice = Random(seed_of(f"{fitting}:{duty.id}"))  # noqa: S311
                    odds = dict.fromkeys(fitting, 1 / len(fitting))
                    placed[dice.choice(fitting)] = Placed(duty, odds)
    return placed


def duty_at(placed: Mapping[str, Placed], order: str) -> Duty | None:
    """The duty that an order was given to; None where it is free."""
    return placed[order].duty if order in placed else None


def told_around(
    connection: sa.Connection,
    brand: Brand,
    slots: Sequence[PlannedSlot],
    known: Sequence[ContentPost],
    *,
    days: Collection[date],
) -> list[Told]:
    """What was said or is planned in the spans of the brand's duties around these days."""
    spans = [span for duty in brand.duties for day in days if (span := duty.span_of(day))]
    if not spans:
        return []
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    return told_in(connection, brand, slots, known, (first, last))


def _by_urgency(duties: Sequence[Duty], day: date) -> list[tuple[Duty, Span]]:
    running = [(duty, span) for duty in duties if (span := duty.span_of(day)) is not None]
    return sorted(running, key=lambda each: each[1][1])


def told_in(
    connection: sa.Connection,
    brand: Brand,
    slots: Sequence[PlannedSlot],
    known: Sequence[ContentPost],
    span: Span,
) -> list[Told]:
    """The orders of those days, and what persons planned then; `known` are the brand's posts."""
    written: dict[str, list[ContentPost]] = defaultdict(list)
    for post in known:
        written[post.brief_id or ""].append(post)
    days = {
        key: own[0].day for key, own in by_brief(slots).items() if span[0] <= own[0].day <= span[1]
    }
    ordered = [
        Told(
            days[key],
            brief.topic,
            frozenset({brief.facts[0].id}),
            frozenset(brief.platforms),
            tuple(written[key]),
        )
        for key, brief in briefs.load_all(connection, [*days]).items()
    ]
    return [*ordered, *_of_persons(brand, written[""], span)]


def _of_persons(brand: Brand, written: Sequence[ContentPost], span: Span) -> Iterator[Told]:
    for post in written:
        if post.scheduled_for is None:
            continue
        account = next((a for a in brand.accounts if a.platform in post.platforms), None)
        day = post.scheduled_for.astimezone(zone_of(account or brand.accounts[0])).date()
        if span[0] <= day <= span[1]:
            yield Told(
                day,
                post.topic or topic_of(post.text, brand=brand),
                frozenset(fact.id for fact in facts_in(post.text, brand=brand)),
                frozenset(post.platforms),
                (post,),
            )
