"""Rate limits in fixed windows of the sandbox's clock."""

from dataclasses import dataclass
from datetime import datetime

from sandbox.clock import micros


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands in a window: `reset` is in Unix seconds of the sandbox's clock."""

    limit: int
    remaining: int
    reset: int
    allowed: bool


class Limits:
    """Counts calls per key and window; a restart forgets the counts.

    Args:
        factor: multiplies every documented limit.
    """

    def __init__(self, factor: float = 1) -> None:
        self._factor = factor
        self._used: dict[tuple[str, int], tuple[int, int]] = {}

    def scaled(self, limit: int) -> int:
        """What a documented limit is here."""
        return max(1, round(limit * self._factor))

    def spend(
        self, key: str, *, now: datetime, limit: int, window: int, points: int = 1
    ) -> Standing:
        """Spend points of a window (seconds); 0 points only asks. Nothing is spent if too few."""
        limit = self.scaled(limit)
        number = micros(now) // 1_000_000 // window
        seen, used = self._used.get((key, window), (number, 0))
        used = used if seen == number else 0
        allowed = used + points <= limit
        used += points if allowed else 0
        self._used[key, window] = (number, used)
        return Standing(limit, limit - used, (number + 1) * window, allowed)
