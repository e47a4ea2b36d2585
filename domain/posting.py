"""When a brand's posts may go out, how many, and on how many platforms."""

import re
from datetime import time, timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from domain.entity import Entity
from domain.week import WEEKDAYS, Weekday


def _spelled(value: object) -> object:
    """`48h` and `2d`, beside what pydantic reads."""
    found = re.fullmatch(r"(\d{1,4})([hd])", value) if isinstance(value, str) else None
    return timedelta(hours=int(found[1]) * (24 if found[2] == "d" else 1)) if found else value


Stretch = Annotated[timedelta, BeforeValidator(_spelled)]
"""A length of time as brand files write it: `48h`, `14d`."""


class Window(Entity):
    """A span of local hours on some weekdays; `end` before `start` passes midnight."""

    days: tuple[Weekday, ...] = WEEKDAYS
    start: time
    end: time

    def holds(self, weekday: int, at: time) -> bool:
        """Whether a local weekday (0 = Monday) and time of day lie in the window."""
        if self.start <= self.end:
            return WEEKDAYS[weekday] in self.days and self.start <= at < self.end
        late = WEEKDAYS[weekday] in self.days and at >= self.start
        early = WEEKDAYS[weekday - 1] in self.days and at < self.end
        return late or early


class Misfire(Entity):
    """What becomes of a post that missed its time: sent if not too late, else moved or dropped.

    On a day that has the account's `daily_cap` of posts it is too late at once.
    """

    late_minutes: int = Field(ge=0, le=10_080)
    then: Literal["next_slot", "drop"] = "next_slot"


class Posting(Entity):
    """When posts may go out, in each account's own time zone, and on how many platforms each.

    Without `platforms_per_post` a post goes to every platform that has a slot for it.
    Without a `misfire` policy a late post is sent however late it is, and moves to the next slot
    only where the account's `daily_cap` is full. `plan_days` is how many local days are planned and
    written, today's included. What was said or shown is not said or shown again within
    `repeat_after` (`14d`), by meaning as well as by words.
    """

    windows: tuple[Window, ...] = Field(min_length=1)
    quiet_hours: tuple[Window, ...] = ()
    default_times: tuple[time, ...] = Field(min_length=1)
    min_gap_minutes: int = Field(default=90, ge=0, le=10_080)
    posts_per_day: int = Field(default=3, ge=0, le=50)
    plan_days: int = Field(default=1, ge=1, le=14)
    platforms_per_post: int | None = Field(default=None, ge=1)
    exploration: float = Field(default=0.1, ge=0, le=1)
    repeat_after: Stretch = Field(
        default=timedelta(days=14), ge=timedelta(0), le=timedelta(days=366)
    )
    misfire: Misfire | None = None
