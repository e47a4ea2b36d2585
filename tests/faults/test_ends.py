"""A demo that is killed as it ends shows its table again; one that ended starts anew."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from cli.demo import ENDED
from cli.own_history import ACCOUNT, BRAND, lay_own_history
from domain.deliveries import NewDelivery, Payload
from domain.platforms import Platform
from publishing.worker import run_worker
from runtime.build import open_ledger, open_networks
from runtime.clock import make_clock
from runtime.settings import Settings
from sandbox import process
from storage.ledger import deliveries
from tests.parsed import copy_parsed

ROOT = Path(__file__).parents[2]
DEMO = [sys.executable, "-c", "from cli.main import run; run()", "demo", "--home"]


@pytest.fixture
def home(tmp_path):
    """What a demo of one day leaves that was killed when its summary was written."""
    home = tmp_path / "demo"
    with process.start(home / "sandbox") as sandbox:
        starts_at = httpx.get(f"{sandbox.url}/_sandbox/clock").json()["now"]
        send_one(home, sandbox.url)
        ends_at = datetime.fromisoformat(starts_at) + timedelta(days=1)
        order = {"advance_to": ends_at.isoformat()}
        httpx.post(f"{sandbox.url}/_sandbox/clock", json=order).raise_for_status()
    kept_of(home, starts_at, ends_at)
    return home


def send_one(home, url):
    """One post of the only account of the only brand, through the door."""
    export = home.parent / "export.csv"
    export.touch()
    lay_own_history(home, [export], brands=ROOT / "brands")
    settings = Settings(home=home, brands=home / "brands", sandbox_url=url, clock="drive")
    ledger, clock = open_ledger(settings), make_clock(settings)
    new = NewDelivery(
        key="one", brand=BRAND, platform=Platform.X, account=":".join(ACCOUNT),
        payload=Payload(text="Fresh flour."), due_at=clock.now(),
    )  # fmt: skip
    with ledger.transaction() as connection:
        deliveries.plan(connection, new, now=clock.now())
    networks = open_networks(settings)
    assert 1 == run_worker(ledger, networks=networks, clock=clock, until_idle=True)
    for each in (*networks.values(), ledger.clock, clock, ledger):
        each.close()


def kept_of(home, starts_at, ends_at):
    """The files that tell of such a demo."""
    home.mkdir(exist_ok=True)
    kept = {"starts_at": starts_at, "days": 1, "step": "report", "seconds": {"report": 21.0}}
    kept["done"] = ["history", "models", f"plan until {ends_at.isoformat()}", "report"]
    (home / "rehearsal.json").write_text(json.dumps(kept))
    (home / "report.json").write_text(json.dumps({"brands": [], "uplift": None, "holdout": None}))
    (home / "summary.json").write_text("{}")


def test_a_demo_that_was_killed_as_it_ended_shows_its_table_again(home, parsed_home):
    copy_parsed(parsed_home, home)
    done = subprocess.run([*DEMO, str(home)], cwd=ROOT, capture_output=True, text=True)

    assert (0, "") == (done.returncode, done.stderr), told_by(home)
    assert "Going on where it stopped" in done.stdout
    assert "seconds of work                         │ 21" in done.stdout
    summary = json.loads((home / "summary.json").read_text())
    assert (0, {"x": {"planned": 1, "published": 1}}) == (summary["lost"], summary["platforms"])
    assert (home / ENDED).exists()


def test_a_demo_that_ended_starts_anew(tmp_path):
    home, starts_at = tmp_path / "demo", "2026-03-02T05:00:00+00:00"
    kept_of(home, starts_at, datetime.fromisoformat(starts_at) + timedelta(days=1))
    (home / ENDED).touch()
    with subprocess.Popen([*DEMO, str(home)], cwd=ROOT, start_new_session=True) as demo:
        give_up_at = time.monotonic() + 60
        while remembers(home) and time.monotonic() < give_up_at:
            time.sleep(0.02)
        os.killpg(demo.pid, signal.SIGKILL)
    assert not remembers(home)


def told_by(home):
    """What a demo's logs say."""
    return "\n".join(log.read_text() for log in sorted((home / "logs").glob("*")))


def remembers(home):
    """Whether a demo's folder still tells of the one that ended."""
    if (home / "summary.json").exists():
        return True
    try:
        return "report" in json.loads((home / "rehearsal.json").read_text())["done"]
    except FileNotFoundError:
        return False
