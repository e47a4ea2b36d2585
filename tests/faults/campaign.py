"""The fault campaign: `python -m tests.faults.campaign --n 10` plays every case on both databases.

The sandbox's append-only ledger is the judge. The report goes to var/faults as Markdown and JSON;
the exit code is 1 where anything was doubled, lost, stuck, unlogged, disordered or early, or where
the campaign does not notice that a guard is missing.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count, groupby
from pathlib import Path

import httpx
import psycopg
import sqlalchemy as sa

from domain.errors import AmselError
from domain.platforms import Platform
from tests.faults.campaign_cases import CASES
from tests.faults.campaign_guards import COUNTER_RUNS, without
from tests.faults.campaign_judge import Count, Stuck
from tests.faults.campaign_stage import staged
from tests.postgres import postgres

DATABASES = ("sqlite", "postgresql")
HEADS = ("runs", "kills", "met", *Count.WRONG, "restarts", "by_hand", "recovery_p95_seconds")
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


class Report:
    """What was counted so far, written after each case."""

    def __init__(self, n, folder):
        self.n, self.folder = n, folder
        self.counts, self.counter_runs, self.seconds = [], [], {}
        self._turn = threading.Lock()

    @property
    def is_good(self):
        wrong = any(one[name] for one in self.counts for name in Count.WRONG)
        return not wrong and all(one["is_told"] for one in self.counter_runs)

    def add_counts(self, kind, name, counts, seconds):
        wrong, runs = sum(one.faults for one in counts), sum(one.runs for one in counts)
        say(f"{kind:10} case {name:>9}: {runs} runs, {wrong} wrong, {seconds:.0f} s")
        with self._turn:
            self.counts += [one.document() for one in counts]
            self.seconds[f"{name} ({kind})"] = round(seconds)
            self._write()

    def add_counter_run(self, found):
        told = found["broken"] if found["is_told"] else "NOT NOTICED"
        say(f"{found['database']:10} without the {found['guard']}: {told}")
        with self._turn:
            self.counter_runs.append(found)
            self._write()

    def _write(self):
        found = {
            "n": self.n,
            "counts": self.counts,
            "counter_runs": self.counter_runs,
            "seconds": self.seconds,
        }
        (self.folder / "campaign.json").write_text(json.dumps(found, indent=1), "utf-8")
        (self.folder / "campaign.md").write_text("\n".join(self._lines()), "utf-8")

    def _lines(self):
        order = {name: place for place, name in enumerate(CASES)}
        found = sorted(self.counts, key=lambda one: order.get(one["case"].split()[0], 0))
        yield from (f"Counts of `make faults N={self.n}`.", "")
        yield from (*_table("case, database", found, _case_of), "")
        yield from (*_table("platform, database", found, _platform_of), "")
        yield from ("| without | case, database | the judge counts |", "|---|---|---|")
        for one in self.counter_runs:
            broken = ", ".join(f"{number} {name}" for name, number in one["broken"].items())
            yield f"| {one['guard']} | {one['case']} ({one['database']}) | {broken or 'nothing'} |"
        for one in self.counts:
            for words in one["seen"]:
                yield f"\n- {_case_of(one)}, {one['platform']}: {words}"
        yield ""


def say(words):
    print(words, flush=True)  # noqa: T201


def _case_of(one):
    return f"{one['case']} ({one['database']})"


def _platform_of(one):
    return f"{one['platform']} ({one['database']})"


def _grouped(found, name_of):
    order = list(dict.fromkeys(name_of(one) for one in found))
    rows = sorted(found, key=lambda one: order.index(name_of(one)))
    return groupby(rows, key=name_of)


def _summed(group):
    rows = list(group)
    slowest = [one["recovery_p95_seconds"] for one in rows]
    sums = {name: sum(one[name] for one in rows) for name in HEADS[:-1]}
    known = [one for one in slowest if one is not None]
    return sums | {"recovery_p95_seconds": max(known, default=None)}


def _table(first, found, name_of):
    yield f"| {first} | " + " | ".join(name.replace("_", " ") for name in HEADS) + " |"
    yield "|---|" + "---:|" * len(HEADS)
    for name, group in _grouped(found, name_of):
        row = _summed(group)
        cells = ["–" if row[head] is None else str(row[head]) for head in HEADS]
        yield f"| {name} | " + " | ".join(cells) + " |"


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
