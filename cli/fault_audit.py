"""What a demo left behind, judged by the sandbox's own ledger and by looking at every store."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

ACCEPTED_TWICE = """
select coalesce(sum(extra), 0) from (
    select count(*) - 1 as extra from sandbox.ledger where kind in ('post', 'reply')
    group by platform, account, text, in_reply_to)
"""
UNOWNED = """
select count(*) from sandbox.ledger where kind in ('post', 'reply')
and id not in (select platform_id from deliveries where state = 'sent')
"""
NEVER_ACCEPTED = """
select count(*) from deliveries where state = 'sent' and kind in ('post', 'reply')
and platform_id not in (select id from sandbox.ledger)
"""
UNTRIED = """
select count(*) from deliveries
where state in ('planned', 'due', 'claimed') and due_at <= :ends_at
"""
UNSETTLED = """
select count(*) from deliveries
where state in ('sending', 'unknown') or (state = 'waiting' and reason is null)
"""
FORGOTTEN_SLOTS = """
select count(*) from choices as slot where slot.kind = 'slot' and slot.id not like '%:moved:%'
and not exists (select 1 from choices where kind = 'slot_dropped' and chosen = slot.id)
and not exists (
    select 1 from posts join approvals on approvals.post_id = posts.id
    where json_extract(posts.document, '$.brief_id')
        = slot.brand || substr(slot.id, length(slot.account) + 1))
"""


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found: counts, and each broken store in a sentence.

    Attributes:
        doubled: posts and replies that the sandbox accepted more than once.
        unowned: those that it accepted and no sent delivery names.
        lost: deliveries called sent that it never got, untried ones, and slots without a decision.
        stuck: deliveries whose fate was never settled.
        damage: what cannot be read, or does not agree.
    """

    doubled: int
    unowned: int
    lost: int
    stuck: int
    damage: tuple[str, ...]


def audit(home: Path) -> Audit:
    """Look at a demo that ended; its processes must be gone."""
    with closing(sqlite3.connect(home / "ledger.db")) as ledger:
        ledger.execute("attach database ? as sandbox", (str(home / "sandbox" / "sandbox.db"),))
        until = {"ends_at": ends_at(home).strftime("%Y-%m-%d %H:%M:%S.%f")}

        def count(query: str) -> int:
            return int(ledger.execute(query, until).fetchone()[0])

        lost = count(NEVER_ACCEPTED) + count(UNTRIED) + count(FORGOTTEN_SLOTS)
        integrity = ledger.execute("pragma main.integrity_check").fetchall()
        orphans = ledger.execute("pragma main.foreign_key_check").fetchall()
        return Audit(
            doubled=count(ACCEPTED_TWICE),
            unowned=count(UNOWNED),
            lost=lost,
            stuck=count(UNSETTLED),
            damage=(
                *([] if integrity == [("ok",)] else [f"ledger: {integrity[0][0]}"]),
                *(f"ledger: orphan in {row[0]}" for row in orphans),
                *_damaged_parquet(home),
                *_damaged_summary(home),
            ),
        )


def ends_at(home: Path) -> datetime:
    """The sandbox's instant at which this demo is over."""
    kept = json.loads((home / "rehearsal.json").read_text())
    return datetime.fromisoformat(kept["starts_at"]) + timedelta(days=kept["days"])


@contextmanager
def sandbox_ledger(home: Path) -> Iterator[sqlite3.Connection]:
    """The sandbox's database, to look at while it runs."""
    path = home / "sandbox" / "sandbox.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        yield connection


def _damaged_parquet(home: Path) -> list[str]:
    broken = []
    files = [*home.glob("lake/**/*.parquet"), *home.glob("warehouse/marts/*.parquet")]
    for file in files:
        try:
            pl.read_parquet(file)
        except (OSError, pl.exceptions.PolarsError) as exc:
            broken.append(f"{file.relative_to(home)}: {exc}")
    try:
        duckdb.connect(home / "warehouse" / "amsel.duckdb", read_only=True).close()
    except duckdb.Error as exc:
        broken.append(f"warehouse/amsel.duckdb: {exc}")
    return broken if files else ["the lake is empty"]


def _damaged_summary(home: Path) -> list[str]:
    try:
        summary = json.loads((home / "summary.json").read_text())
    except (OSError, ValueError) as exc:
        return [f"summary.json: {exc}"]
    promised = {name: summary[name] for name in ("doubled", "lost", "unplanned", "unknown")}
    return [f"summary.json: {promised}"] if any(promised.values()) else []
