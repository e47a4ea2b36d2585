"""How far a rehearsal has come: its span, and the seconds of work by step."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console

from storage.atomic import write_atomically


class Progress:
    """Kept in a file, so that a rehearsal that was killed remembers when it began.

    Attributes:
        starts_at: the sandbox's instant at the very beginning.
        span: how long it plays.
        seconds: seconds of work by step, those of earlier tries included.
    """

    def __init__(self, path: Path, now: datetime, span: timedelta) -> None:
        self._path = path
        self._console = Console(highlight=False)
        kept = json.loads(path.read_text()) if path.exists() else {}
        self.starts_at = datetime.fromisoformat(kept.get("starts_at", now.isoformat()))
        self.span = timedelta(days=kept.get("days", span.days))
        self.seconds: dict[str, float] = kept.get("seconds", {})
        if kept:
            self._console.print(f"Going on where it stopped, on {now:%A %d %B at %H:%M} UTC.")
        self._keep()

    @property
    def ends_at(self) -> datetime:
        """The sandbox's instant at which it is over."""
        return self.starts_at + self.span

    def end_of_day(self, now: datetime) -> datetime:
        """The next instant at which a day of this rehearsal ends."""
        days = (now - self.starts_at) // timedelta(days=1) + 1
        return min(self.ends_at, self.starts_at + timedelta(days=days))

    @contextmanager
    def step(self, name: str, what: str) -> Iterator[None]:
        """Say what happens now, and add how long it took."""
        self._console.print(f"[bold]{name:>8}[/]  {what} …")
        begun = time.perf_counter()
        yield
        took = time.perf_counter() - begun
        self.seconds[name] = round(self.seconds.get(name, 0.0) + took, 2)
        self._console.print(f"{'':>8}  [dim]{took:.1f} s[/]")
        self._keep()

    def _keep(self) -> None:
        kept = {
            "starts_at": self.starts_at.isoformat(),
            "days": self.span.days,
            "seconds": self.seconds,
        }
        write_atomically(self._path, json.dumps(kept).encode())
