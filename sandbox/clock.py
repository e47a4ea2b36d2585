"""The sandbox's own clock: moved by hand or running at a factor of real time, never backwards."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime) -> int:
    """Whole microseconds since 1970 of an aware instant."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def instant(us: int) -> datetime:
    """The UTC instant of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=us)


def iso(moment: datetime) -> str:
    """`2026-03-02T05:00:00.000Z`: UTC with milliseconds, as both wire protocols write it."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    )


class SandboxClock:
    """Tells the sandbox's time.

    Args:
        start: the instant to resume at.
        speed: 0 stands still between moves; otherwise sandbox seconds per real second.
        save: keeps an instant durably. No instant is ever told that lies past the saved one, so
            that a killed process resumes at or after everything it said.
        ticks: a monotonic source of real seconds.
    """

    def __init__(
        self,
        start: datetime,
        *,
        speed: float,
        save: Callable[[datetime], None],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = start
        self._speed = speed
        self._save = save
        self._ticks = ticks
        self._since = ticks()
        self._saved = start

    def now(self) -> datetime:
        """The present instant of the sandbox, aware, UTC."""
        if not self._speed:
            return self._base
        passed = (self._ticks() - self._since) * self._speed
        present = self._base + timedelta(seconds=passed)
        if present > self._saved:
            self._saved = present + timedelta(seconds=self._speed)
            self._save(self._saved)
        return present

    def advance_to(self, moment: datetime) -> datetime:
        """Move on to `moment` and keep it; returns the new present.

        Raises:
            ValueError: `moment` lies before the present, or carries no zone.
        """
        if moment.tzinfo is None:
            raise ValueError("advance_to has no time zone: write it as 2026-03-02T05:00:00Z")
        present = self.now()
        if moment < present:
            raise ValueError(f"the clock never goes back: it is {iso(present)}, ask for later")
        moment = moment.astimezone(UTC)
        self._save(max(moment, self._saved) if self._speed else moment)
        self._saved = max(moment, self._saved)
        self._base, self._since = moment, self._ticks()
        return moment
