"""What was measured of each writer: how fast, how dear, how often accepted, whether it is up."""

from collections import deque
from dataclasses import dataclass, field
from statistics import fmean, median
from threading import Lock

from domain.writing import WriterCall

STRIKES = 3
"""After so many failures in a row a writer is left alone for a while."""
PAUSE_S, LONGEST_PAUSE_S = 30.0, 600.0
_KEPT = 50


@dataclass(slots=True)
class Standing:
    """One writer's record on one task; safe to use from several threads."""

    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))
    cents: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT))
    accepted: int = 0
    judged: int = 0

    def note(self, call: WriterCall, *, timeout: float) -> None:
        """Count a call; what one is known to have cost counts whether it wrote or not."""
        wrote = call.trouble is None
        self.seconds.append(call.seconds if wrote else max(call.seconds, timeout))
        if wrote or call.cents:
            self.cents.append(call.cents)

    @property
    def latency(self) -> float:
        """The median of the last calls in seconds; 0 where there was none, so that it is tried.

        A call that brought nothing counts as the whole time-out at least.
        """
        return median(self.seconds) if self.seconds else 0.0

    @property
    def acceptance(self) -> float:
        """The share of drafts that were accepted, as if two more had been before."""
        return (self.accepted + 2) / (self.judged + 2)

    def price(self, estimate: float) -> float:
        """Cents a brief really cost on average, failures included; the estimate before that."""
        return fmean(self.cents) if self.cents else estimate


@dataclass(slots=True)
class Breaker:
    """Leaves a writer alone after failures in a row, longer each time, then lets one call try."""

    failures: int = 0
    pause: float = PAUSE_S
    closed_until: float = 0.0
    trying: bool = False
    lock: Lock = field(default_factory=Lock)

    def recall(self, failures: int) -> None:
        """Begin with the failures in a row of an earlier run: after enough one call tries."""
        with self.lock:
            self.failures = failures

    def lets_through(self, now: float) -> bool:
        """Whether a call may be made now; of those that wait only one is the trial."""
        with self.lock:
            if self.failures < STRIKES:
                return True
            if now < self.closed_until or self.trying:
                return False
            self.trying = True
            return True

    def worked(self) -> None:
        """A call went well: all is forgiven."""
        with self.lock:
            self.failures, self.pause, self.trying = 0, PAUSE_S, False

    def unused(self) -> None:
        """No call was made after all."""
        with self.lock:
            self.trying = False

    def failed(self, now: float) -> None:
        """A call got no answer."""
        with self.lock:
            again, self.trying = self.trying, False
            self.failures += 1
            if self.failures >= STRIKES and (again or now >= self.closed_until):
                self.pause = min(self.pause * 2, LONGEST_PAUSE_S) if again else PAUSE_S
                self.closed_until = now + self.pause
