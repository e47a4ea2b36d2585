"""Secrets planted in everything that a brand has, and a search for them in all that it leaves."""

import base64
import os
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import duckdb
import httpx
import polars as pl
import yaml

from domain.deliveries import NewDelivery, Payload
from sandbox import process
from storage.ledger import deliveries
from storage.ledger.database import Ledger
from storage.secrets import encoded, new_key
from tests.cli.warm import Warm
from tests.parsed import copy_parsed

ROOT = Path(__file__).parents[2]
HERE = "http://127.0.0.1:0/callback"
PASSWORD = "sandbox-bluesky-bergquell.test"
ACCOUNTS = {
    "x": "bergquell",
    "instagram": "acme.insta",
    "facebook": "acmepage",
    "linkedin": "acme-gmbh",
    "tiktok": "acmetok",
    "mastodon": "acme",
    "bluesky": "bergquell.test",
}
BRAND = """\
name: acme
title: Acme
about: Acme makes soap in a small town.
facts:
  - {id: soap, topic: soap, text: Our soap is made of olive oil.}
topics: [soap]
accounts:
%s
posting:
  windows: [{start: "07:00", end: "22:00"}]
  default_times: ["09:00"]
budget: {monthly_cents: 10000}
"""
WHOLE = ("write_report", "send_due_posts")
"""Jobs that have no days."""

AMSEL = "from cli.main import run; run()"
JOB = """
import os, sys
from pathlib import Path
from runtime.dagster_home import prepare_home
from runtime.settings import Settings
os.environ["DAGSTER_HOME"] = str(prepare_home(Settings()))
import dagster as dg
from orchestration.definitions import defs
with dg.DagsterInstance.get() as instance:
    done = defs.resolve_job_def(sys.argv[2]).execute_in_process(
        instance=instance, partition_key=sys.argv[1] or None, raise_on_error=False
    )
print("job", sys.argv[2], done.success)
"""


HASTE = "import time; time.sleep = lambda _seconds: None"
"""Dagster waits long before it says that a database is not there."""


class Town:
    """A brand whose every secret is a canary, and what all programs said."""

    def __init__(self, home: Path, url: str, warm: Warm) -> None:
        self.home, self.url, self.warm = home, url, warm
        self.said: list[str] = []
        self.planted: set[str] = set()
        (home / "brands").mkdir()
        copy_parsed(warm.home, home)
        self.write_brand("")
        self.variables = {
            "AMSEL_HOME": str(home),
            "AMSEL_BRANDS": str(home / "brands"),
            "AMSEL_SANDBOX_URL": url,
            "AMSEL_CLOCK": "drive",
            "AMSEL_SECRET_KEYS": f"1:{self.plant(encoded(new_key()))}",
        }
        for name in ("X", "INSTAGRAM", "FACEBOOK", "LINKEDIN"):
            self.variables[f"AMSEL_{name}_CLIENT_ID"] = "acme-partner"
        self.variables["AMSEL_TIKTOK_CLIENT_KEY"] = "acme-app"
        for name in ("X", "INSTAGRAM", "FACEBOOK", "LINKEDIN", "TIKTOK"):
            self.variables[f"AMSEL_{name}_CLIENT_SECRET"] = self.plant()
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ACME_X_TOKEN"):
            self.variables[name] = self.plant()
        self.plant(PASSWORD)

    def write_brand(self, more: str) -> None:
        """The brand's file, with `more` said of each account."""
        rows = [
            f"  - {{platform: {name}, handle: {handle}, time_zone: Europe/Berlin"
            f"{more.format(name=name, NAME=name.upper())}}}"
            for name, handle in ACCOUNTS.items()
        ]
        (self.home / "brands" / "acme.yaml").write_text(BRAND % "\n".join(rows))

    def plant(self, secret: str = "") -> str:
        secret = secret or f"canary-{secrets.token_hex(12)}"
        self.planted.add(secret)
        return secret

    def run(self, code: str, *arguments: str, typed: str = "") -> str:
        self.warm.begin(code, arguments, os.environ | self.variables, typed)
        return self.heard(*self.warm.end()[1:])

    def run_cold(self, code: str, *arguments: str) -> str:
        """The same in a process that imports everything under these variables."""
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=ROOT,
            env=os.environ | self.variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
        return self.heard(done.stdout, done.stderr)

    def heard(self, *words: str) -> str:
        self.said += words
        return "".join(words)

    def amsel(self, *arguments: str, typed: str = "") -> str:
        return self.run(AMSEL, *arguments, typed=typed)

    def job(self, name: str, *, before: str = "") -> str:
        """A run of a Dagster job, of today where it has days, `before` it a line of code."""
        day = "" if name in WHOLE else self.now().date().isoformat()
        return self.run(f"{before}\n{JOB}", day, name)

    def connect(self, platform: str) -> None:
        asked = ("connect", platform, "--brand", "acme", "--no-browser", "--redirect-uri", HERE)
        self.warm.begin(AMSEL, asked, os.environ | self.variables)
        visit(f"{self.warm.line('http')}&auto=1&account={ACCOUNTS[platform]}")
        code, *words = self.warm.end()
        assert 0 == code, self.heard(*words)
        self.heard(*words)

    def order(self, **body: object) -> None:
        httpx.post(f"{self.url}/_sandbox/faults", json=body, trust_env=False).raise_for_status()

    def tokens(self, do: str, platform: str) -> None:
        body = {"platform": platform, "account": ACCOUNTS[platform], "do": do}
        httpx.post(f"{self.url}/_sandbox/tokens", json=body, trust_env=False).raise_for_status()

    def now(self) -> datetime:
        told = httpx.get(f"{self.url}/_sandbox/clock", trust_env=False).json()["now"]
        return datetime.fromisoformat(told)

    def pass_hours(self, hours: float) -> None:
        to = (self.now() + timedelta(hours=hours)).isoformat()
        url = f"{self.url}/_sandbox/clock"
        httpx.post(url, json={"advance_to": to}, trust_env=False).raise_for_status()

    def plan(self, key: str, platforms: Iterable[str] = ("x", "bluesky"), **payload: Any) -> None:
        ledger = Ledger(f"sqlite:///{self.home / 'ledger.db'}")
        ledger.upgrade()
        with ledger.transaction() as connection:
            for platform in platforms:
                new = NewDelivery(
                    key=f"{key} {platform}",
                    brand="acme",
                    platform=platform,
                    account=f"{platform}:{ACCOUNTS[platform]}",
                    payload=Payload(text=f"Soap {key}.", **payload),
                    due_at=self.now(),
                )
                deliveries.plan(connection, new, now=self.now())
        ledger.close()

    def given_out(self) -> set[str]:
        """Every token, code and session that the sandbox gave: as secret as what was planted."""
        with sqlite3.connect(self.home / "sandbox" / "sandbox.db") as db:
            rows = [row[0] for row in db.execute("select token from oauth_tokens")]
            rows += [row[0] for row in db.execute("select code from oauth_codes")]
            rows += [row[0] for row in db.execute("select secret from oauth_apps")]
        db.close()
        return set(rows)


def visit(page: str) -> None:
    httpx.get(page, follow_redirects=True, trust_env=False)


def spellings(secret: str) -> dict[str, bytes]:
    """A secret as it may lie around: plain, in halves, quoted, in hex, in base64 at each offset."""
    raw, half = secret.encode(), len(secret) // 2
    found = {
        "first half": raw[:half],
        "second half": raw[half:],
        "raw": raw,
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
    }
    found |= {"quoted": quote(secret, safe="").encode(), "plus": quote_plus(secret).encode()}
    for offset in range(3):
        for name, encode in (("b64", base64.b64encode), ("url", base64.urlsafe_b64encode)):
            # what stands before and behind changes the outer characters only
            inner = encode(b"\0" * offset + raw).rstrip(b"=")[(0, 2, 3)[offset] : -1]
            found[f"{name}+{offset}"] = inner
    return found


def searched(secrets_: Iterable[str], places: dict[str, bytes]) -> list[str]:
    """Where which secret is found, the secret itself left out; one pass over each place."""
    forms = {
        form.decode(): f"secret {number} as {name}"
        for number, secret in enumerate(sorted(secrets_))
        for name, form in spellings(secret).items()
    }
    found = []
    for place, content in places.items():
        text = pl.Series([content.decode("latin-1")])
        (hits,) = text.str.extract_many([*forms], overlapping=True)
        found += [f"{what} in {place}" for what in sorted({forms[hit] for hit in hits})]
    return found


def places(town: Town) -> dict[str, bytes]:
    """Everything that was written or said, and the tables unpacked besides."""
    found = {"what was said": "".join(town.said).encode()}
    paths = [*town.home.rglob("*"), *town.warm.home.rglob("*")]
    for path in paths:
        if not path.is_file() or town.home / "sandbox" in path.parents:
            continue
        found[str(path)] = path.read_bytes()
        if path.suffix == ".parquet":
            found[f"{path} unpacked"] = repr(pl.read_parquet(path).rows()).encode()
        if path.suffix == ".db":
            with sqlite3.connect(path) as db:
                found[f"{path} dumped"] = "\n".join(db.iterdump()).encode()
            db.close()
        if path.suffix == ".duckdb":
            found[f"{path} dumped"] = dumped(path)
    return found


def dumped(path: Path) -> bytes:
    """Every row of every table of a DuckDB file, whose blocks are compressed."""
    with duckdb.connect(path, read_only=True) as db:
        names = db.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        rows = [db.execute(f'select * from "{at}"."{name}"').fetchall() for at, name in names]  # noqa: S608
    return repr(rows).encode()


def with_everybody(path: Path) -> Path:
    """The demo's audience, which follows the brand under its own handles too."""
    demo = yaml.safe_load(process.DEMO_AUDIENCE.read_text("utf-8"))
    bank = process.DEMO_AUDIENCE.with_name(demo["comment_bank"])
    demo |= {"comment_bank": yaml.safe_load(bank.read_text("utf-8")), "history_days": 2}
    planted = {(account["platform"], account["handle"]) for account in demo["accounts"]}
    demo["accounts"] += [
        demo["accounts"][0] | {"platform": platform, "handle": ACCOUNTS[platform]}
        for platform in ACCOUNTS
        if (platform, ACCOUNTS[platform]) not in planted
    ]
    path.write_text(yaml.safe_dump(demo, allow_unicode=True), "utf-8")
    return path
