"""Demos that are killed again and again, until each finishes; then they are judged."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx

from cli.demo import ENDED, alone_on
from cli.fault_audit import audit, sandbox_ledger
from domain.errors import StoreError

PATIENCE = 1200.0
"""Seconds after which a demo that has not ended counts as stuck."""
POLL = 0.02
START, END = "start", "end"
"""Not steps: the first seconds of a start, whatever it works on, and what follows the report."""
LONGEST_DELAY = {
    START: 12.0,
    "history": 25.0,
    "models": 10.0,
    "plan": 3.0,
    "days": 4.0,
    "report": 12.0,
    END: 2.0,
}
"""Seconds within which a kill falls, or as the step ends; of a day that is sent a part only, so
that several fall into one."""
FROM_SCRATCH = (START, "history", "models")
NEXT_SEND = "select account from ledger where seq > ? and platform = ? order by seq limit 1"
DEMO = (sys.executable, "-c", "from cli.main import run; run()", "demo", "--days", "1")


class Way(StrEnum):
    """How a demo is ended: all at once, by one of its parts, or as a person or a system would."""

    KILL = "kill -9"
    SANDBOX = "kill -9 of the sandbox alone"
    TERMINATE = "SIGTERM"
    INTERRUPT = "Ctrl-C"


@dataclass(frozen=True, slots=True)
class Kill:
    """When to kill: at a random moment of a step, or right after the sandbox took a post.

    With `effect`, a fault of the sandbox, the answer to that post never comes as it should.
    """

    step: str
    effect: str | None = None
    platform: str | None = None
    way: Way = Way.KILL


@dataclass(frozen=True, slots=True)
class Case:
    """One demo and its kills, in order."""

    name: str
    kills: tuple[Kill, ...]


@dataclass(slots=True)
class Found:
    """One demo, killed and judged; `recovery_seconds` is what its last start took to its end."""

    case: str
    kills: int = 0
    doubled: int = 0
    lost: int = 0
    unplanned: int = 0
    stuck: int = 0
    recovery_seconds: float = 0.0
    damage: list[str] = field(default_factory=list)


def _sends(effect: str) -> tuple[Kill, ...]:
    return tuple(Kill("days", effect, platform) for platform in ("x", "bluesky") * 2)


def _days(way: Way) -> tuple[Kill, ...]:
    return (Kill("plan", way=way), *[Kill("days", way=way)] * 3)


CASES = (
    Case("killed in history and models", (*[Kill("history")] * 2, Kill("models"))),
    Case("killed while planning and drafting", (Kill("plan"),) * 4),
    Case("killed while sending, counting and replying", (Kill("days"),) * 4),
    Case("killed while an answer stays out", _sends("accept_then_timeout")),
    Case("killed after a torn connection", _sends("accept_then_reset")),
    Case("killed after a server error", _sends("accept_then_500")),
    Case("killed while reporting", (Kill("report"),) * 3),
    Case("killed as it starts", (Kill(START),) * 4),
    Case("killed again as it starts again", (Kill("days"), Kill(START)) * 2),
    Case("killed as it ends", (Kill(END),) * 3),
    Case("its sandbox killed alone", _days(Way.SANDBOX)),
    Case("ended by SIGTERM", _days(Way.TERMINATE)),
    Case("ended by Ctrl-C", _days(Way.INTERRUPT)),
)


class Campaign:
    """Plays cases in folders under `root`; every random moment follows from `seed`."""

    def __init__(self, root: Path, *, seed: int, say: Callable[[str], None]) -> None:
        self._root = root
        self._random = random.Random(seed)  # noqa: S311 - not a secret
        self._say = say

    def play(self, case: Case, *, number: int) -> Found:
        """Kill, restart, finish and judge one demo."""
        home = self._root / f"{number}-{case.name.replace(' ', '-')}"
        if case.kills[0].step not in FROM_SCRATCH:
            shutil.copytree(self._prepared(), home)
        found = Found(case.name)
        for kill in case.kills:
            with demo(home) as process:
                killed = self._kill(process, home, kill)
                code = _ended(process)
            found.kills += killed
            if not killed or code is None:
                _note_end(found, home, code)
                break
        if not (home / ENDED).exists():
            begun = time.monotonic()
            with demo(home) as process:
                _note_end(found, home, _ended(process))
            found.recovery_seconds = round(time.monotonic() - begun, 1)
        if not found.stuck:
            _judge(found, home)
        self._say(f"{found.kills} kills: {found.doubled} doubled, {found.lost} lost")
        return found

    def _prepared(self) -> Path:
        """A demo that was killed when its models were done: the others go on from here."""
        home = self._root / "prepared"
        if not home.exists():
            with demo(self._root / "preparing") as process:
                if not _came_to(self._root / "preparing", process, "plan"):
                    raise StoreError(f"the demo never came to plan; see {self._root}/preparing")
            with alone_on(self._root / "preparing", what="a demo"):
                (self._root / "preparing").rename(home)
        return home

    def _kill(self, process: subprocess.Popen[bytes], home: Path, kill: Kill) -> bool:
        """Wait for the moment and kill; False where the demo ended before."""
        if kill.step != START and not _came_to(home, process, kill.step):
            return False
        if kill.effect is None:
            delay = self._random.uniform(0, LONGEST_DELAY[kill.step])
            self._say(f"{kill.way} in {delay:.1f} s of {kill.step}")
            _let_work(process, home, step=kill.step, seconds=delay)
        else:
            self._say(f"after {kill.effect} on {kill.platform}")
            _wait_for_acceptance(home, process, kill)
        alive = process.poll() is None
        _end(process, home, kill.way)
        return alive


@contextmanager
def demo(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A demo on a folder, in a process group of its own; it is killed at the end of the block."""
    from runtime.settings import CHECKOUT

    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / f"{home.name}.log").open("ab") as said:
        process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            [*DEMO, "--home", str(home)],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill -9 of a demo and its sandbox at once; the rest ends by itself."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _end(process: subprocess.Popen[bytes], home: Path, way: Way) -> None:
    """End it without a wait; what is left of it then ends by itself."""
    if process.poll() is not None:
        return
    if way is Way.TERMINATE:
        process.terminate()
    elif way is Way.SANDBOX:
        os.kill(int(_address(home)["pid"]), signal.SIGKILL)
    else:  # a terminal sends Ctrl-C to all of them, too
        os.killpg(process.pid, signal.SIGINT if way is Way.INTERRUPT else signal.SIGKILL)


def _let_work(process: subprocess.Popen[bytes], home: Path, *, step: str, seconds: float) -> None:
    """Return after so many seconds, as the step ends, or as the demo does."""
    give_up_at = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < give_up_at:
        if step not in (START, _step(home)):
            return
        time.sleep(POLL)


def _came_to(home: Path, process: subprocess.Popen[bytes], step: str) -> bool:
    """Wait until this very process works on the step; False where it ends or hangs before."""
    give_up_at, before = time.monotonic() + PATIENCE, _kept_at(home)
    while process.poll() is None and time.monotonic() < give_up_at:
        if _kept_at(home) != before and _step(home) == step:
            return True
        time.sleep(POLL)
    return False


def _step(home: Path) -> str | None:
    try:
        kept = json.loads((home / "rehearsal.json").read_text())
    except FileNotFoundError:
        return None
    return END if "report" in kept["done"] else str(kept["step"])


def _kept_at(home: Path) -> int | None:
    path = home / "rehearsal.json"
    return path.stat().st_mtime_ns if path.exists() else None


def _wait_for_acceptance(home: Path, process: subprocess.Popen[bytes], kill: Kill) -> None:
    """Order the fault, and return the moment it was played on something that was accepted.

    It is ordered for an account that has just sent something: it is logged in, so that no log-in
    meets the fault.
    """
    port = _live_port(home, process)
    if port is None:
        return
    with sandbox_ledger(home) as ledger:

        def wait(query: str, *values: object) -> tuple[object, ...] | None:
            while process.poll() is None:
                if (row := ledger.execute(query, values).fetchone()) is not None:
                    return tuple(row)
                time.sleep(POLL / 4)
            return None

        (last,) = ledger.execute("select coalesce(max(seq), 0) from ledger").fetchone()
        if (row := wait(NEXT_SEND, last, kill.platform)) is not None:
            order = {"effect": kill.effect, "platform": kill.platform, "account": row[0]}
            url = f"http://127.0.0.1:{port}/_sandbox/faults"
            httpx.post(url, json=order | {"seconds": 30}, timeout=30, trust_env=False)
            wait("select 1 where (select sum(remaining) from faults) = 0")


def _live_port(home: Path, process: subprocess.Popen[bytes]) -> int | None:
    """The port of the sandbox of this demo, once it answers."""
    from sandbox.process import is_healthy

    while process.poll() is None:
        try:
            port = int(_address(home)["port"])
        except FileNotFoundError:
            port = 0
        if port and is_healthy(port):
            return port
        time.sleep(POLL)
    return None


def _address(home: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((home / "sandbox" / "server.json").read_text())
    return told


def _ended(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        return None


def _note_end(found: Found, home: Path, code: int | None) -> None:
    if code != 0:
        found.stuck += 1
        found.damage.append(f"a demo ended with {code}; see {home}.log and {home}/logs")


def _judge(found: Found, home: Path) -> None:
    seen = audit(home)
    found.doubled, found.lost, found.unplanned = seen.doubled, seen.lost, seen.unowned
    found.stuck += seen.stuck
    found.damage += seen.damage
