"""The ledger on both databases: transactions, migrations, refusals."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.errors import ConfigError, StoreError
from storage.ledger import brands, stops
from storage.ledger.database import Ledger
from storage.ledger.tables import metadata
from tests.clock import SteppingClock

ROOT = Path(__file__).parents[3]


def test_the_database_tells_the_time_in_utc(ledger):
    with ledger.reading() as connection:
        told = ledger.now(connection)

    assert timedelta(0) == told.utcoffset()
    assert abs(told - datetime.now(UTC)) < timedelta(seconds=30)


def test_a_simulated_clock_replaces_the_database_clock(ledger_url, now):
    ledger = Ledger(ledger_url, clock=SteppingClock(now))

    with ledger.reading() as connection:
        assert now == ledger.now(connection)
    ledger.close()


def test_a_server_asks_its_clients_for_signs_of_life(postgres_url):
    ledger = Ledger(postgres_url)
    with ledger.engine.connect() as connection:
        told = [
            connection.scalar(sa.text(f"show {name}"))
            for name in ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count")
        ]
    ledger.close()

    assert ["10", "5", "3"] == told


def test_a_failed_transaction_leaves_nothing(ledger, brand, now):
    with pytest.raises(RuntimeError), ledger.transaction() as connection:
        brands.save(connection, brand, now=now)
        raise RuntimeError("killed")

    with ledger.reading() as connection:
        assert [] == brands.all(connection)


def test_upgrading_twice_changes_nothing(ledger, brand, now):
    with ledger.transaction() as connection:
        brands.save(connection, brand, now=now)

    ledger.upgrade()

    with ledger.reading() as connection:
        assert [brand] == brands.all(connection)


def test_processes_that_start_together_make_one_ledger(blank_url):
    code = f"from storage.ledger.database import Ledger; Ledger({blank_url!r}).upgrade()"
    starting = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    said = [process.communicate(timeout=60)[1].decode() for process in starting]

    assert [0, 0, 0, 0] == [process.returncode for process in starting], said


def test_a_ledger_of_a_newer_version_is_refused(ledger):
    with ledger.transaction() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    newcomer = Ledger(ledger.url.render_as_string(hide_password=False))

    with pytest.raises(StoreError, match=r"revision 9999.*update Amsel"):
        newcomer.upgrade()
    with pytest.raises(StoreError, match=r"9999"), newcomer.transaction():
        pass
    newcomer.close()


def test_a_ledger_without_tables_says_how_to_make_them(blank_url):
    ledger = Ledger(blank_url)

    with pytest.raises(StoreError, match=r"revision none.*amsel status"), ledger.reading():
        pass
    ledger.close()


def test_the_tables_in_code_and_in_the_database_are_the_same(ledger):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with ledger.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [] == compare_metadata(context, metadata)


def test_migrations_go_down_and_up_again_with_data_in_the_tables(ledger, brand, now):
    with ledger.transaction() as connection:
        brands.save(connection, brand, now=now)
        stops.stop(connection, brand=None, reason="drill", actor="test", now=now)

    ledger.downgrade("base")

    with ledger.engine.connect() as connection:
        assert ["alembic_version"] == sa.inspect(connection).get_table_names()

    ledger.upgrade()

    with ledger.transaction() as connection:
        assert [] == brands.all(connection)
        brands.save(connection, brand, now=now)
        assert [brand] == brands.all(connection)


@pytest.mark.parametrize("url", ["nonsense", "mysql://root@localhost/x", "sqlite://"])
def test_a_url_that_is_no_ledger_is_refused(url):
    with pytest.raises(ConfigError, match=r"sqlite:///path"):
        Ledger(url)


def test_a_postgresql_that_is_away_is_a_store_error():
    with pytest.raises(StoreError, match=r"start PostgreSQL"):
        Ledger("postgresql://postgres@127.0.0.1:1/none").upgrade()


def test_a_file_that_is_no_database_is_a_store_error(tmp_path):
    (tmp_path / "ledger.db").write_bytes(b"these are not the bytes of a database" * 99)

    with pytest.raises(StoreError, match=r"no SQLite database"):
        Ledger(f"sqlite:///{tmp_path}/ledger.db").upgrade()


def test_a_full_disk_is_a_store_error_and_leaves_the_ledger_as_it_was(tmp_path, brand, now):
    """SQLite's own page limit gives the very error of a full disk."""
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.upgrade()

    with (
        pytest.raises(StoreError, match=r"disk is full.*free some space"),
        ledger.transaction() as connection,
    ):
        connection.exec_driver_sql("pragma max_page_count = 1")
        for number in range(2000):
            big = brand.model_copy(update={"name": f"b{number}", "about": "x" * 10_000})
            brands.save(connection, big, now=now)

    with ledger.reading() as connection:
        assert [] == brands.all(connection)
    ledger.close()


def test_a_read_only_database_is_a_store_error(tmp_path, brand, now):
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    ledger.upgrade()

    with (
        pytest.raises(StoreError, match=r"read-only.*right to write"),
        ledger.transaction() as connection,
    ):
        connection.exec_driver_sql("pragma query_only = on")
        brands.save(connection, brand, now=now)
    ledger.close()


def test_a_reader_does_not_wait_for_a_writer(ledger, brand, now):
    with ledger.transaction() as writing:
        brands.save(writing, brand, now=now)
        with ledger.reading() as reading:
            assert [] == brands.all(reading)
