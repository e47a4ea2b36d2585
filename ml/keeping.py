"""Which planned instants of an account may stay under changed rules: as many as can, exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ml.openings import HOUR, Constraints


@dataclass(frozen=True, slots=True)
class Standing:
    """One planned instant; of those that bar each other the higher `priority` stays."""

    at: datetime
    priority: int = 0


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to keep some of them, so far.

    Attributes:
        worth: how many stay, their priorities added up, and how early they are.
        places: which stay.
        near: those of them that may still bar the next one.
        of_day: how many of them lie on the local day of the last one that was looked at.
    """

    worth: tuple[int, int, int] = (0, 0, 0)
    places: tuple[int, ...] = ()
    near: tuple[datetime, ...] = ()
    of_day: int = 0


def keep(planned: Sequence[Standing], rules: Constraints) -> frozenset[int]:
    """The places of those that stay: as many as can, then of the highest priority, then the first.

    Exact: of all ways that leave the same room for what comes later only the best is followed.
    `rules.taken` are instants that stay in any case; `rules.not_before` is not asked.
    """
    zone, ways = ZoneInfo(rules.time_zone), [_Way()]
    day: date | None = None
    for order, place in enumerate(sorted(range(len(planned)), key=lambda at: planned[at].at)):
        one = planned[place]
        fits_alone = broken_rule(one.at, rules) is None
        before, day = day, one.at.astimezone(zone).date()
        best: dict[tuple[tuple[datetime, ...], int], _Way] = {}
        for way in (_come_to(way, one.at, rules, is_new_day=day != before) for way in ways):
            more = _with(way, one, place, order) if fits_alone and _fits(way, one, rules) else way
            for each in (way, more):
                key = each.near, each.of_day
                best[key] = max(best.get(key, each), each, key=lambda found: found.worth)
        ways = [*best.values()]
    return frozenset(max(ways, key=lambda way: way.worth).places)


def broken_rule(at: datetime, rules: Constraints, *, of_day: int = 0) -> str | None:
    """Which rule an instant breaks beside those of `rules.taken`, in words; None where none.

    `of_day` are more posts of its local day, which are not among them.
    """
    zone = ZoneInfo(rules.time_zone)
    local = at.astimezone(zone)
    if not any(window.holds(local.weekday(), local.time()) for window in rules.windows):
        return "it lay outside posting.windows"
    if any(quiet.holds(local.weekday(), local.time()) for quiet in rules.quiet_hours):
        return "it lay in posting.quiet_hours"
    if any(each == at or abs(each - at) < rules.least_gap for each in rules.taken):
        minutes = rules.least_gap // timedelta(minutes=1)
        return f"posts lie {minutes} minutes apart at least (posting.min_gap_minutes, per_hour)"
    if rules.per_hour is not None and _in_an_hour(at, rules.taken) >= rules.per_hour:
        return f"the account posts at most {rules.per_hour} times an hour (per_hour)"
    same_day = sum(each.astimezone(zone).date() == local.date() for each in rules.taken)
    if same_day + of_day >= rules.daily_cap:
        return f"the account posts at most {rules.daily_cap} times a day (daily_cap)"
    return None


def _in_an_hour(at: datetime, others: Sequence[datetime]) -> int:
    """How many others lie within one hour with it, at most."""
    starts = [each for each in (*others, at) if timedelta(0) <= at - each < HOUR]
    return max(sum(start <= each < start + HOUR for each in others) for start in starts)


def _come_to(way: _Way, at: datetime, rules: Constraints, *, is_new_day: bool) -> _Way:
    """The way as it bears on an instant: what is long past or of another day is forgotten."""
    reach = max(rules.least_gap, HOUR if rules.per_hour else timedelta(0))
    near = tuple(each for each in way.near if each == at or at - each < reach)
    return replace(way, near=near, of_day=0 if is_new_day else way.of_day)


def _fits(way: _Way, one: Standing, rules: Constraints) -> bool:
    beside = replace(rules, taken=(*rules.taken, *way.near), daily_cap=10**9)
    if broken_rule(one.at, beside) is not None:
        return False
    return broken_rule(one.at, rules, of_day=way.of_day) is None


def _with(way: _Way, one: Standing, place: int, order: int) -> _Way:
    count, priority, early = way.worth
    return _Way(
        (count + 1, priority + one.priority, early - order),
        (*way.places, place),
        (*way.near, one.at),
        way.of_day + 1,
    )
