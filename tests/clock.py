"""A clock for tests: it stands still until somebody waits."""

from dataclasses import dataclass
from datetime import datetime


@dataclass
class SteppingClock:
    """Tells the instant it was given, and jumps where somebody waits for a later one."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant

    def wait_until(self, instant: datetime) -> None:
        self.instant = max(self.instant, instant)
