"""A worker's diary: it never calls unasked what may have been asked for."""

import os
import resource
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publishing import diary
from publishing.diary import Diary
from publishing.workers import worker_name

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OWNER = f"a worker of process {os.getpid()}"


@pytest.fixture
def mine():
    kept = Diary(OWNER)
    kept.begin()
    yield kept
    kept.close()
    diary.forget(OWNER)


def test_it_tells_apart_what_was_asked_for_and_what_was_not(mine):
    mine.note("one", 1, NOON)
    mine.note("two", 3, NOON)

    told = diary.read(OWNER)

    assert not told.proves_unasked("one", 1, NOON)
    assert not told.proves_unasked("two", 3, NOON)
    assert told.proves_unasked("one", 2, NOON)
    assert told.proves_unasked("three", 1, NOON)


def test_what_is_written_there_survives_kill_9():
    program = f"""
import os, signal
from datetime import UTC, datetime
from publishing.diary import Diary
mine = Diary({OWNER!r})
mine.begin()
mine.note('one', 1, datetime.now(UTC))
os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2])

    told = diary.read(OWNER)
    diary.forget(OWNER)

    assert -signal.SIGKILL == ended.returncode
    assert not told.proves_unasked("one", 1, datetime.now(UTC))
    assert told.proves_unasked("two", 1, datetime.now(UTC))


def test_one_that_was_begun_anew_proves_nothing_of_the_time_before():
    mine = Diary(OWNER, most=2)
    mine.begin()
    for number in range(3):
        mine.note("early", number, NOON + timedelta(seconds=number))

    told = diary.read(OWNER)
    mine.close()

    assert not told.proves_unasked("early", 0, NOON)
    assert not told.proves_unasked("never", 1, NOON + timedelta(seconds=1))
    assert not told.proves_unasked("early", 2, NOON + timedelta(seconds=2))
    assert told.proves_unasked("never", 1, NOON + timedelta(seconds=3))


def test_one_that_cannot_be_written_is_taken_away(mine):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30, before[1]))
    try:
        mine.note("one", 1, NOON)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    mine.note("two", 1, NOON)

    assert diary.read(OWNER) is None


def test_a_worker_that_ends_by_itself_leaves_none(mine):
    mine.close()
    assert diary.read(OWNER) is None


def left_by_a_killed_worker(age: timedelta) -> str:
    """The name of a worker that was killed; its diary was last touched so long ago."""
    program = """
import os, signal
from publishing.diary import Diary
from publishing.workers import worker_name
name = worker_name()
Diary(name).begin()
print(name, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    name = told.stdout.strip()
    made_older(name, age)
    return name


def made_older(name: str, age: timedelta) -> None:
    path = diary._place(name)
    at = path.stat().st_mtime - age.total_seconds()
    os.utime(path, (at, at))


def test_the_next_worker_sweeps_what_killed_ones_left_a_day_ago():
    old, fresh = (left_by_a_killed_worker(timedelta(hours=hours)) for hours in (25, 23))
    living = Diary(worker_name())
    living.begin()
    made_older(living._owner, timedelta(days=3))

    Diary(OWNER).begin()
    left = [diary.read(name) is not None for name in (old, fresh, living._owner)]
    for name in (fresh, living._owner, OWNER):
        diary.forget(name)

    assert [False, True, True] == left
