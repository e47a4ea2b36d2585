"""Reads that a platform bills: a meter is asked before each page, and told what was on it."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from domain.errors import NetworkError, Unreachable
from publishing.platforms.base import UNCONNECTED

Rows = Mapping[str, Collection[str]]
"""Ids of what was read, by kind of read (the names of prices: `own_read`, `read`, `user_read`)."""


class Meter(Protocol):
    """Who pays for the reads of one account."""

    def set_aside(self, most: Mapping[str, int]) -> str:
        """Set aside what at most so many of each kind cost; raises Unpaid where nothing is left."""

    def settle(self, booking: str, rows: Rows) -> None:
        """Pay for what came; nothing where nothing did."""


_meter: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered(meter: Meter | None) -> Iterator[None]:
    """Have this thread's reads paid for by a meter."""
    mark = _meter.set(meter)
    try:
        yield
    finally:
        _meter.reset(mark)


@contextmanager
def page(**most: int) -> Iterator[dict[str, Collection[str]]]:
    """One request that reads at most so many of each kind; the caller names what came.

    A refusal costs nothing. Where the answer was lost the money stays set aside, for the platform
    may have given it.

    Raises:
        Unpaid: no money is left, so nothing may be asked.
    """
    rows: dict[str, Collection[str]] = {}
    meter = _meter.get()
    if meter is None:
        yield rows
        return
    booking = meter.set_aside(most)
    try:
        yield rows
    except NetworkError as exc:
        if not _is_lost(exc):
            meter.settle(booking, {})
        raise
    meter.settle(booking, rows)


def _is_lost(error: NetworkError) -> bool:
    """Whether the platform may have answered all the same."""
    cause = error.__cause__
    return (
        isinstance(error, Unreachable) and cause is not None and not isinstance(cause, UNCONNECTED)
    )
