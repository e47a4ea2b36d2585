"""The demo's driver: the same jobs that schedules and sensors start, on the sandbox's clock."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import dagster as dg
import httpx
from rich.console import Console

from domain.errors import NetworkError, StateError
from orchestration import jobs
from orchestration.dead_runs import end_dead_runs
from orchestration.definitions import defs
from orchestration.progress import Progress
from orchestration.verdict import accepted, judge, print_verdict, write_verdict
from planning.formats import CLIPS
from publishing import claims
from publishing.outbox import deliver_due
from publishing.reconcile import reconcile
from publishing.worker import UNDER_WAY, run_worker
from runtime import build
from runtime.clock import make_clock
from runtime.settings import CHECKOUT, Settings
from storage.atomic import write_atomically
from storage.ledger import deliveries

TICK = timedelta(hours=3)
"""How often the accounts are looked after; counts at an age may lie no further off than that."""
MORNING = 6
"""The hour (UTC) of the first look of a day; from midnight until then nobody looks."""
TRIES = 3
TRENDS = CHECKOUT / "sources" / "feeds" / "examples" / "trends.yaml"
INVENTED = (
    "Nobody real has read these posts. The likes, comments and the past come from the sandbox's "
    "invented audience; figures of another brand would be other figures."
)
OWN_PAST = (
    "The past is yours, the reactions are not: the likes and comments of these days come from the "
    "sandbox's invented audience. What your past says of hours and posts is what `amsel status` "
    "tells of the models; outcomes beside forecasts say nothing about your account."
)
QUIET = {"loggers": {"console": {"config": {"log_level": "ERROR"}}}}


class Rehearsal:
    """Days of a social-media team against the sandbox.

    Every step may be repeated: what was done is read from the stores, so a rehearsal that was
    killed goes on where it stopped.
    """

    def __init__(self, settings: Settings, *, days: int, console: Console) -> None:
        self.settings = settings
        self.clock = make_clock(settings)
        self.instance = dg.DagsterInstance.get()
        self.ledger = build.open_ledger(settings)
        self.networks = build.open_networks(settings)
        self.brands = build.read_brands(settings)
        now, span = self.clock.now(), timedelta(days=days)
        self.progress = Progress(settings.home / "rehearsal.json", now, span, console=console)

    def run(self) -> None:
        """Play all days, then judge them; raises what the product raises.

        Raises:
            StateError: a post was doubled, lost or never planned, a platform got none, or a brand
                showed no clip where clips are what people come for.
        """
        end_dead_runs(self.instance)
        work, refresh = self.progress.work, partial(self._job, jobs.refresh_engagement)
        what = "a year of past posts comes in, the warehouse is built"
        work("history", what, self._lay_history, refresh, once="history")
        what = "candidates are back-tested; what beats the baselines serves"
        work("models", what, partial(self._job, jobs.retrain_models), once="models")
        while (now := self.clock.now()) < self.progress.ends_at:
            evening = self.progress.end_of_day(now)
            # the first morning finds everything fresh
            is_first = evening == self.progress.end_of_day(self.progress.starts_at)
            plan = partial(
                self._job,
                jobs.prepare_posts if is_first else jobs.prepare_day,
                ops={"slot_plan": {"config": {"days": self.progress.days_to_plan(now)}}},
            )
            far = ", for the rest of the week too" if self.progress.days_to_plan(now) > 1 else ""
            what = f"{now:%A %d %B}: slots, briefs, drafts, verdicts, schedule{far}"
            work("plan", what, plan, once=f"plan until {evening.isoformat()}")
            what = f"{now:%A %d %B}: posts go out, people react, replies go out"
            work("days", what, partial(self._play, evening))
        what = "the books are settled, the report is written"
        work("report", what, self._settle, refresh, self._report, once="report")
        self._judge()

    def _play(self, evening: datetime) -> None:
        while (now := self.clock.now()) < evening:
            morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
            self._send(until=min(evening, max(morning, now + TICK)))
            self._job(jobs.keep_house)
            self._send(until=self.clock.now())

    def _send(self, *, until: datetime) -> None:
        """Hold each delivery until its instant, send it, and look up what is unknown in time."""
        while True:
            reconcile(self.ledger, networks=self.networks)
            stop = min(until, self._next_look())
            # one at a time: what became unknown is looked up in seconds, as a worker does
            if deliver_due(
                self.ledger, networks=self.networks, clock=self.clock, until=stop, limit=1
            ):
                continue
            self.clock.wait_until(stop)
            if stop == until:
                return

    def _next_look(self) -> datetime:
        """When a lease runs out or something unknown may be asked for again; always to come."""
        with self.ledger.reading() as connection:
            under_way = claims.next_instant(
                connection, accounts=self.networks.keys(), states=UNDER_WAY
            )
        # a lease is over only when its instant has passed
        soonest = self.clock.now() + timedelta(seconds=1)
        return max(under_way or self.progress.ends_at, soonest)

    def _settle(self) -> None:
        """Look after the accounts once more, and leave nothing under way that can be settled."""
        self._job(jobs.keep_house)
        run_worker(self.ledger, networks=self.networks, clock=self.clock, until_idle=True)

    def _lay_history(self) -> None:
        """Put a year of past posts where files are dropped, unless the user brought their own."""
        write_atomically(self.settings.trends / TRENDS.name, TRENDS.read_bytes())
        if self._has_own_past():
            return
        sandbox = f"{self.settings.sandbox_url}/_sandbox/"
        with httpx.Client(base_url=sandbox, timeout=60, trust_env=False) as client:
            for account, network in self.networks.items():
                platform, handle = str(network.platform), account.partition(":")[2]
                past = client.get(f"history/{platform}/{handle}.csv").raise_for_status()
                path = self.settings.drop_folder / "posts" / platform / handle / "history.csv"
                write_atomically(path, past.content)

    def _has_own_past(self) -> bool:
        return any(self.settings.drop_folder.glob("x-analytics/*/*/*.csv"))

    def _report(self) -> None:
        config = {
            "days": self.progress.span.days,
            "title": "Amsel on the sandbox",
            "notice": OWN_PAST if self._has_own_past() else INVENTED,
        }
        self._job(jobs.write_report, ops={"brand_report": {"config": config}})

    def _job(self, job: Any, *, ops: dict[str, Any] | None = None) -> None:
        """Run a job; what a platform did not tell is asked again, as the next hourly run would."""
        for _ in range(TRIES - 1):
            try:
                self._run(job, ops or {})
            except NetworkError as exc:
                self.progress.console.print(f"{'':>8}  [yellow]again[/]: {exc}")
            else:
                return
        self._run(job, ops or {})

    def _run(self, job: Any, ops: dict[str, Any]) -> None:
        defs.resolve_job_def(job.name).execute_in_process(
            instance=self.instance,
            partition_key=f"{self.clock.now():%Y-%m-%d}" if job in jobs.PARTITIONED else None,
            run_config=QUIET | {"ops": ops},
        )

    def _judge(self) -> None:
        with self.ledger.reading() as connection:
            planned = deliveries.list(connection)
        lines = accepted(self.settings.sandbox_url)
        places = {
            (brand.name, str(one.platform))
            for brand in self.brands.values()
            for one in brand.accounts
        }
        verdict = judge(
            planned,
            lines,
            now=self.progress.ends_at,
            platforms={platform for _, platform in places},
            clips=[place for place in places if place[1] in CLIPS],
        )
        home = self.settings.home
        summary = write_verdict(verdict, home, seconds=self.progress.seconds)
        print_verdict(summary, home, console=self.progress.console)
        if verdict.broken:
            raise StateError(
                f"the promise is broken: {', '.join(verdict.broken)}; `amsel deliveries --json` "
                "shows each delivery, the sandbox's /_sandbox/ledger what it accepted"
            )
