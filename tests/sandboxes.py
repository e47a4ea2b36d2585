"""Sandboxes and other programs of tests, forked from a process that has everything imported.

They are real processes all the same: each has its own environment, standard streams and end.
"""

import atexit
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import BinaryIO

from sandbox.process import DEMO_AUDIENCE
from sandbox.world import World
from tests.overheard import FOLDER, Overheard

FORKS = multiprocessing.get_context("forkserver")
READY = ["sandbox.server", "tests.faults.campaign_warm"]
"""One such process serves a whole run of tests: the campaign's workers come from it too."""

WORLD = "sandbox.db"


class Forked:
    """A sandbox, with what `sandbox.process` asks of a `subprocess.Popen`."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], said: Path) -> None:
        FORKS.set_forkserver_preload(READY)
        lifeline, self.stdin = FORKS.Pipe(duplex=False)
        given = (list(words), dict(environment), lifeline, str(said))
        self._process = FORKS.Process(target=become, args=given, daemon=True)
        self._process.start()
        lifeline.close()
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end; raises TimeoutExpired."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("sandbox", timeout)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill -9."""
        self.send_signal(signal.SIGKILL)


def launched(command: Sequence[str], said: BinaryIO, environment: Mapping[str, str]) -> Forked:
    """What stands in for the sandbox's own start: `command` is `python -m sandbox WORD …`."""
    words = command[3:]
    told = dict(pairwise(words))
    world = Path(told["--home"], WORLD)
    if told["--audience"] == str(DEMO_AUDIENCE) and "--start" not in told and not world.exists():
        shutil.copy(demo_world(), world)
    return Forked(words, environment, Path(said.name))


@cache
def demo_world() -> Path:
    """The demo's past, which is the same in every new sandbox: invented once."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    World(Path(folder), audience=DEMO_AUDIENCE).store.close()
    return Path(folder, WORLD)


def become(words: list[str], environment: dict[str, str], lifeline: Connection, said: str) -> None:
    """Be the sandbox of these words."""
    settle(environment, lifeline.fileno(), said)
    sys.argv = ["sandbox", *words]
    from sandbox import server
    from sandbox.__main__ import main

    real = server.create_app
    server.create_app = lambda *given, **named: Overheard(real(*given, **named), FOLDER)
    sys.exit(main())


def begun(
    code: str, arguments: Sequence[str], environment: Mapping[str, str], said: Path
) -> ForkServerProcess:
    """A program that was started; what it says, complaints included, is written to a file."""
    FORKS.set_forkserver_preload(READY)
    said.write_text("")
    given = (code, list(arguments), dict(environment), str(said))
    process = FORKS.Process(target=perform, args=given, daemon=True)
    process.start()
    return process


def perform(code: str, arguments: list[str], environment: dict[str, str], said: str) -> None:
    """Be the program of this code."""
    settle(environment, os.open(os.devnull, os.O_RDONLY), said)
    sys.argv = ["-c", *arguments]
    exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102


def settle(environment: dict[str, str], heard: int, said: str) -> None:
    """Take this environment, and these standard streams."""
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(said, os.O_WRONLY | os.O_APPEND)
    for number, stream in enumerate((heard, output, output)):
        os.dup2(stream, number)
