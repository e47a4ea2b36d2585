"""The instants at which a brand's account may post on a given day, and why not at others."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from domain.brand import WEEKDAYS, Brand, Window
from domain.zones import instant_of

_DAY = 1440


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the brand file allows one account; all times of day are local to `time_zone`.

    Attributes:
        daily_cap: most posts on a local day, those in `taken` included.
        exploration: share of choices that are made at random to keep learning.
        not_before: no slot earlier than this instant.
        taken: instants that are already planned or sent.
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
    )


@dataclass(frozen=True, slots=True)
class Opening:
    """One instant that breaks no rule; `slot` is its local hour of the week."""

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
    if sum(each.astimezone(zone).date() == day for each in busy) >= constraints.daily_cap:
        return []
    allowed = _allowed_minutes(constraints.windows, constraints.quiet_hours)
    defaults = {
        moment.hour: moment.hour * 60 + moment.minute for moment in constraints.default_times[::-1]
    }
    found: dict[datetime, Opening] = {}
    name = f"{seed}:{constraints.account}"
    for hour in range(24):
        minutes = np.flatnonzero(allowed[day.weekday(), hour * 60 : hour * 60 + 60]) + hour * 60
        wanted: Iterable[Opening] = (
            _at(day, int(minute), zone) for minute in _order(minutes, day, hour, name)
        )
        if hour in defaults:
            wanted = chain([_at(day, defaults[hour], zone, default=True)], wanted)
        opening = next((each for each in wanted if _fits(each, constraints, allowed, busy)), None)
        if opening is not None:
            found.setdefault(opening.due_at, opening)
    return list(found.values())


def _order(minutes: NDArray[np.int64], day: date, hour: int, name: str) -> NDArray[np.int64]:
    """The hour's allowed minutes, beginning at one drawn from the name."""
    if not len(minutes):
        return minutes
    digest = hashlib.sha256(f"{name}:{day}:{hour}".encode()).digest()
    return np.roll(minutes, -(int.from_bytes(digest[:8], "big") % len(minutes)))


def _at(day: date, minute: int, zone: ZoneInfo, *, default: bool = False) -> Opening:
    wall = datetime.combine(day, time(minute // 60, minute % 60))
    due_at = instant_of(wall, zone)
    local = due_at.astimezone(zone)
    return Opening(due_at, local, local.weekday() * 24 + local.hour, default)


def _fits(
    opening: Opening,
    constraints: Constraints,
    allowed: NDArray[np.bool_],
    busy: Sequence[datetime],
) -> bool:
    local = opening.local
    return bool(
        opening.due_at >= constraints.not_before
        and allowed[local.weekday(), local.hour * 60 + local.minute]
        and all(
            abs(opening.due_at - each) >= constraints.min_gap and opening.due_at != each
            for each in busy
        )
    )


@lru_cache(maxsize=256)
def _allowed_minutes(
    windows: tuple[Window, ...], quiet_hours: tuple[Window, ...]
) -> NDArray[np.bool_]:
    """7 x 1440: inside a window and outside the quiet hours."""
    return np.asarray(_minutes(windows) & ~_minutes(quiet_hours, whole=True))


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
