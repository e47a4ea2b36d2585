"""Sandboxes of tests, forked from a process that has everything imported, so none starts cold.

They are real processes all the same: each has its own environment, standard streams and end.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO

FORKS = multiprocessing.get_context("forkserver")
READY = ["sandbox.server", "tests.faults.campaign_warm"]
"""One such process serves a whole run of tests: the campaign's workers come from it too."""


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
    return Forked(command[3:], environment, Path(said.name))


def become(words: list[str], environment: dict[str, str], lifeline: Connection, said: str) -> None:
    """Be the sandbox of these words."""
    os.environ.clear()
    os.environ.update(environment)
    output = os.open(said, os.O_WRONLY | os.O_APPEND)
    for number, stream in enumerate((lifeline.fileno(), output, output)):
        os.dup2(stream, number)
    sys.argv = ["sandbox", *words]
    from sandbox.__main__ import main

    sys.exit(main())
