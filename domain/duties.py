"""A duty: what a brand must talk about, so often in each day, week or month."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import ceil, floor
from typing import Literal, Self

from pydantic import Field, model_validator

from domain.entity import Entity
from domain.platforms import Platform
from domain.week import WEEKDAYS, Weekday

Span = tuple[date, date]
"""A first and a last day, both included."""


class Duty(Entity):
    """At least so many posts about a topic in each day, week (from Monday) or month.

    `facts` narrows it to posts that state one of them, `platforms` to those that go to all of
    these, `days` to some weekdays. It holds from `starts_on` to `ends_on`, both included. A day is
    the local day of the account on which a post goes out.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    topic: str
    facts: tuple[str, ...] = ()
    at_least: int = Field(default=1, ge=1, le=100)
    per: Literal["day", "week", "month"] = "week"
    platforms: tuple[Platform, ...] = ()
    days: tuple[Weekday, ...] = Field(default=WEEKDAYS, min_length=1)
    starts_on: date | None = None
    ends_on: date | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValueError(
                f"it ends on {self.ends_on}, before it starts on {self.starts_on}; swap the days"
            )
        return self

    def in_words(self) -> str:
        """`opening-hours at least once a week, on x and facebook`."""
        times = {1: "once", 2: "twice"}.get(self.at_least, f"{self.at_least} times")
        where = f", on {' and '.join(self.platforms)}" if self.platforms else ""
        return f"{self.id} at least {times} a {self.per}{where}"

    def span_of(self, day: date) -> Span | None:
        """The day, week or month around a day, as far as the duty holds; None where it does not."""
        first, last = _spans(day)[self.per]
        first, last = max(first, self.starts_on or first), min(last, self.ends_on or last)
        return (first, last) if first <= day <= last and self.open_days((first, last)) else None

    def open_days(self, span: Span) -> list[date]:
        """The days of a span on which it may come."""
        days = (span[0] + timedelta(days=n) for n in range((span[1] - span[0]).days + 1))
        return [day for day in days if WEEKDAYS[day.weekday()] in self.days]

    def lacking(self, day: date, *, done: int) -> int:
        """How many more posts that day should have, where so many stand in its span already.

        The duty is spread over its span: half of a step behind is early enough to try again where
        a draft is turned down, and what has been missed is shared out among the days left.
        """
        span = self.span_of(day)
        days = self.open_days(span) if span else []
        if day not in days:
            return 0
        gone = days.index(day) + 1
        due = floor(self.at_least * gone / len(days) + 0.5)
        left = ceil((self.at_least - done) / (len(days) - gone + 1))
        return max(0, min(due - done, left))


def complaint_about(
    duties: Sequence[Duty],
    *,
    told: Sequence[tuple[str, str]],
    caps: Sequence[tuple[Platform, int]],
) -> str | None:
    """The first duty that cannot be met, with its field and a remedy; None where all can.

    `told` are a brand's facts (id, topic), `caps` its accounts (platform, most posts of a day).
    """
    for at, duty in enumerate(duties):
        if duty.id in [other.id for other in duties[:at]]:
            return f"duties.{at}.id: {duty.id!r} is used twice; give each duty its own id"
        found = _wrong_facts(duty, told) or _wrong_places(duty, caps)
        if found:
            return f"duties.{at}.{found}"
    return None


def _wrong_facts(duty: Duty, told: Sequence[tuple[str, str]]) -> str | None:
    topic_of = dict(told)
    if duty.topic not in topic_of.values():
        return f"topic: no fact is about {duty.topic!r}; add a fact or mend the topic"
    for place, fact in enumerate(duty.facts):
        if fact not in topic_of:
            return f"facts.{place}: there is no fact {fact!r}; add it to facts or mend the id"
        if topic_of[fact] != duty.topic:
            return (
                f"facts.{place}: {fact!r} is about {topic_of[fact]!r}, not {duty.topic!r}; "
                "change the topic or give that fact a duty of its own"
            )
    return None


def _wrong_places(duty: Duty, caps: Sequence[tuple[Platform, int]]) -> str | None:
    for place, platform in enumerate(duty.platforms):
        if platform not in dict(caps):
            return f"platforms.{place}: no account is on {platform}; add one or take it out"
    most = {platform: 0 for platform, _ in caps}
    for platform, cap in caps:
        most[platform] = max(most[platform], cap)
    of_a_day = min((most[each] for each in duty.platforms), default=max(most.values()))
    days = {"day": 1, "week": len(duty.days), "month": 4 * len(duty.days)}[duty.per]
    if duty.at_least > of_a_day * days:
        return (
            f"at_least: {duty.at_least} a {duty.per} is more than posting.posts_per_day and "
            f"daily_cap leave room for ({of_a_day * days}); lower it or raise them"
        )
    return None


def _spans(day: date) -> dict[str, Span]:
    monday = day - timedelta(days=day.weekday())
    first = day.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return {
        "day": (day, day),
        "week": (monday, monday + timedelta(days=6)),
        "month": (first, after - timedelta(days=1)),
    }
