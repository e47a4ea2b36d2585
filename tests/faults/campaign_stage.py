"""Where the campaign is played: a sandbox of seven platforms, a ledger, and workers to kill."""

import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
import traceback
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from multiprocessing import forkserver
from pathlib import Path

import httpx
import yaml

from cli.fault_audit import sandbox_ledger
from domain.deliveries import NewDelivery, Payload
from domain.errors import StoreError
from domain.platforms import Platform
from runtime.clock import SandboxClock
from sandbox import process as sandboxes
from sandbox.linkedin_posts import urn_of
from storage.ledger import brands as ledger_brands
from storage.ledger import deliveries
from storage.ledger.database import Ledger
from tests.faults.campaign_files import served
from tests.faults.campaign_judge import Stuck
from tests.faults.campaign_kernel import die_with_parent
from tests.faults.campaign_points import plant
from tests.faults.campaign_sabotage import take_out
from tests.publishing.loop import CLIP, planted
from tests.publishing.meta_loop import a_clip, a_picture

PLATFORMS = tuple(Platform)
HANDLES = dict.fromkeys(PLATFORMS, "bergquell") | {Platform.BLUESKY: "bergquell.test"}
MEMBER = HANDLES | {Platform.LINKEDIN: "in/bergquell"}
"""With a person on LinkedIn, whose posts nobody can read back."""
PATIENCE = 900.0
"""Seconds after which a process that should have ended counts as stuck."""
AT_ONCE = 2_000
REFUSED = 75
"""How a process ends to which the ledger refused something."""
CALM = {"level": 0.0, "reply_propensity": 0.0}
BRAND = {
    "name": "bergquell",
    "title": "Bergquell",
    "about": "A small brewery in the hills.",
    "facts": [
        {"id": name, "topic": name, "text": f"Our {name} is {what}."}
        for name, what in (
            ("water", "drawn from the spring above the village"),
            ("barley", "grown on four fields that we can see from the roof"),
            ("hops", "picked by hand in the first week of September"),
            ("yeast", "the same that our grandmother kept in a stone jar"),
            ("copper", "a kettle of 1931, mended twice"),
            ("cellar", "as cold in July as it is in January"),
        )
    ],
    "topics": ["water", "barley", "hops", "yeast", "copper", "cellar"],
    "autonomy": "full",
    "posting": {
        "windows": [{"start": "00:00", "end": "23:59"}],
        "default_times": ["09:00"],
        "posts_per_day": 1,
    },
}
ONE_AT_A_TIME = threading.Lock()
"""Alembic keeps what it works on in globals, and both databases are played at the same time."""
_FORKS = multiprocessing.get_context("forkserver")
WARM, WARM_PLANNER = "tests.faults.campaign_warm", "tests.faults.campaign_warm_planner"


def warm_up(*modules):
    """Let the forkserver have these ready; to be said before the first process."""
    _FORKS.set_forkserver_preload([WARM, *modules])


warm_up()


def work(variables, prepare=None, concurrency=1):
    """The body of a process: what `amsel worker --until-idle` does."""
    from cli.worker import worker

    with playing(variables, prepare):
        worker(until_idle=True, concurrency=concurrency)


@contextmanager
def playing(variables, prepare=None):
    """The surroundings of every process of the campaign; a guard is out where a run wants that."""
    die_with_parent()
    os.environ.update(variables)
    take_out(variables.get("CAMPAIGN_WITHOUT"))
    with Path(variables["AMSEL_HOME"], "workers.log").open("a") as said:
        sys.stdout = sys.stderr = said
        try:
            if prepare is not None:
                prepare[0](*prepare[1:])
            yield
        except Exception as exc:  # noqa: BLE001 - the process ends with it
            # a process without room must still be able to say so
            for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_AS):
                resource.setrlimit(kind, (resource.RLIM_INFINITY,) * 2)
            traceback.print_exc(limit=-3, chain=False)
            said.flush()
            os._exit(REFUSED if isinstance(exc, StoreError) else 1)


class Stage:
    """A sandbox, a ledger on its clock, and one brand with an account on each platform."""

    def __init__(
        self,
        home,
        sandbox,
        ledger_url,
        blobs,
        *,
        handles,
        is_sample=False,
        platforms=PLATFORMS,
        in_flight=1,
        neighbours=(),
    ):
        self.is_sample, self.platforms, self.handles = is_sample, platforms, handles
        self.neighbours = neighbours
        self.in_flight = in_flight
        self.books, self._started = [], []
        self.home, self.url, self.blobs = home, sandbox.url, blobs
        self.database = ledger_url.partition("+")[0].partition(":")[0]
        self.http = httpx.Client(base_url=sandbox.url, trust_env=False, timeout=30)
        self.clock = SandboxClock(sandbox.url, drives=True)
        self.ledger = Ledger(ledger_url, clock=self.clock)
        with ONE_AT_A_TIME:
            self.ledger.upgrade()
        self.variables = {
            "AMSEL_HOME": str(home),
            "AMSEL_BRANDS": str(home / "brands"),
            "AMSEL_LEDGER_URL": ledger_url,
            "AMSEL_SANDBOX_URL": sandbox.url,
            "AMSEL_CLOCK": "drive",
            "AMSEL_MEDIA_URL": blobs._base_url or "",
        }
        self._numbers = count(1)
        self._save_brand()

    def _save_brand(self):
        from storage.brand_files import load_brands

        accounts = [
            {
                "platform": str(platform),
                "handle": handle,
                "time_zone": "UTC",
                "daily_cap": 10_000,
                "in_flight": self.in_flight,
            }
            | ({"user_id": urn_of(handle)} if platform is Platform.LINKEDIN else {})
            for platform, handle in [*self.handles.items(), *self.neighbours]
        ]
        folder = self.home / "brands"
        folder.mkdir(exist_ok=True)
        (folder / "bergquell.yaml").write_text(yaml.safe_dump(BRAND | {"accounts": accounts}))
        with self.ledger.transaction() as connection:
            for brand in load_brands(folder).values():
                ledger_brands.save(connection, brand, now=self.clock.now())

    def account(self, platform):
        return f"{platform}:{self.handles[platform]}"

    def name_of(self, platform):
        """What the counts of a platform stand under."""
        is_member = platform == Platform.LINKEDIN and self.handles is MEMBER
        return "linkedin member" if is_member else str(platform)

    def pick(self, number, among=PLATFORMS):
        """The platforms of a round: all, or in a sample one."""
        among = [one for one in among if one in self.platforms]
        return [among[number % len(among)]] if self.is_sample else list(among)

    def tag(self):
        """A text that nothing else has, and that no other begins with."""
        return f"Fresh no. {next(self._numbers)};"

    def media(self, platform, number=0):
        """What a post cannot do without; Facebook recognises a repeat of mere text by itself."""
        if platform in (Platform.INSTAGRAM, Platform.FACEBOOK):
            return (a_picture(self.blobs),)
        if platform is Platform.TIKTOK:
            return (a_clip(self.blobs, content=CLIP + str(number).encode()),)
        return ()

    def new(self, platform, *, tag=None, seconds=0.0, **more):
        tag = tag or self.tag()
        payload = more.pop("payload", None) or Payload(text=tag, media=self.media(platform))
        return NewDelivery(
            key=more.pop("key", f"{platform} {tag}"),
            brand="bergquell",
            platform=platform,
            account=more.pop("account", None) or self.account(platform),
            payload=payload,
            due_at=self.clock.now() + timedelta(seconds=seconds),
            **more,
        )

    def plan(self, *new):
        """Plan them in one transaction; their ids."""
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            return [deliveries.plan(connection, one, now=now) for one in new]

    def fault(self, effect, **order):
        answer = self.http.post("/_sandbox/faults", json={"effect": effect, **order})
        assert 201 == answer.status_code, answer.text

    def calm(self):
        self.http.delete("/_sandbox/faults").raise_for_status()

    def start(self, prepare=None, *, concurrency=1, target=work, arguments=None):
        """A worker process; `prepare` is called in it first, with its arguments."""
        given = (self.variables, prepare, concurrency) if arguments is None else arguments
        process = _FORKS.Process(target=target, args=given)
        process.start()
        # the next start, of the other database's thread too, would ask it how it ended; of two who
        # ask at the same moment only one is told
        multiprocessing.process._children.discard(process)
        self._started.append(process)
        return process

    def end_of(self, process, patience=PATIENCE):
        """How a process ended. Raises Stuck where it does not."""
        process.join(patience)
        if process.exitcode is None:
            process.kill()
            process.join(10)
            raise Stuck(f"a process did not end within {patience:.0f} s: {self.said()}")
        return process.exitcode

    def run(self, target, *arguments):
        """A process that must come to its end without an error."""
        process = self.start(target=target, arguments=(self.variables, *arguments))
        if self.end_of(process) != 0:
            raise Stuck(f"{target.__name__} ended with {process.exitcode}: {self.said()}")

    def die(self, point, platform):
        """A worker that dies by kill -9 at that point of a send to that platform."""
        victim = self.start((plant, point, str(platform)))
        code = self.end_of(victim)
        if code != -signal.SIGKILL:
            raise Stuck(f"nobody came to {point!r} on {platform} ({code}): {self.said()}")
        return self.clock.now()

    def kill_when_accepted(self):
        """A worker that is killed from outside while it waits for the answer to a post."""
        before = self.accepted_count()
        victim = self.start()
        self.wait_for(lambda: self.accepted_count() > before, victim)
        victim.kill()
        victim.join(10)
        return self.clock.now()

    def wait_for(self, is_there, process=None, patience=60.0):
        """Wait for something while a process lives. Raises Stuck where it does not come."""
        give_up_at = time.monotonic() + patience
        while not is_there():
            is_gone = process is not None and not process.is_alive()
            if is_gone or time.monotonic() > give_up_at:
                raise Stuck(f"what was waited for did not come: {self.said()}")
            time.sleep(0.005)

    def rescue(self, *, concurrency=1):
        """A worker that works until there is nothing left; whether the ledger let it."""
        code = self.end_of(self.start(concurrency=concurrency))
        if code not in (0, REFUSED):
            raise Stuck(f"a worker ended with {code}: {self.said()}")
        return code == 0

    def said(self):
        """The last words of the processes."""
        path = self.home / "workers.log"
        return path.read_text("utf-8", "replace")[-2500:] if path.exists() else ""

    def accepted_count(self):
        with sandbox_ledger(self.home) as ledger:
            query = "select count(*) from ledger where kind in ('post', 'reply')"
            return ledger.execute(query).fetchone()[0]

    def accepted(self):
        """What the sandbox accepted: its append-only ledger."""
        return self.http.get("/_sandbox/ledger").json()["posts"]

    def rows(self, ids=None, *, states=()):
        """The deliveries of these ids, by due instant; all of these states where none are named."""
        with self.ledger.reading() as connection:
            if ids is None:
                return list(deliveries.list(connection, states=states))
            found = {}
            for at in range(0, len(ids), AT_ONCE):
                found |= deliveries.load_all(connection, ids[at : at + AT_ONCE])
        return sorted(found.values(), key=lambda one: (one.due_at, one.id))

    def attempts(self, delivery_id):
        with self.ledger.reading() as connection:
            return deliveries.attempts(connection, delivery_id)

    def state(self, delivery_id):
        return self.rows([delivery_id])[0].state

    def close(self):
        for process in self._started:
            if process.is_alive():
                process.kill()
                process.join(10)
        self.http.close()
        self.clock.close()
        self.ledger.close()


@contextmanager
def staged(home, ledger_url, *, handles=HANDLES, limit_factor=100_000, **options):
    """A stage in a folder, for as long as the block."""
    forkserver.ensure_running()  # it reads what it has ready while the sandbox starts
    home.mkdir(parents=True, exist_ok=True)
    audience = yaml.safe_load(planted(home, Platform.X, "bergquell").read_text("utf-8"))
    first = audience["accounts"][0] | CALM
    audience["accounts"] = [
        first | {"platform": str(platform), "handle": handle}
        for platform, handle in [*handles.items(), *options.get("neighbours", ())]
    ]
    path = home / "audience.yaml"
    path.write_text(yaml.safe_dump(audience, allow_unicode=True), "utf-8")
    running = sandboxes.start(home / "sandbox", audience=path, limit_factor=limit_factor)
    with running as sandbox, served(home / "media") as blobs:
        stage = Stage(home, sandbox, ledger_url, blobs, handles=handles, **options)
        try:
            yield stage
        finally:
            stage.close()
