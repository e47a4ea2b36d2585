"""The demo's driver: the same jobs that schedules and sensors start, on the sandbox's clock."""

from datetime import timedelta
from pathlib import Path

import dagster as dg
from rich.console import Console

from runtime import build
from runtime.clock import make_clock
from runtime.settings import Settings

TICK = timedelta(hours=3)
SEND_LIMIT = 10_000


class Rehearsal:
    """Days of a social-media team against the sandbox; every step may be repeated.

    What was done is read from the stores, so a rehearsal that was killed goes on where it stopped.
    """

    def __init__(self, settings: Settings, *, days: int, posts: list[Path]) -> None:
        self.settings = settings
        self.days = days
        self.posts = posts
        self.clock = make_clock(settings)
        self.console = Console()
        self.instance = dg.DagsterInstance.get()
        self.ledger = build.open_ledger(settings)
        self.networks = build.open_networks(settings)
        self.state = settings.home / "rehearsal.json"
        self.seconds: dict[str, float] = {}

    def run(self) -> None:
        """Play all days and write the summary; raises what the product raises."""
        starts_at, ends_at = self._period()
        with self._step("history", "Bring in a year of history"):
            self._lay_history()
            self._job("refresh_engagement")
        with self._step("models", "Back-test and train the models"):
            if self.settings_models_are_missing():
                self._job("retrain_models")
        while (now := self.clock.now()) < ends_at:
            with self._step("plan", f"{now:%a %d %b}: plan, write, check, schedule"):
                self._job("daily_loop" if now > starts_at else "prepare_posts")
            with self._step("days", f"{now:%a %d %b}: post on the minute, measure, answer"):
                self._play(min(ends_at, now + timedelta(days=1)))
        with self._step("report", "Settle the books and write the report"):
            self._send(ends_at)
            self._job("refresh_engagement")
            self._job("write_report")
        self._finish(starts_at, ends_at)
