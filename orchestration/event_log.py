"""Dagster's event log on SQLite, its databases held open instead of opened anew for each event."""

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster import StringSource
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from sqlalchemy import Connection, Engine, create_engine, event

HELD_OPEN = 8
"""Databases that one process holds open: the index, and those of the runs used last."""


@dataclass(frozen=True, slots=True)
class _Held:
    engine: Engine
    file: int
    """The inode: a file of the same name that was put in its place is another one."""


class HeldEventLog(SqliteEventLogStorage):
    """The files and tables of Dagster's own class, one connection held open for each file in use.

    Dagster's class opens a connection per statement, and the last one that closes writes SQLite's
    log back to the disk. Here a connection stays, at most `HELD_OPEN` of them, and only within
    one process: before a fork all are closed, since SQLite's locks do not survive one.

    Configured with `dagster_home`; the files lie where Dagster puts them by default.
    """

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._held: dict[str, _Held] = {}
        self._empty = b""
        super().__init__(base_dir, inst_data)
        _LOGS.add(self)

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        """The one key of the configuration."""
        return {"dagster_home": StringSource}

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "HeldEventLog":
        """The event log of a Dagster home."""
        return cls(str(Path(config_value["dagster_home"]) / "history" / "runs"), inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def _engine(self, shard: str) -> Engine:
        held = self._held.pop(shard, None)
        if held is None or held.file != _inode(self.path_for_shard(shard)):
            if held is not None:
                held.engine.dispose()
                self._initialized_dbs.discard(shard)
            held = self._open(shard)
        self._held[shard] = held
        if len(self._held) > HELD_OPEN:
            self._held.pop(next(iter(self._held))).engine.dispose()
        return held.engine

    def _open(self, shard: str) -> _Held:
        engine = create_engine(
            self.conn_string_for_shard(shard),
            pool_size=1,
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
        )
        event.listen(engine, "connect", _sync_seldom)
        if shard not in self._initialized_dbs:
            self._prepare(Path(self.path_for_shard(shard)), engine)
            self._initialized_dbs.add(shard)
        return _Held(engine, _inode(self.path_for_shard(shard)))

    def _prepare(self, path: Path, engine: Engine) -> None:
        """Dagster's empty tables; those that it made for one new file serve for the next."""
        is_new = not path.exists()
        if is_new and self._empty:
            _put_new(path, self._empty)
            return
        self._initdb(engine)
        if is_new:
            engine.dispose()  # the last connection to close leaves all of it in the one file
            is_whole = not path.with_name(f"{path.name}-wal").exists()
            self._empty = path.read_bytes() if is_whole else b""

    def close(self) -> None:
        """Close what is held open; the next use opens it again."""
        while self._held:
            self._held.popitem()[1].engine.dispose()

    def dispose(self) -> None:
        """Close everything, at the end of the instance."""
        with self._db_lock:
            self.close()
        super().dispose()


def _sync_seldom(connection: Any, _record: Any) -> None:
    """What is committed outlives the process; without power the last events may be lost."""
    connection.execute("pragma synchronous = normal")


def _put_new(path: Path, content: bytes) -> None:
    """A whole file, or the one that another process put there meanwhile."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    draft.write_bytes(content)
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink(missing_ok=True)


def _inode(path: str) -> int:
    try:
        return os.stat(path).st_ino  # noqa: PTH116 - on the way of every event
    except FileNotFoundError:
        return 0


_LOGS: weakref.WeakSet[HeldEventLog] = weakref.WeakSet()
_FORK = threading.Lock()
_FORKING: list[ExitStack] = []
"""What is locked while a process forks: one entry at most."""


def _before_fork() -> None:
    stack = ExitStack()
    stack.enter_context(_FORK)
    _FORKING.append(stack)
    for log in sorted(_LOGS, key=id):
        stack.enter_context(log._db_lock)
        log.close()


def _after_fork() -> None:
    _FORKING.pop().close()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
