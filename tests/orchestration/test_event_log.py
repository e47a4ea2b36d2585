"""The event log that holds its files open agrees with Dagster's class and with other processes."""

import multiprocessing
import subprocess
import sys
from pathlib import Path
from time import time

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, DagsterEventType, EngineEventData
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.utils import make_new_run_id

from orchestration import event_log
from orchestration.event_log import HELD_OPEN, HeldEventLog
from runtime.dagster_home import prepare_home
from runtime.settings import CHECKOUT, Settings

RUN = make_new_run_id()


def entry(message: str, run: str = RUN) -> EventLogEntry:
    event = DagsterEvent(
        event_type_value=DagsterEventType.ENGINE_EVENT.value,
        job_name="day",
        event_specific_data=EngineEventData(),
        message=message,
    )
    return EventLogEntry(
        error_info=None,
        user_message=message,
        level=20,
        run_id=run,
        timestamp=time(),
        job_name="day",
        dagster_event=event,
    )


def messages(log: SqliteEventLogStorage, run: str = RUN) -> list[str]:
    return [each.user_message for each in log.get_logs_for_run(run)]


def write_many(folder: str, name: str, run: str, count: int = 50) -> None:
    log = HeldEventLog(folder)
    for number in range(count):
        log.store_event(entry(f"{name} {number}", run))
    log.dispose()


def open_files(folder: Path) -> set[str]:
    links = [link.readlink() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return {link.name for link in links if link.parent == folder and link.suffix == ".db"}


@pytest.fixture
def log(tmp_path):
    held = HeldEventLog(str(tmp_path))
    yield held
    held.dispose()


@dg.asset
def morning() -> None:
    """Nothing; it only leaves a run behind."""


def test_dagsters_own_class_reads_what_is_held_open(tmp_path, log):
    log.store_event(entry("from us"))

    assert messages(SqliteEventLogStorage(str(tmp_path))) == ["from us"]


def test_what_dagsters_own_class_writes_meanwhile_is_read(tmp_path, log):
    log.store_event(entry("from us"))

    SqliteEventLogStorage(str(tmp_path)).store_event(entry("from Dagster"))

    assert messages(log) == ["from us", "from Dagster"]


def test_a_whole_run_reads_the_same_through_dagsters_own_class(tmp_path, monkeypatch):
    home = prepare_home(Settings(home=tmp_path), environment={})
    monkeypatch.setenv("DAGSTER_HOME", str(home))

    with dg.DagsterInstance.get() as instance:
        run = dg.materialize([morning], instance=instance).dagster_run.run_id
        written = [each.message for each in instance.all_logs(run)]

    plain = SqliteEventLogStorage(str(home / "history" / "runs"))
    assert "PIPELINE_SUCCESS" in [
        each.dagster_event_type.value for each in plain.get_logs_for_run(run)
    ]
    assert [each.message for each in plain.get_logs_for_run(run)] == written


def test_a_history_that_dagsters_own_class_left_is_taken_over(tmp_path, monkeypatch):
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as plain:
        assert type(plain.event_log_storage) is SqliteEventLogStorage
        plain.event_log_storage.store_event(entry("of old"))
    home = prepare_home(Settings(home=tmp_path), environment={})
    monkeypatch.setenv("DAGSTER_HOME", str(home))

    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, HeldEventLog)
        assert messages(instance.event_log_storage) == ["of old"]


def test_two_processes_that_write_at_once_lose_nothing(tmp_path, log):
    log.store_event(entry("first"))
    program = "import sys; from test_event_log import write_many; write_many(*sys.argv[1:4])"
    others = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path), name, RUN],
            cwd=CHECKOUT,
            env={"PYTHONPATH": f"{CHECKOUT}:{Path(__file__).parent}", "PATH": ""},
        )
        for name in ("one", "two")
    ]
    codes = [other.wait(timeout=120) for other in others]

    assert codes == [0, 0]
    expected = {"first", *(f"{n} {i}" for n in ("one", "two") for i in range(50))}
    assert set(messages(log)) == expected
    assert len(messages(log)) == 101


def test_forked_workers_and_their_parent_write_the_same_run(log):
    log.store_event(entry("first"))
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_in_a_fork, args=(log, f"fork {n}")) for n in range(3)]
    for worker in workers:
        worker.start()
        log.store_event(entry("parent"))
    for worker in workers:
        worker.join(60)

    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    expected = ["first", *["parent"] * 3, *(f"fork {n}" for n in range(3) for _ in range(50))]
    assert sorted(messages(log)) == sorted(expected)


def _in_a_fork(log: HeldEventLog, name: str) -> None:
    for _ in range(50):
        log.store_event(entry(name))
    log.dispose()


def test_nothing_is_open_across_a_fork(tmp_path, log):
    log.store_event(entry("first"))
    assert open_files(tmp_path) == {f"{RUN}.db", "index.db"}

    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    child = fork.Process(target=lambda: sender.send(open_files(tmp_path)))
    child.start()
    inherited = receiver.recv()
    child.join(60)

    assert inherited == set()


def test_no_more_files_are_open_than_are_allowed(tmp_path, log):
    runs = [make_new_run_id() for _ in range(HELD_OPEN + 5)]
    for run in runs:
        log.store_event(entry("of one run", run))

    assert len(open_files(tmp_path)) == HELD_OPEN
    assert [messages(log, run) for run in runs] == [["of one run"]] * len(runs)


def test_a_file_that_was_put_in_the_place_of_another_is_noticed(tmp_path, log):
    log.store_event(entry("old"))
    for file in tmp_path.glob(f"{RUN}.db*"):
        file.unlink()

    SqliteEventLogStorage(str(tmp_path)).store_event(entry("new"))

    assert messages(log) == ["new"]


def test_a_run_that_another_process_began_meanwhile_keeps_what_it_has(tmp_path, log):
    log.store_event(entry("of one run", make_new_run_id()))
    shared = make_new_run_id()
    SqliteEventLogStorage(str(tmp_path)).store_event(entry("theirs", shared))

    event_log._put_new(Path(log.path_for_shard(shared)), log._empty)
    log.store_event(entry("ours", shared))

    assert log._empty
    assert messages(log, shared) == ["theirs", "ours"]


def test_after_the_end_of_the_instance_no_file_is_open(tmp_path, log):
    log.store_event(entry("first"))

    log.dispose()

    assert open_files(tmp_path) == set()


def test_dagsters_class_still_has_what_ours_overrides_and_calls(tmp_path):
    """A Dagster that renames one of these would go past our class, or break it, without a word."""
    plain = SqliteEventLogStorage(str(tmp_path))

    assert {"_connect", "_initdb", "path_for_shard", "conn_string_for_shard", "dispose"} <= set(
        vars(SqliteEventLogStorage)
    )
    assert {"_db_lock", "_initialized_dbs"} <= set(vars(plain))
