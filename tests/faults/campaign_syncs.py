"""Case 10 once more: a sync fails inside the database's server, which dies of it, as it should.

The kernel refuses the server one kind of sync from its start on, and the server uses the other one
until it is told to change: so it fails in the middle of its work, without any right or module.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from tests import postgres
from tests.faults import campaign_kernel as kernel
from tests.faults.campaign_judge import Book, Stuck
from tests.faults.campaign_races import Held
from tests.faults.campaign_stage import REFUSED, staged

MOMENTS = ("claim committed", "intent committed")
"""Points from which the next commit is that of the intent, or that of the outcome."""
SIGN = b"could not fdatasync"
CHANGED = "postgresql.auto.conf"
PATIENCE, DIES_WITHIN = 60.0, 10.0


class Server:
    """A PostgreSQL that syncs every commit, and whose disk may begin to fail."""

    def __init__(self, folder):
        self._binaries = postgres._binaries(folder)
        self._as_user = postgres._give_away(folder)
        self._data, self._log = folder / "data", folder / "log"
        words = ["-D", self._data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8"]
        subprocess.run(
            [self._binaries / "initdb", *words],
            cwd=folder,
            check=True,
            capture_output=True,
            **self._as_user,
        )
        # not in the command, whose words count more than what a server is told later
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write("\nwal_sync_method = fsync\n")
        self.port = postgres._free_port()
        self._process = self._started(kernel.fail_data_syncs)

    def fail(self):
        """From here on no commit gets to the disk."""
        self.ask("alter system set wal_sync_method = 'fdatasync'")
        self.ask("select pg_reload_conf()")

    def mend(self):
        """Start again on a good disk, once it has died of the bad one."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(DIES_WITHIN)
        self.close()
        (self._data / CHANGED).write_text("")
        self._process = self._started(None)

    @property
    def has_failed(self):
        return SIGN in self._log.read_bytes()

    def ask(self, query):
        address = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        with psycopg.connect(address, autocommit=True) as server:
            server.execute(query)

    def close(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)

    def _started(self, before):
        settings = postgres.SETTINGS | {"port": str(self.port)}
        with self._log.open("ab") as said:
            process = subprocess.Popen(
                [
                    self._binaries / "postgres",
                    "-D",
                    self._data,
                    *[f"--{name}={value}" for name, value in settings.items()],
                ],
                cwd=self._data.parent,
                stdout=said,
                stderr=said,
                preexec_fn=before,
                **self._as_user,
            )
        give_up_at = time.monotonic() + PATIENCE
        while time.monotonic() < give_up_at and process.poll() is None:
            with suppress(psycopg.OperationalError):
                self.ask("select 1")
                return process
            time.sleep(0.05)
        raise Stuck(f"the server did not start: {self._log.read_text()[-1000:]}")


@contextmanager
def served():
    name = f"{postgres.FOLDERS}{os.getpid()}-syncs-"
    folder = Path(tempfile.mkdtemp(prefix=name, dir=postgres.roomy_base()))
    server = None
    try:
        server = Server(folder)
        yield server
    finally:
        if server is not None:
            server.close()
        shutil.rmtree(folder, ignore_errors=True)


def failing_syncs(stage, n):
    """Case 10: the server's disk fails while a worker stands in a send; then it is mended."""
    if stage.database == "sqlite" or not kernel.is_able():
        return []
    with served() as server:
        return [one for number in range(n) for one in _fail_once(stage, server, number)]


def _fail_once(stage, server, number):
    moment = MOMENTS[(number + 1) % len(MOMENTS)]
    name = f"campaign{number}"
    server.ask(f"create database {name}")
    url = f"postgresql+psycopg://postgres@127.0.0.1:{server.port}/{name}"
    options = {"is_sample": stage.is_sample, "platforms": stage.platforms}
    with staged(stage.home / f"syncs {number}", url, **options) as inner:
        book = Book(f"10 a sync fails in the server: {moment}", inner)
        chosen = inner.pick(number)
        book.plan(*[inner.new(platform) for platform in chosen])
        held, count = Held(inner, moment, concurrency=2), book.of(chosen[0])
        is_held = held.meets(1)
        server.fail()
        held.go(1)
        code = held.end()
        count.met += is_held and server.has_failed
        count.restarts += code != 0
        if code not in (0, REFUSED):
            count.note("other", f"the worker ended with {code}: {inner.said()}")
        server.mend()
        book.finish()
        return book.judge()
