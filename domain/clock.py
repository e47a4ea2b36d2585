"""Where time comes from: no code reads the clock, it is given one."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant and waits for a later one."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""

    def wait_until(self, instant: datetime) -> None:
        """Return when `now()` has reached `instant`; at once if it is past."""
