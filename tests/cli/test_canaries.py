"""Secrets planted everywhere, everything done with them, and none of them found anywhere."""

import base64
import os
import secrets
import sqlite3
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx
import polars as pl
import pytest
import yaml

from domain.deliveries import NewDelivery, Payload
from sandbox import process
from storage.ledger import deliveries
from storage.ledger.database import Ledger
from storage.secrets import encoded, new_key

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
"""
JOB = """
import os, sys
from pathlib import Path
from runtime.dagster_home import prepare_home
from runtime.settings import Settings
os.environ["DAGSTER_HOME"] = str(prepare_home(Settings()))
import dagster as dg
from orchestration.definitions import defs
with dg.DagsterInstance.get() as instance:
    done = defs.resolve_job_def("keep_house").execute_in_process(
        instance=instance, partition_key=sys.argv[1], raise_on_error=False
    )
print("job", done.success)
"""
CRASH = """
import logging, traceback
logging.basicConfig(level=logging.DEBUG)
from runtime.build import open_keepers
from runtime.settings import Settings
for keeper in open_keepers(Settings()):
    try:
        print(keeper, keeper._vault.read(keeper._holder.account.id)[0])
        grant = keeper.current()
        print(repr(grant))
        keeper.renewed(grant.token)
    except Exception:
        traceback.print_exc()
raise RuntimeError("the end")
"""


class Town:
    """A brand whose every secret is a canary, and what all programs said."""

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url = home, url
        self.said: list[str] = []
        self.planted: set[str] = set()
        rows = [
            f"  - {{platform: {name}, handle: {handle}, time_zone: Europe/Berlin}}"
            for name, handle in ACCOUNTS.items()
        ]
        (home / "brands").mkdir()
        (home / "brands" / "acme.yaml").write_text(BRAND % "\n".join(rows))
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

    def plant(self, secret: str = "") -> str:
        secret = secret or f"canary-{secrets.token_hex(12)}"
        self.planted.add(secret)
        return secret

    def run(self, *command: str, typed: str = "", **more: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=os.environ | self.variables | more,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )
        self.said += [done.stdout, done.stderr]
        return done.stdout + done.stderr

    def amsel(self, *arguments: str, typed: str = "") -> str:
        return self.run("-c", "from cli.main import run; run()", *arguments, typed=typed)

    def connect(self, platform: str) -> None:
        command = ["-c", "from cli.main import run; run()", "connect", platform, "--brand", "acme"]
        with subprocess.Popen(
            [sys.executable, *command, "--no-browser", "--redirect-uri", HERE],
            cwd=ROOT,
            env=os.environ | self.variables | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as running:
            for line in running.stdout:
                self.said.append(line)
                if line.startswith("http"):
                    page = f"{line.strip()}&auto=1&account={ACCOUNTS[platform]}"
                    threading.Thread(target=visit, args=(page,)).start()
        assert 0 == running.returncode, self.said[-5:]

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

    def plan(self, key: str) -> None:
        ledger = Ledger(f"sqlite:///{self.home / 'ledger.db'}")
        with ledger.transaction() as connection:
            for platform in ("x", "bluesky"):
                new = NewDelivery(
                    key=f"{key} {platform}",
                    brand="acme",
                    platform=platform,
                    account=f"{platform}:{ACCOUNTS[platform]}",
                    payload=Payload(text=f"Soap {key}."),
                    due_at=self.now(),
                )
                deliveries.plan(connection, new, now=self.now())
        ledger.close()

    def given_out(self) -> set[str]:
        """Every token, code and session that the sandbox gave: as secret as what was planted."""
        with sqlite3.connect(self.home / "sandbox" / "sandbox.db") as db:
            rows = [row[0] for row in db.execute("select token from oauth_tokens")]
            rows += [row[0] for row in db.execute("select code from oauth_codes")]
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


def searched(town: Town, places: dict[str, bytes]) -> list[str]:
    """Where which planted secret is found, the secret itself left out."""
    secrets_ = [*sorted(town.planted), *sorted(town.given_out())]
    assert len(secrets_) >= 20
    return [
        f"secret {number} as {name} in {place}"
        for number, secret in enumerate(secrets_)
        for name, form in spellings(secret).items()
        for place, content in places.items()
        if form in content
    ]


def places(town: Town) -> dict[str, bytes]:
    """Everything that was written or said, and the tables unpacked besides."""
    found = {"what was said": "".join(town.said).encode()}
    for path in town.home.rglob("*"):
        if not path.is_file() or "sandbox" in path.relative_to(town.home).parts:
            continue
        found[str(path)] = path.read_bytes()
        if path.suffix == ".parquet":
            found[f"{path} unpacked"] = repr(pl.read_parquet(path).rows()).encode()
        if path.suffix == ".db":
            with sqlite3.connect(path) as db:
                found[f"{path} dumped"] = "\n".join(db.iterdump()).encode()
            db.close()
    return found


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


@pytest.fixture
def town(tmp_path: Path):
    audience = with_everybody(tmp_path / "audience.yaml")
    with process.start(tmp_path / "sandbox", audience=audience) as sandbox:
        yield Town(tmp_path, sandbox.url)


@pytest.mark.timeout(900)  # it starts forty programs, one after the other
def test_no_planted_secret_is_found_in_anything_that_was_written_or_said(town: Town) -> None:
    for platform in ACCOUNTS:
        if platform == "bluesky":
            said = town.amsel("connect", "bluesky", "--brand", "acme", typed=f"{PASSWORD}\n")
            assert "is connected" in said
        else:
            town.connect(platform)
    use_everything(town)
    said = "".join(town.said)
    words = (
        "is connected",
        "could not be renewed",
        "amsel connect x",
        "job False",
        "job True",
        "the end",
        "too many retries for DB connection",
    )
    for word in words:
        assert word in said, f"{word!r} was never said: the test went another way"

    there = places(town)

    assert [] == searched(town, there)
    assert any("dagster" in place for place in there)
    assert any("parquet" in place for place in there)


def use_everything(town: Town) -> None:
    """Send, renew, fail, be revoked, look at all of it, and crash."""
    town.plan("one")
    town.amsel("worker", "--until-idle")
    town.pass_hours(3)
    town.plan("two")
    for effect in ("accept_then_garbage", "accept_then_500", "reject_429", "down"):
        town.order(platform="x", effect=effect, on="token")
    town.order(platform="bluesky", effect="accept_then_reset", on="token")
    for _ in range(3):
        town.run("-c", CRASH)
        town.pass_hours(0.2)
    town.amsel("worker", "--until-idle")
    httpx.delete(f"{town.url}/_sandbox/faults", trust_env=False).raise_for_status()
    town.connect("x")
    town.tokens("close", "x")
    town.plan("three")
    town.amsel("worker", "--until-idle")
    town.run("-c", JOB, town.now().date().isoformat())
    for platform in ("x", "instagram", "facebook", "mastodon"):
        town.connect(platform)
    town.run("-c", JOB, town.now().date().isoformat())
    for command in (
        ("doctor",),
        ("status",),
        ("status", "--json"),
        ("deliveries",),
        ("deliveries", "--json"),
        ("deliveries", "show", "two x"),
        ("deliveries", "show", "three bluesky"),
        ("keys", "rotate"),
        ("connect", "x", "--brand", "nobody"),
    ):
        town.amsel(*command)
    without_a_database(town)


def without_a_database(town: Town) -> None:
    """What is said where the ledger's or Dagster's database, each with a password, is not there."""
    there = town.variables["AMSEL_HOME"]
    for scheme, name in (
        ("postgresql+psycopg", "LEDGER_URL"),
        ("postgresql+psycopg2", "DAGSTER_DB"),
    ):
        address = f"{scheme}://amsel:{town.plant()}@127.0.0.1:1/none"
        town.variables |= {"AMSEL_HOME": str(town.home / name), f"AMSEL_{name}": address}
        for command in (("doctor",), ("status",), ("deliveries",)):
            town.amsel(*command)
        town.run("-c", CRASH if name == "LEDGER_URL" else JOB, town.now().date().isoformat())
        del town.variables[f"AMSEL_{name}"]
    town.variables["AMSEL_HOME"] = there


def test_the_search_finds_a_secret_however_it_is_spelled(town: Town) -> None:
    secret = town.plant("canary/with+signs=and text")
    town.given_out = lambda: {f"canary-{number}" for number in range(30)}  # type: ignore[method-assign]
    for name, form in spellings(secret).items():
        assert searched(town, {"a log": b"before " + form + b" behind"}), name
    for before in (b"", b"a", b"ab", b"abc"):
        wrapped = base64.b64encode(before + secret.encode() + b" and more")
        assert searched(town, {"a dump": wrapped}), before
