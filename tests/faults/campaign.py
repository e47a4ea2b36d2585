"""The fault campaign: `python -m tests.faults.campaign --n 10` plays every case on both databases.

The sandbox's append-only ledger is the judge. The report goes to var/faults as Markdown and JSON;
the exit code is 1 where anything was doubled, lost, stuck, unlogged, disordered or early, or where
the campaign does not notice that a guard is missing.
"""

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import httpx
import psycopg
import sqlalchemy as sa

from domain.errors import AmselError
from domain.platforms import Platform
from tests.faults.campaign_cases import CASES
from tests.faults.campaign_guards import COUNTER_RUNS, without
from tests.faults.campaign_judge import Count, Stuck
from tests.faults.campaign_report import Report
from tests.faults.campaign_stage import staged
from tests.postgres import postgres

DATABASES = ("sqlite", "postgresql")
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
    """Those cases on one database, each on a stage of its own, then the counter-runs."""
    with tempfile.TemporaryDirectory(prefix="amsel-faults-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with databases(kind, home) as another:
            for name in names:
                begun = time.monotonic()
                with staged(home / f"case {name}", another()) as stage:
                    counts = play_case(stage, name, n)
                report.add_counts(kind, name, counts, time.monotonic() - begun)
            for guard, (case, platform, _) in COUNTER_RUNS.items():
                if case not in names:
                    continue
                only = (Platform(platform),)
                with staged(home / guard, another(), platforms=only) as stage:
                    report.add_counter_run(without(guard, stage))


def play_case(stage, name, n):
    """A case; where it breaks off, what it had counted and why."""
    try:
        return CASES[name](stage, n)
    except BROKEN as exc:
        counts = [one for book in stage.books for one in book.judge()]
        broken = Count(f"{name} broke off", str(stage.platforms[0]), stage.database)
        broken.note("stuck", f"{type(exc).__name__}: {exc}")
        return [*counts, broken]


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1, help="rounds of each case")
    parser.add_argument("--case", choices=CASES, action="append", help="only these cases")
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--out", type=Path, default=Path("var/faults"))
    given = parser.parse_args(words)
    given.out.mkdir(parents=True, exist_ok=True)
    report, names = Report(given.n, given.out), given.case or [*CASES]
    with ThreadPoolExecutor(len(DATABASES)) as sides:
        kinds = given.database or DATABASES
        played = [sides.submit(play, kind, names, given.n, report) for kind in kinds]
    for side in played:
        side.result()
    return int(not report.is_good)


if __name__ == "__main__":
    sys.exit(main())
