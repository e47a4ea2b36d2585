"""The fault campaign: `python -m tests.faults.campaign --n 10` plays every case on both databases.

`--n full` plays each case as often as its plan wants. `--more` goes on with the report that is
there, or else with the record in docs/, and plays only what it lacks, `--minutes 20` no longer than
that: so the whole plan is played by `--n full --more --minutes 20`, called again and again. The
sandbox's append-only ledger is the judge. The report goes to var/faults as Markdown and JSON, anew
after every few rounds; the exit code is 1 where anything was doubled, lost, stuck, unlogged,
disordered, early or untrue, or where the campaign does not notice that a guard is missing.
"""

import argparse
import hashlib
import shutil
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import httpx
import psycopg
import sqlalchemy as sa

from domain.errors import AmselError, ConfigError
from domain.platforms import Platform
from runtime.locks import only_one
from storage.ledger import chain
from tests.faults.campaign_cases import CASES, PLAYED_ON
from tests.faults.campaign_guards import COUNTER_RUNS, without
from tests.faults.campaign_judge import Count, Stuck
from tests.faults.campaign_plan import Plan
from tests.faults.campaign_report import RECORD, Report, say
from tests.faults.campaign_stage import WARM_PLANNER, staged, warm_up
from tests.postgres import postgres, roomy_base

DATABASES = ("sqlite", "postgresql")
BROKEN = (Stuck, AmselError, httpx.HTTPError, sa.exc.SQLAlchemyError, psycopg.Error, OSError)
"""What may end a case before its end; it counts as stuck, and what was seen is told."""
TRIES = 10
"""How often a sandbox is started that does not come, half a minute each time."""
OTHERS = "select datname from pg_database where not datistemplate and datname <> 'postgres'"


@contextmanager
def databases(kind, home):
    """A function that gives an empty ledger's URL; on a server the one before is gone by then."""
    numbers = count(1)
    if kind == "sqlite":
        yield lambda: f"sqlite:///{home / f'ledger{next(numbers)}.db'}"
        return
    with postgres() as port:
        address = f"postgres@127.0.0.1:{port}"

        def another():
            name = f"campaign{next(numbers)}"
            with psycopg.connect(f"postgresql://{address}/postgres", autocommit=True) as server:
                for (old,) in server.execute(OTHERS).fetchall():
                    server.execute(f"drop database {old} with (force)")
                server.execute(f"create database {name}")
            return f"postgresql+psycopg://{address}/{name}"

        yield another


def play(kind, plan, report):
    """What the plan lacks on one database: the counter-runs, then a few rounds at a time."""
    with databases_in_a_folder(kind, report.folder) as (home, another):
        for guard in report.lacking_guards(kind, plan.wanted):
            if plan.seconds_left > 0:
                play_counter_run(guard, home / guard, another(), report)
        stages = count(1)
        while (chosen := plan.next_rounds(kind)) is not None:
            name, rounds = chosen
            begun, folder = time.monotonic(), home / f"stage-{next(stages)}"
            with patiently_staged(folder, another(), **PLAYED_ON.get(name, {})) as stage:
                counts = play_case(stage, name, rounds)
            shutil.rmtree(folder, ignore_errors=True)
            report.add_counts(kind, name, counts, rounds=rounds, seconds=time.monotonic() - begun)


def play_counter_run(guard, folder, ledger_url, report):
    """A case with a guard taken out."""
    only = (Platform(COUNTER_RUNS[guard][1]),)
    with patiently_staged(folder, ledger_url, platforms=only) as stage:
        report.add_counter_run(without(guard, stage))
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def patiently_staged(folder, ledger_url, **options):
    """A stage; on a machine that is too busy to start its sandbox in time, after some tries."""
    for tries_left in reversed(range(TRIES)):
        with ExitStack() as stack:
            try:
                stage = stack.enter_context(staged(folder, ledger_url, **options))
            except ConfigError:
                if not tries_left:
                    raise
                continue
            yield stage
            return


@contextmanager
def databases_in_a_folder(kind, folder):
    """A folder for stages and their ledgers, without what a campaign left there that was killed.

    It lies in memory where there is room: only a machine that fails would tell the difference.
    """
    whose = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]
    home = roomy_base() / f"amsel-campaign-{whose}-{kind}"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    try:
        with databases(kind, home) as another:
            yield home, another
    finally:
        shutil.rmtree(home, ignore_errors=True)


def play_case(stage, name, n):
    """A case and the chains of events that it leaves; where it breaks off, how far it came."""
    try:
        counts = CASES[name](stage, n)
        with stage.ledger.reading() as connection:
            found = chain.verify(connection)
        for words in found.broken if counts else ():
            counts[0].note("unchained", words)
        return counts
    except BROKEN as exc:
        counts = [one for book in stage.books for one in book.judge()]
        broken = Count(f"{name} broke off", str(stage.platforms[0]), stage.database)
        broken.note("stuck", f"{type(exc).__name__}: {exc}")
        return [*counts, broken]


def main(words=None):
    given = options().parse_args(words)
    kinds, names = given.database or DATABASES, given.case or [*CASES]
    if "1 planner" in names:
        warm_up(WARM_PLANNER)
    with only_one(given.out, what="a campaign"):
        more, guards = given.more, not given.no_guards
        report = Report(given.out, more=more, guards=guards, record=given.record)
        plan = Plan(report, names=names, n=given.n, minutes=given.minutes)
        with ended_by_signals(plan), ThreadPoolExecutor(len(DATABASES)) as sides:
            played = [sides.submit(play, kind, plan, report) for kind in kinds]
            for side in played:
                side.result()
    for kind in kinds:
        say(plan.told(kind))
    return int(not report.is_good)


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=rounds, default=1, help="rounds of each case, or `full`")
    parser.add_argument("--more", action="store_true", help="play what the report there lacks")
    parser.add_argument("--minutes", type=float, help="begin nothing that would take longer")
    parser.add_argument("--no-guards", action="store_true", help="leave the counter-runs out")
    parser.add_argument("--case", choices=CASES, action="append", help="only these cases")
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--out", type=Path, default=Path("var/faults"))
    parser.add_argument(
        "--record", type=Path, default=RECORD, help="go on from it where --out is new"
    )
    return parser


@contextmanager
def ended_by_signals(plan):
    """Ctrl-C and a polite kill let the rounds under way come to their end; the second one kills."""
    before = {}

    def end(number, _frame):
        say("ends with the rounds under way; once more ends at once")
        plan.end()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def rounds(word):
    """A number of rounds; None for the counts of the plan."""
    return None if word == "full" else int(word)


if __name__ == "__main__":
    sys.exit(main())
