"""The fault campaign: `python -m tests.faults.campaign --n 10` plays every case on both databases.

`--n full` plays each case as often as its plan wants, `--case 2 --n 5 --more` adds to the report
that is there. The sandbox's append-only ledger is the judge. The report goes to var/faults as
Markdown and JSON, anew after every few rounds; the exit code is 1 where anything was doubled, lost,
stuck, unlogged, disordered, early or untrue, or where the campaign does not notice that a guard is
missing.
"""

import argparse
import shutil
import sys
import tempfile
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
from storage.ledger import chain
from tests.faults.campaign_cases import CASES, FULL, PLAYED_ON
from tests.faults.campaign_guards import COUNTER_RUNS, without
from tests.faults.campaign_judge import Count, Stuck
from tests.faults.campaign_report import Report
from tests.faults.campaign_stage import staged
from tests.postgres import postgres

DATABASES = ("sqlite", "postgresql")
ROUNDS = 5
"""Rounds of a case on one stage: what it holds must not grow without end."""
BROKEN = (Stuck, AmselError, httpx.HTTPError, sa.exc.SQLAlchemyError, psycopg.Error, OSError)
"""What may end a case before its end; it counts as stuck, and what was seen is told."""


@contextmanager
def databases(kind, home):
    """A function that gives an empty ledger's URL."""
    numbers = count(1)
    if kind == "sqlite":
        yield lambda: f"sqlite:///{home / f'ledger{next(numbers)}.db'}"
        return
    with postgres() as port:
        address = f"postgres@127.0.0.1:{port}"

        def another():
            name = f"campaign{next(numbers)}"
            with psycopg.connect(f"postgresql://{address}/postgres", autocommit=True) as server:
                server.execute(f"create database {name}")
            return f"postgresql+psycopg://{address}/{name}"

        yield another


def play(kind, names, n, report):
    """Those cases on one database, a few rounds on a stage of its own, then the counter-runs."""
    with databases_in_a_folder(kind) as (home, another):
        for name in names:
            left = FULL[name] if n is None else n
            while left > 0:
                rounds = min(left, ROUNDS)
                left -= rounds
                begun, folder = time.monotonic(), home / f"case {name}, {left} left"
                with patiently_staged(folder, another(), **PLAYED_ON.get(name, {})) as stage:
                    counts = play_case(stage, name, rounds)
                shutil.rmtree(folder, ignore_errors=True)
                report.add_counts(kind, name, counts, time.monotonic() - begun)


def play_counter_runs(kind, names, report):
    """The cases with a guard taken out each."""
    with databases_in_a_folder(kind) as (home, another):
        for guard, (case, platform, _) in COUNTER_RUNS.items():
            if case in names:
                only = (Platform(platform),)
                with patiently_staged(home / guard, another(), platforms=only) as stage:
                    report.add_counter_run(without(guard, stage))


@contextmanager
def patiently_staged(folder, ledger_url, **options):
    """A stage; on a machine that is too busy to start its sandbox in time, after some tries."""
    for last in (False, False, True):
        with ExitStack() as stack:
            try:
                stage = stack.enter_context(staged(folder, ledger_url, **options))
            except ConfigError:
                if last:
                    raise
                continue
            yield stage
            return


@contextmanager
def databases_in_a_folder(kind):
    with tempfile.TemporaryDirectory(prefix="amsel-faults-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with databases(kind, home) as another:
            yield home, another


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=rounds, default=1, help="rounds of each case, or `full`")
    parser.add_argument("--more", action="store_true", help="add to the report that is there")
    parser.add_argument("--no-guards", action="store_true", help="leave the counter-runs out")
    parser.add_argument("--case", choices=CASES, action="append", help="only these cases")
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--out", type=Path, default=Path("var/faults"))
    given = parser.parse_args(words)
    given.out.mkdir(parents=True, exist_ok=True)
    report, names = Report(given.out, more=given.more), given.case or [*CASES]
    with ThreadPoolExecutor(len(DATABASES)) as sides:
        kinds = given.database or DATABASES
        played = [sides.submit(play, kind, names, given.n, report) for kind in kinds]
        if not given.no_guards:
            for side in played:
                side.result()
            played += [sides.submit(play_counter_runs, kind, names, report) for kind in kinds]
    for side in played:
        side.result()
    return int(not report.is_good)


def rounds(word):
    """A number of rounds; None for the counts of the plan."""
    return None if word == "full" else int(word)


if __name__ == "__main__":
    sys.exit(main())
