"""The ledger's database: one URL, SQLite or PostgreSQL, transactions and its clock."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from domain.clock import Clock
from domain.errors import ConfigError, StoreError
from storage.ledger import revisions
from storage.ledger.faults import translated

BUSY_MILLISECONDS = 15_000
SIGNS = {"idle": 10, "interval": 5, "count": 3}
"""A connection on which nothing comes is asked for a sign of life after so many seconds, and again,
so often: a network that dies without a word is noticed within half a minute on either side."""
UNANSWERED_MILLISECONDS = 20_000
IDLE = 0.1
"""Seconds without use after which a connection to a server is asked for a sign of life."""
POOL = 8
"""Connections that a process keeps; as many again for a while. Senders share few: they commit
together."""

_SQLITE_NOW = "select strftime('%Y-%m-%dT%H:%M:%f', 'now')"
_POSTGRES_NOW = sa.select(sa.func.clock_timestamp())


class Ledger:
    """The truth about posts, deliveries and decisions, on SQLite or PostgreSQL.

    A write transaction on SQLite begins IMMEDIATE, so that what it read is still true when it
    writes; every commit is synced to disk before it returns.
    """

    def __init__(self, url: str, *, clock: Clock | None = None) -> None:
        self.url = _parsed(url)
        self.name = self.url.render_as_string(hide_password=True)
        self.clock = clock
        self.engine = _engine(self.url)
        self._is_checked = False
        # SQLite has one writer: threads that take turns here need not poll for its lock
        is_sqlite = self.url.get_backend_name() == "sqlite"
        self._turn = threading.RLock() if is_sqlite else nullcontext()

    def __repr__(self) -> str:
        return f"Ledger({self.name!r})"

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A write transaction: committed at the end, rolled back on an exception.

        Raises:
            StoreError: the database refused (full, read-only, locked, gone, too new).
        """
        self._check_once()
        with translated(self.name), self._begin(writing=True) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that only reads; it waits for no writer. Raises StoreError."""
        self._check_once()
        with translated(self.name), self._begin(writing=False) as connection:
            yield connection

    def now(self, connection: sa.Connection) -> datetime:
        """The present instant by the database's clock, or by the simulated one, aware UTC."""
        if self.clock is not None:
            return self.clock.now()
        if connection.dialect.name == "sqlite":
            told = connection.exec_driver_sql(_SQLITE_NOW).scalar()
            return datetime.fromisoformat(str(told)).replace(tzinfo=UTC)
        instant: datetime = connection.scalars(_POSTGRES_NOW).one()
        return instant.astimezone(UTC)

    def instant(self) -> datetime:
        """The present instant, as `now`, read on a connection of its own."""
        with self.reading() as connection:
            return self.now(connection)

    def upgrade(self, revision: str = "head") -> None:
        """Bring the tables to `revision`; harmless when they are there, or when two come at once.

        Raises:
            StoreError: the database refused, or a newer Amsel has written it.
        """
        with translated(self.name), self._begin(writing=True) as connection:
            revisions.lock(connection)
            revisions.refuse_unknown(connection, name=self.name)
            revisions.upgrade(connection, revision)
        self._is_checked = revision == "head"

    def downgrade(self, revision: str) -> None:
        """Take the tables back to `revision` (`base` removes them). Raises StoreError."""
        with translated(self.name), self._begin(writing=True) as connection:
            revisions.lock(connection)
            revisions.refuse_unknown(connection, name=self.name)
            revisions.downgrade(connection, revision)
        self._is_checked = False

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    @contextmanager
    def _begin(self, *, writing: bool) -> Iterator[sa.Connection]:
        with self._turn if writing else nullcontext(), self.engine.connect() as fresh:
            connection = fresh.execution_options(amsel_writing=writing)
            with connection.begin():
                yield connection

    def _check_once(self) -> None:
        if self._is_checked:
            return
        with translated(self.name), self._begin(writing=False) as connection:
            revisions.refuse_unknown(connection, name=self.name)
            revisions.refuse_behind(connection, name=self.name)
        self._is_checked = True


def _parsed(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as exc:
        raise ConfigError(
            "the ledger's URL cannot be read; write sqlite:///path or postgresql://user@host/name"
        ) from exc
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    raise ConfigError(
        f"the ledger cannot live in {parsed.get_backend_name()}:{parsed.database or 'memory'}; "
        "write sqlite:///path or postgresql://user@host/name"
    )


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() == "postgresql":
        return _postgres_engine(url)
    folder = Path(str(url.database)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StoreError(
            f"the ledger's folder {folder} cannot be made: {exc.strerror}; "
            "set AMSEL_HOME to a folder that can be written"
        ) from exc
    engine = sa.create_engine(
        url,
        connect_args={"timeout": BUSY_MILLISECONDS / 1000},
        pool_size=POOL,
        max_overflow=POOL,
        pool_use_lifo=True,
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgres_engine(url: sa.URL) -> sa.Engine:
    ours = {f"keepalives_{name}": value for name, value in SIGNS.items()}
    ours |= {"connect_timeout": 5, "tcp_user_timeout": UNANSWERED_MILLISECONDS}
    given = {name: value for name, value in ours.items() if name not in url.query}
    engine = sa.create_engine(
        url, connect_args=given, pool_size=POOL, max_overflow=POOL, pool_use_lifo=True
    )
    sa.event.listen(engine, "connect", _prepare_postgres)
    sa.event.listen(engine, "checkin", _note_use)
    sa.event.listen(engine, "checkout", partial(_ping_idle, engine.dialect))
    return engine


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used_at"] = time.monotonic()


def _ping_idle(dialect: Any, connection: Any, record: Any, _proxy: Any) -> None:
    """Ask a connection that was not used just now whether the server is still there.

    Where it is not, all that were opened before are replaced.
    """
    if time.monotonic() - record.info.get("used_at", -IDLE) < IDLE:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as exc:
        raise sa.exc.InvalidatePoolError("the server has gone away") from exc


def _prepare_postgres(connection: Any, _record: Any) -> None:
    # the server too must notice: a transaction of somebody who is gone keeps its locks
    theirs = {f"tcp_keepalives_{name}": value for name, value in SIGNS.items()}
    theirs["tcp_user_timeout"] = UNANSWERED_MILLISECONDS
    connection.execute("; ".join(f"set {name} = {value}" for name, value in theirs.items()))
    connection.commit()


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we begin by ourselves, see _begin_sqlite
    connection.execute(f"pragma busy_timeout = {BUSY_MILLISECONDS}")
    _use_wal(connection)
    connection.execute("pragma synchronous = full")  # an intent that is committed must be on disk
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma cache_size = -32768")  # KiB: the keys of a million rows are random


def _use_wal(connection: sqlite3.Connection) -> None:
    # the change to WAL ignores the busy time-out, so two processes that create together collide
    give_up_at = time.monotonic() + BUSY_MILLISECONDS / 1000
    while connection.execute("pragma journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError as exc:
            if "locked" not in str(exc) or time.monotonic() > give_up_at:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: sa.Connection) -> None:
    writing = connection.get_execution_options().get("amsel_writing", True)
    connection.exec_driver_sql("begin immediate" if writing else "begin")
