"""Case 9 of the campaign: the server dies and its standby takes over, under one address."""

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
from tests.faults.campaign_judge import Book, Stuck
from tests.faults.campaign_proxy import wire_to
from tests.faults.campaign_races import INSIDE, OUTSIDE, Held
from tests.faults.campaign_stage import REFUSED, staged

POINTS = (*OUTSIDE, *INSIDE)
SETTINGS = postgres.SETTINGS | postgres.HASTY | {"synchronous_commit": "on", "hot_standby": "on"}
PATIENCE = 60.0


class Pair:
    """A server that commits only what its standby has too, and that standby."""

    def __init__(self, folder):
        self._binaries = postgres._binaries(folder)
        self._folder, self._as_user = folder, postgres._give_away(folder)
        self._servers = {}
        first = folder / "first"
        self._call("initdb", "-D", first, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8")
        self.port = self._start(first)
        source = f"host=127.0.0.1 port={self.port} user=postgres application_name=second"
        second = folder / "second"
        self._call("pg_basebackup", "-d", source, "-D", second, "-R", "-X", "stream")
        self.standby_port = self._start(second)
        self._ask(self.port, "alter system set synchronous_standby_names = 'second'")
        self._ask(self.port, "select pg_reload_conf()")
        self._wait(self.port, "select sync_state from pg_stat_replication", "sync")

    def fail_over(self):
        """Kill the server with all its processes, and let the standby take its place."""
        os.killpg(self._servers.pop(self.port).pid, signal.SIGKILL)
        self._ask(self.standby_port, "select pg_promote()")
        self._wait(self.standby_port, "select pg_is_in_recovery()", False)

    def close(self):
        for server in self._servers.values():
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)
            server.wait(30)

    def create(self, name):
        self._ask(self.port, f"create database {name}")

    def _start(self, data):
        port = postgres._free_port()
        settings = [f"--{name}={value}" for name, value in (SETTINGS | {"port": port}).items()]
        with (self._folder / "log").open("ab") as said:
            self._servers[port] = subprocess.Popen(
                [self._binaries / "postgres", "-D", data, *settings],
                cwd=self._folder,
                stdout=said,
                stderr=said,
                start_new_session=True,
                **self._as_user,
            )
        self._wait(port, "select 1", 1)
        return port

    def _call(self, program, *words):
        command = [self._binaries / program, *words]
        done = subprocess.run(
            command, cwd=self._folder, capture_output=True, text=True, check=False, **self._as_user
        )
        if done.returncode != 0:
            raise Stuck(f"{program} said: {done.stderr}")

    def _ask(self, port, query):
        address = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        with psycopg.connect(address, autocommit=True) as server:
            answer = server.execute(query)
            return answer.fetchone() if answer.description else None

    def _wait(self, port, query, wanted):
        give_up_at = time.monotonic() + PATIENCE
        while time.monotonic() < give_up_at:
            with suppress(psycopg.OperationalError):
                if self._ask(port, query) == (wanted,):
                    return
            time.sleep(0.05)
        raise Stuck(f"{query} did not come to {wanted} within {PATIENCE:.0f} s")


@contextmanager
def pair():
    name = f"{postgres.FOLDERS}{os.getpid()}-pair-"
    folder = Path(tempfile.mkdtemp(prefix=name, dir=postgres.roomy_base()))
    made = None
    try:
        made = Pair(folder)
        yield made
    finally:
        if made is not None:
            made.close()
        shutil.rmtree(folder, ignore_errors=True)


def is_able():
    """Whether there is a program that makes a standby."""
    with tempfile.TemporaryDirectory() as folder:
        return (postgres._binaries(Path(folder)) / "pg_basebackup").exists()


def failovers(stage, n):
    """The server is killed while a worker stands in a send; its standby goes on."""
    if stage.database == "sqlite" or not is_able():
        return []
    return [one for number in range(n) for one in _fail_over_once(stage, number)]


def _fail_over_once(stage, number):
    point = POINTS[number % len(POINTS)]
    with pair() as servers, wire_to(servers.port) as wire:
        servers.create("campaign")
        url = f"postgresql+psycopg://postgres@127.0.0.1:{wire.port}/campaign"
        with staged(stage.home / f"failover {number}", url) as inner:
            book = Book(f"9 a standby takes over: {point}", inner)
            book.plan(*[inner.new(platform) for platform in inner.platforms for _ in range(3)])
            held, count = Held(inner, point, concurrency=2), book.of(inner.platforms[0])
            if held.meets(1):
                count.met += 1
                wire.turn_to(servers.standby_port)
                servers.fail_over()
            held.go(1)
            code = held.end()
            count.restarts += code != 0
            if code not in (0, REFUSED):
                count.note("other", f"the worker ended with {code}: {inner.said()}")
            book.finish()
            return book.judge()
