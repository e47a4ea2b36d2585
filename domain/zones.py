"""Wall-clock times and the instants that they mean, in IANA zones."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

WALL = "%Y-%m-%dT%H:%M"
"""How a wall-clock time is written beside its zone, to the minute."""


def instant_of(local: datetime, zone: ZoneInfo) -> datetime:
    """The UTC instant of a naive wall-clock time.

    A time that the clocks skip becomes the first instant after the gap; one that comes twice
    means the first of the two.
    """
    first = local.replace(tzinfo=zone, fold=0)
    instant = first.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local:
        return instant
    # fold=0 reads a skipped time with the offset before the gap: its distance from the first
    # valid instant is how far the wall clock stands past the beginning of the gap
    after = local.replace(tzinfo=zone, fold=1).utcoffset()
    before = first.utcoffset()
    if after is None or before is None:
        raise ValueError(f"{zone.key} gives no offset for {local}; use an IANA zone")
    return _gap_end(instant - (after - before), instant, zone)


def _gap_end(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The instant between the two, to the second, at which the zone's offset changes."""
    start = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = (early + (late - early) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == start:
            early = middle
        else:
            late = middle
    return late


def wall_of(instant: datetime, zone: ZoneInfo) -> str:
    """The wall-clock time of an instant, to the minute."""
    return instant.astimezone(zone).strftime(WALL)
