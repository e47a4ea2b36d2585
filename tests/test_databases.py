"""The databases that tests are given: fresh, their own, and gone when their owner is."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from storage.ledger import stops
from storage.ledger.database import Ledger
from tests.postgres import bases, sweep

ROOT = Path(__file__).resolve().parent.parent

DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
OWNER_THAT_IS_KILLED = """
import os
from tests.postgres import postgres
with postgres() as port:
    print(port, flush=True)
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_starts_with_an_empty_database(blank_url: str, round_: int) -> None:
    engine = sa.create_engine(blank_url)
    with engine.begin() as connection:
        tables = sa.inspect(connection).get_table_names()
        connection.execute(sa.text("create table leftovers (id integer)"))
    engine.dispose()
    assert [] == tables, round_


@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_starts_with_an_empty_ledger(ledger_url: str, round_: int) -> None:
    ledger = Ledger(ledger_url)
    with ledger.transaction() as connection:
        stopped = stops.active_all(connection)
        stops.stop(connection, brand=None, reason="drill", actor="test", now=ledger.now(connection))
    ledger.close()
    assert [] == stopped, round_


def test_the_server_is_reached_over_loopback_by_an_unprivileged_owner(postgres_url: str) -> None:
    url = sa.make_url(postgres_url)
    with psycopg.connect(host=url.host, port=url.port, user="postgres", dbname="postgres") as found:
        (data,) = found.execute("show data_directory").fetchall()[0]
    assert ("127.0.0.1", False) == (url.host, Path(data).stat().st_uid == 0)


def test_keys_of_the_developer_do_not_reach_a_test() -> None:
    assert [] == [name for name in os.environ if name.endswith(("_API_KEY", "_TOKEN"))]


def test_a_benchmark_is_given_a_server_that_syncs_every_commit() -> None:
    program = "import psycopg, sys; found = psycopg.connect(sys.argv[1]).execute"
    shows = "; ".join(f"print(*found('show {name}').fetchone())" for name in DURABLE)
    command = [sys.executable, "-m", "tests.postgres", sys.executable, "-c", f"{program}; {shows}"]
    ended = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, text=True)
    assert ["on"] * len(DURABLE) == ended.stdout.split()


def test_the_server_of_a_killed_run_is_swept_away() -> None:
    owner = subprocess.run(
        [sys.executable, "-c", OWNER_THAT_IS_KILLED], capture_output=True, check=False, cwd=ROOT
    )
    port = int(owner.stdout)
    assert _is_listening(port), owner.stderr
    for base in bases():
        sweep(base)
    assert not _is_listening(port)


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
