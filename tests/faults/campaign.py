"""The fault campaign: `python -m tests.faults.campaign --n 10` plays every case on both databases.

The sandbox's append-only ledger is the judge. The report goes to var/faults as Markdown and JSON;
the exit code is 1 where anything was doubled, lost, stuck, unlogged, disordered or early.
"""

import argparse
import json
import sys
import tempfile
import time
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import psycopg

from tests.faults.campaign_cases import CASES
from tests.faults.campaign_stage import staged
from tests.postgres import postgres

DATABASES = ("sqlite", "postgresql")
SHOWN = ("runs", "kills", "doubled", "lost", "stuck", "unlogged", "disordered", "early", "other")
HEADS = (*SHOWN, "restarts", "by_hand", "recovery_p95_seconds")


@contextmanager
def database(kind, home):
    """An empty ledger's URL."""
    if kind == "sqlite":
        yield f"sqlite:///{home / 'ledger.db'}"
        return
    with postgres() as port:
        address = f"postgres@127.0.0.1:{port}"
        with psycopg.connect(f"postgresql://{address}/postgres", autocommit=True) as connection:
            connection.execute("create database campaign")
        yield f"postgresql+psycopg://{address}/campaign"


def play(kind, names, n):
    """All those cases on one database; after each case one document for each platform."""
    with tempfile.TemporaryDirectory(prefix="amsel-faults-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with database(kind, home) as url, staged(home, url) as stage:
            for name in names:
                begun = time.monotonic()
                counts = CASES[name](stage, n)
                wrong, runs = sum(one.faults for one in counts), sum(one.runs for one in counts)
                say(f"{kind:10} case {name:>2}: {runs} runs, {wrong} wrong, ", begun)
                yield [one.document() for one in counts]


def say(words, begun):
    print(f"{words}{time.monotonic() - begun:.0f} s", flush=True)  # noqa: T201


def markdown(found, n):
    """The report: by case, then by platform."""
    by_case = [_summed(group) | {"name": name} for name, group in _grouped(found, _case_of)]
    by_platform = [_summed(group) | {"name": name} for name, group in _grouped(found, _platform_of)]
    return "\n".join(
        [
            f"Counts of `make faults N={n}`.",
            "",
            *_table("case, database", by_case),
            "",
            *_table("platform, database", by_platform),
            "",
        ]
    )


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


def _table(first, rows):
    yield f"| {first} | " + " | ".join(name.replace("_", " ") for name in HEADS) + " |"
    yield "|---|" + "---:|" * len(HEADS)
    for row in rows:
        cells = ["–" if row[name] is None else str(row[name]) for name in HEADS]
        yield f"| {row['name']} | " + " | ".join(cells) + " |"


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1, help="rounds of each case")
    parser.add_argument("--case", choices=CASES, action="append", help="only these cases")
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--out", type=Path, default=Path("var/faults"))
    given = parser.parse_args(words)
    args = (given.case or [*CASES], given.n)
    found = []
    given.out.mkdir(parents=True, exist_ok=True)
    for kind in given.database or DATABASES:
        for counts in play(kind, *args):
            found += counts
            report = json.dumps({"n": given.n, "counts": found}, indent=1)
            (given.out / "campaign.json").write_text(report, "utf-8")
            (given.out / "campaign.md").write_text(markdown(found, given.n), "utf-8")
    return int(any(one[name] for one in found for name in SHOWN[2:]))


if __name__ == "__main__":
    sys.exit(main())
