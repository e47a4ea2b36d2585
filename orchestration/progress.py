"""How far a rehearsal has come: its span, the steps that are done, the seconds of work by step."""

import json
import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console

from storage.atomic import write_atomically

WEEK = 7
"""So many days are shown: those that are played, and those planned on the last morning."""


class Progress:
    """Kept in a file, so that a rehearsal that was killed remembers when it began.

    Attributes:
        starts_at: the sandbox's instant at the very beginning.
        span: how long it plays.
        step: the name of the step that is worked on, or of the last one.
        seconds: seconds of work by step, those of earlier tries that came to their end included.
        console: where a person reads along.
    """

    def __init__(self, path: Path, now: datetime, span: timedelta, *, console: Console) -> None:
        self._path = path
        self.console = console
        kept = json.loads(path.read_text()) if path.exists() else {}
        self.starts_at = datetime.fromisoformat(kept.get("starts_at", now.isoformat()))
        self.span = timedelta(days=kept.get("days", span.days))
        self.step: str = kept.get("step", "")
        self.seconds: dict[str, float] = kept.get("seconds", {})
        self._done: list[str] = kept.get("done", [])
        if kept:
            console.print(f"Going on where it stopped, on {now:%A %d %B at %H:%M} UTC.")
        self._keep()

    @property
    def ends_at(self) -> datetime:
        """The sandbox's instant at which it is over."""
        return self.starts_at + self.span

    def end_of_day(self, now: datetime) -> datetime:
        """The next instant at which a day of this rehearsal ends."""
        days = (now - self.starts_at) // timedelta(days=1) + 1
        return min(self.ends_at, self.starts_at + timedelta(days=days))

    def days_to_plan(self, now: datetime) -> int:
        """How many local days a morning plans: its own, the last one the rest of the week as well.

        What lies behind the end is written, judged, drawn and shown; it goes out in `amsel up`.
        """
        if self.end_of_day(now) < self.ends_at:
            return 1
        return max(1, WEEK + 1 - math.ceil(self.span / timedelta(days=1)))

    def work(
        self, step: str, what: str, *parts: Callable[[], None], once: str | None = None
    ) -> None:
        """Say what happens now, do it, and add how long it took.

        `once` names work that is not done again when a later try comes by.
        """
        if once in self._done:
            return
        self.console.print(f"[bold]{step:>8}[/]  {what} …")
        self.step = step
        self._keep()
        begun = time.perf_counter()
        for part in parts:
            part()
        took = time.perf_counter() - begun
        self.seconds[step] = round(self.seconds.get(step, 0.0) + took, 2)
        self._done += [once] if once else []
        self.console.print(f"{'':>8}  [dim]{took:.1f} s[/]")
        self._keep()

    def _keep(self) -> None:
        kept = {
            "starts_at": self.starts_at.isoformat(),
            "days": self.span.days,
            "step": self.step,
            "done": self._done,
            "seconds": self.seconds,
        }
        write_atomically(self._path, json.dumps(kept).encode())
