"""The demo's driver: the same jobs that schedules and sensors start, on the sandbox's clock."""

import argparse
import logging
import shutil
from datetime import datetime, timedelta
from typing import Any

import dagster as dg
import httpx

from orchestration import jobs
from orchestration.definitions import defs
from orchestration.progress import Progress
from orchestration.verdict import accepted, judge, print_verdict, write_verdict
from publishing.outbox import deliver_due
from publishing.reconcile import reconcile
from runtime import build
from runtime.clock import make_clock
from runtime.settings import CHECKOUT, Settings
from storage.atomic import write_atomically
from storage.ledger import deliveries

TICK = timedelta(hours=3)
SEND_LIMIT = 10_000
TRENDS = CHECKOUT / "sources" / "feeds" / "examples" / "trends.yaml"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Rehearsal:
    """Days of a social-media team against the sandbox.

    Every step may be repeated: what was done is read from the stores, so a rehearsal that was
    killed goes on where it stopped.
    """

    def __init__(self, settings: Settings, *, days: int) -> None:
        self.settings = settings
        self.clock = make_clock(settings)
        self.instance = dg.DagsterInstance.get()
        self.ledger = build.open_ledger(settings)
        self.networks = build.open_networks(settings)
        span = timedelta(days=days)
        self.progress = Progress(settings.home / "rehearsal.json", self.clock.now(), span)

    def run(self) -> None:
        """Play all days, then judge them; raises what the product raises."""
        step, ends_at = self.progress.step, self.progress.ends_at
        with step("history", "a year of past posts comes in, the warehouse is built"):
            self._lay_history()
            self._job(jobs.refresh_engagement)
        with step("models", "candidates are back-tested; what beats the baselines serves"):
            self._job(jobs.retrain_models)
        morning = jobs.prepare_posts  # the first one finds everything fresh
        while (now := self.clock.now()) < ends_at:
            with step("plan", f"{now:%A %d %B}: slots, briefs, drafts, verdicts, schedule"):
                self._job(morning)
            morning = jobs.daily_loop
            with step("days", f"{now:%A %d %B}: posts go out, people react, replies go out"):
                self._play(self.progress.end_of_day(now))
        with step("report", "the books are settled, the report is written"):
            self._job(jobs.refresh_engagement)
            title = "Amsel on the sandbox"
            days = self.progress.span.days
            config = {"brand_report": {"config": {"days": days, "title": title}}}
            self._job(jobs.write_report, ops=config)
        self._judge()

    def _play(self, evening: datetime) -> None:
        while (now := self.clock.now()) < evening:
            self._send(until=min(evening, now + TICK))
            self._job(jobs.keep_house)
            self._send(until=self.clock.now())

    def _send(self, *, until: datetime) -> None:
        """Hold each delivery until its instant, send it, and look up what is unknown."""
        reconcile(self.ledger, networks=self.networks)
        deliver_due(
            self.ledger, networks=self.networks, clock=self.clock, until=until, limit=SEND_LIMIT
        )
        self.clock.wait_until(until)

    def _lay_history(self) -> None:
        """Put a year of past posts where files are dropped, unless the user brought their own."""
        self.settings.trends.mkdir(parents=True, exist_ok=True)
        shutil.copy(TRENDS, self.settings.trends)
        if (self.settings.drop_folder / "x-analytics").exists():
            return
        for account, network in self.networks.items():
            platform, handle = str(network.platform), account.partition(":")[2]
            url = f"{self.settings.sandbox_url}/_sandbox/history/{platform}/{handle}.csv"
            response = httpx.get(url, timeout=60, trust_env=False).raise_for_status()
            path = self.settings.drop_folder / "posts" / platform / handle / "history.csv"
            write_atomically(path, response.content)

    def _job(self, job: Any, *, ops: dict[str, Any] | None = None) -> None:
        defs.resolve_job_def(job.name).execute_in_process(
            instance=self.instance,
            partition_key=f"{self.clock.now():%Y-%m-%d}" if job in jobs.PARTITIONED else None,
            run_config=QUIET | {"ops": ops or {}},
        )

    def _judge(self) -> None:
        with self.ledger.reading() as connection:
            planned = deliveries.list(connection)
        lines = accepted(self.settings.sandbox_url)
        verdict = judge(planned, lines, now=self.progress.ends_at)
        summary = write_verdict(verdict, self.settings.home, seconds=self.progress.seconds)
        print_verdict(summary, self.settings.home)


def main() -> None:
    """Play the days that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=3)
    options = parser.parse_args()
    logging.getLogger("dagster").setLevel(logging.ERROR)
    Rehearsal(Settings(), days=options.days).run()


if __name__ == "__main__":
    main()
