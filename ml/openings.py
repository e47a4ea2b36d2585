"""The instants at which a brand's account may post on a given day, and why not at others."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from domain.brand import WEEKDAYS, Brand, Window
from domain.zones import instant_of

HOUR = timedelta(hours=1)
_DAY = 1440


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the brand file allows one account; all times of day are local to `time_zone`.

    Attributes:
        daily_cap: most posts on a local day, those in `taken` included.
        exploration: share of choices that are made at random to keep learning.
        not_before: no slot earlier than this instant.
        taken: instants that are already planned or sent.
        per_hour: most posts within any hour; None where the account has no such limit.
    """

    account: str
    time_zone: str
    windows: tuple[Window, ...]
    quiet_hours: tuple[Window, ...]
    default_times: tuple[time, ...]
    min_gap: timedelta
    daily_cap: int
    exploration: float
    not_before: datetime
    taken: tuple[datetime, ...] = ()
    per_hour: int | None = None

    @property
    def least_gap(self) -> timedelta:
        """How far apart any two posts are: an account with one post an hour waits that long."""
        return max(self.min_gap, HOUR) if self.per_hour == 1 else self.min_gap


def constraints_of(
    brand: Brand, account_id: str, *, not_before: datetime, taken: Sequence[datetime] = ()
) -> Constraints:
    """The constraints of one account of a brand; KeyError where it has no such account."""
    account, posting = brand.account(account_id), brand.posting
    return Constraints(
        account=account_id,
        time_zone=account.time_zone,
        windows=posting.windows,
        quiet_hours=posting.quiet_hours,
        default_times=tuple(sorted(posting.default_times)),
        min_gap=timedelta(minutes=posting.min_gap_minutes),
        daily_cap=account.daily_cap,
        exploration=posting.exploration,
        not_before=not_before,
        taken=tuple(taken),
        per_hour=account.per_hour,
    )


@dataclass(frozen=True, slots=True)
class Opening:
    """One instant of a day that breaks no rule; `slot` is its local hour of the week."""

    day: date
    due_at: datetime
    local: datetime
    slot: int
    default: bool = False


def openings(
    day: date, *, constraints: Constraints, chosen: Sequence[datetime], seed: int
) -> list[Opening]:
    """All openings of one local day, at most one an hour, in time order; none under a full cap.

    The minute within the hour is drawn from the seed, so that not everything goes out on the
    hour; the brand's default times are kept to the minute.
    """
    zone = ZoneInfo(constraints.time_zone)
    busy = [*constraints.taken, *chosen]
    if room_on(day, constraints, chosen) <= 0:
        return []
    allowed = _allowed_minutes(constraints.windows, constraints.quiet_hours)
    defaults = {
        moment.hour: moment.hour * 60 + moment.minute for moment in constraints.default_times[::-1]
    }
    walls = _walls(day, constraints.time_zone)
    fits = _fitting(walls, constraints, allowed, busy)
    found: dict[datetime, Opening] = {}
    name = f"{seed}:{constraints.account}:{day}"
    hours = _allowed_by_hour(constraints.windows, constraints.quiet_hours)[day.weekday()]
    for hour, minutes in enumerate(hours):
        default = hour in defaults and bool(fits[defaults[hour]])
        minute = defaults[hour] if default else _first(minutes, fits[minutes], f"{name}:{hour}")
        if minute is not None:
            opening = _opening(day, minute, zone, default)
            found.setdefault(opening.due_at, opening)
    return list(found.values())


def room_on(day: date, constraints: Constraints, chosen: Sequence[datetime] = ()) -> int:
    """How many more posts the cap leaves for a local day."""
    zone = ZoneInfo(constraints.time_zone)
    busy = (*constraints.taken, *chosen)
    return constraints.daily_cap - sum(each.astimezone(zone).date() == day for each in busy)


def _first(minutes: NDArray[np.int64], fits: NDArray[np.bool_], name: str) -> int | None:
    """The first of these minutes that fits, beginning at one drawn from the name."""
    if not len(minutes):
        return None
    drawn = _drawn(name) % len(minutes)
    if fits[drawn]:
        return int(minutes[drawn])
    fitting = np.flatnonzero(fits)
    if not len(fitting):
        return None
    place = int(np.searchsorted(fitting, drawn))
    return int(minutes[fitting[place % len(fitting)]])


@lru_cache(maxsize=1024)
def _drawn(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


@lru_cache(maxsize=1024)
def _opening(day: date, minute: int, zone: ZoneInfo, default: bool) -> Opening:
    """That of `_at`, remembered: a day is asked for once for each of its posts."""
    return _at(day, minute, zone, default=default)


def _at(day: date, minute: int, zone: ZoneInfo, *, default: bool = False) -> Opening:
    wall = datetime.combine(day, time(minute // 60, minute % 60))
    due_at = instant_of(wall, zone)
    local = due_at.astimezone(zone)
    return Opening(day, due_at, local, local.weekday() * 24 + local.hour, default)


def _fitting(
    walls: "_Walls",
    constraints: Constraints,
    allowed: NDArray[np.bool_],
    busy: Sequence[datetime],
) -> NDArray[np.bool_]:
    """Which minutes of the day break no rule."""
    fits = allowed.ravel()[walls.shown] & (walls.instants >= constraints.not_before.timestamp())
    gap = constraints.least_gap.total_seconds()
    seconds = sorted(each.timestamp() for each in busy)
    for at in seconds:
        apart = np.abs(walls.instants - at)
        fits &= (apart >= gap) & (apart > 0)
    if constraints.per_hour is not None:
        hour = HOUR.total_seconds()
        # with so many that lie so close nothing else may come within their hour
        for first, last in zip(seconds, seconds[constraints.per_hour - 1 :], strict=False):
            fits &= (walls.instants <= last - hour) | (walls.instants >= first + hour)
    return np.asarray(fits)


@dataclass(frozen=True, slots=True)
class _Walls:
    """The instant (in seconds) that each minute of a local day means, and what clocks then show.

    `shown` is a minute of the week; it differs from the minute asked for where that is skipped.
    """

    instants: NDArray[np.float64]
    shown: NDArray[np.int64]


@lru_cache(maxsize=256)
def _walls(day: date, time_zone: str) -> _Walls:
    zone = ZoneInfo(time_zone)
    found = [_at(day, minute, zone) for minute in range(_DAY)]
    shown = [each.local.weekday() * _DAY + each.local.hour * 60 + each.local.minute
             for each in found]  # fmt: skip
    return _Walls(np.array([each.due_at.timestamp() for each in found]), np.array(shown))


@lru_cache(maxsize=256)
def _allowed_minutes(
    windows: tuple[Window, ...], quiet_hours: tuple[Window, ...]
) -> NDArray[np.bool_]:
    """7 x 1440: inside a window and outside the quiet hours."""
    return np.asarray(_minutes(windows) & ~_minutes(quiet_hours, whole=True))


@lru_cache(maxsize=256)
def _allowed_by_hour(
    windows: tuple[Window, ...], quiet_hours: tuple[Window, ...]
) -> list[list[NDArray[np.int64]]]:
    """Of each weekday and hour the minutes of the day that are allowed."""
    hours = _allowed_minutes(windows, quiet_hours).reshape(7, 24, 60)
    return [[np.flatnonzero(own) + at * 60 for at, own in enumerate(each)] for each in hours]


def _minutes(windows: Sequence[Window], *, whole: bool = False) -> NDArray[np.bool_]:
    mask = np.zeros((7, _DAY), dtype=bool)
    for window in windows:
        # a window that begins or ends inside a minute opens at the next, quiet begins at once
        start = _minute(window.start, up=not whole)
        end = _minute(window.end, up=whole)
        for day in (WEEKDAYS.index(name) for name in window.days):
            if window.start <= window.end:
                mask[day, start:end] = True
            else:
                mask[day, start:] = True
                mask[(day + 1) % 7, :end] = True
    return mask


def _minute(moment: time, *, up: bool) -> int:
    rest = moment.second > 0 or moment.microsecond > 0
    return moment.hour * 60 + moment.minute + int(up and rest)
