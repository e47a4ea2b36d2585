"""Wall-clock times in every zone, against a search through all instants around each change."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, available_timezones

import pytest

from domain.zones import instant_of, wall_of

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
ZONES = sorted(available_timezones() - {"localtime"})
STEP = timedelta(days=1)
SECOND = timedelta(seconds=1)
SAME = {}


def offset(instant, zone):
    return instant.astimezone(zone).utcoffset()


def changes(name):
    """Every instant at which the zone's offset changes, to the second."""
    return changes_by(rules(name))


def rules(name):
    """One name for all the zones that are the same file."""
    files = [Path(folder, name) for folder in TZPATH]
    content = next((file.read_bytes() for file in files if file.is_file()), name)
    return SAME.setdefault(content, name)


@cache
def changes_by(name):
    zone, found = ZoneInfo(name), []
    early, before_it = FIRST, offset(FIRST, ZoneInfo(name))
    while early < LAST:
        late = early + STEP
        after_it = offset(late, zone)
        if before_it != after_it:
            before, after = early, late
            while after - before > SECOND:
                middle = before + timedelta(seconds=(after - before).total_seconds() // 2)
                if offset(middle, zone) == before_it:
                    before = middle
                else:
                    after = middle
            found.append(after)
        early, before_it = late, after_it
    return tuple(found)


@cache
def looks():
    """Every change with a zone that makes it: zones that share a change share its answer."""
    found = {}
    for name in ZONES:
        zone = ZoneInfo(name)
        for change in changes(name):
            mark = (change, offset(change - SECOND, zone), offset(change, zone))
            found.setdefault(mark, (name, change))
    return [*found.values()]


def walls(change, zone):
    """Every wall-clock minute around a change with the first instant that shows it.

    A plain search: all minutes from before the jump to after it, on either side by its length.
    """
    reach = abs(offset(change, zone) - offset(change - SECOND, zone)) + timedelta(hours=3)
    at = (change - reach).replace(second=0)
    shown = {}
    while at < change + reach:
        shown.setdefault(at.astimezone(zone).replace(tzinfo=None), at)
        at += timedelta(minutes=1)
    return shown


def wall_times(change, zone):
    """Wall-clock minutes around a change: well before, at, inside and after the gap or fold."""
    before, after = offset(change - SECOND, zone), offset(change, zone)
    edge, jump = change.replace(tzinfo=None), after - before
    starts = (edge + before, edge + after)
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    for start in starts:
        for shift in (timedelta(0), -minute, minute, jump / 2, hour):
            yield (start + shift).replace(second=0, microsecond=0)


def test_all_zones_and_their_changes_are_looked_at():
    assert len(ZONES) > 500
    assert sum(len(changes(name)) for name in ZONES) > 2000
    assert len(looks()) > 500


@pytest.mark.parametrize("part", range(8))
def test_every_wall_clock_time_around_every_change_means_the_first_valid_instant(part):
    wrong = []
    for name, change in looks()[part::8]:
        zone = ZoneInfo(name)
        shown = walls(change, zone)
        for local in wall_times(change, zone):
            # what no instant shows is skipped by the change: the first valid one is the change
            found, expected = instant_of(local, zone), shown.get(local, change)
            if found != expected:
                wrong.append((name, local, found, expected))

    assert [] == wrong


@pytest.mark.parametrize("name", ZONES[::7])
def test_a_wall_clock_time_that_exists_comes_back(name):
    zone = ZoneInfo(name)
    for day in range(0, 366 * 12, 61):
        instant = FIRST + timedelta(days=day, hours=day % 24)
        assert wall_of(instant, zone) == wall_of(
            instant_of(instant.astimezone(zone).replace(tzinfo=None), zone), zone
        )


@pytest.mark.parametrize(
    ("name", "local", "instant"),
    [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00"),  # skipped: the first after it
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),  # twice: the first
        ("Pacific/Kiritimati", "2026-12-31T23:59", "2026-12-31T09:59"),  # UTC+14
        ("Etc/GMT+12", "2028-02-29T12:00", "2028-03-01T00:00"),  # UTC-12, leap day
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),  # half an hour skipped
    ],
)
def test_known_cases(name, local, instant):
    found = instant_of(datetime.fromisoformat(local), ZoneInfo(name))

    assert datetime.fromisoformat(instant).replace(tzinfo=UTC) == found
