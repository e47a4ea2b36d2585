"""A rehearsal remembers where it was, and keeps the terminal for what a person reads."""

import io
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from domain.errors import StoreError
from orchestration.progress import Progress
from orchestration.terminal import in_a_line

ROOT = Path(__file__).parents[2]
START = datetime(2026, 3, 2, 5, tzinfo=UTC)
DAY = timedelta(days=1)
NOISY = """
import os, subprocess, sys
from pathlib import Path
from domain.errors import StoreError
from orchestration.terminal import take_terminal
console = take_terminal(Path(sys.argv[1]))
console.print("on the way")
print("noise from a library")
subprocess.run(["echo", "noise from a child"])
sys.stderr.write("a warning" + os.linesep)
try:
    raise OSError(28, "No space left on device")
except OSError as exc:
    raise StoreError("the disk is full; free space") from exc
"""


def made(path, now=START, span=DAY):
    return Progress(path, now, span, console=Console(file=io.StringIO()))


@pytest.mark.parametrize(
    ("span", "planned"), [(1, [7]), (3, [1, 1, 5]), (7, [1] * 7), (9, [1] * 9)]
)
def test_the_last_morning_plans_the_rest_of_the_week(tmp_path, span, planned):
    progress = made(tmp_path / "rehearsal.json", span=span * DAY)
    assert planned == [progress.days_to_plan(START + day * DAY) for day in range(span)]


def test_work_that_is_done_is_not_done_again(tmp_path):
    done = []
    for _ in range(2):
        progress = made(tmp_path / "rehearsal.json")
        progress.work("history", "it comes in", lambda: done.append(1), once="history")
        progress.work("days", "they pass", lambda: done.append(2))
    assert [1, 2, 2] == done


def test_work_that_was_broken_off_is_done_again(tmp_path):
    def breaks():
        raise StoreError("killed; start again")

    with pytest.raises(StoreError):
        made(tmp_path / "rehearsal.json").work("history", "…", breaks, once="history")
    done = []
    made(tmp_path / "rehearsal.json").work("history", "…", lambda: done.append(1), once="history")
    assert [1] == done


def test_its_end_stays_where_it_was_whatever_a_later_try_asks_for(tmp_path):
    made(tmp_path / "rehearsal.json")
    again = made(tmp_path / "rehearsal.json", START + timedelta(hours=30), timedelta(days=9))
    assert START + DAY == again.ends_at


def test_only_progress_and_one_line_of_error_reach_the_terminal(tmp_path):
    log = tmp_path / "logs" / "demo.log"
    done = subprocess.run(
        [sys.executable, "-c", NOISY, str(log)], cwd=ROOT, capture_output=True, text=True
    )
    assert (1, "") == (done.returncode, done.stderr)
    assert ["on the way", "error: the disk is full; free space"] == done.stdout.splitlines()
    for words in ("noise from a library", "noise from a child", "a warning", "Traceback"):
        assert words in log.read_text()


def test_an_error_of_ours_beneath_a_librarys_is_the_one_that_is_told():
    ours = StoreError("the lake is full; free space")
    theirs = RuntimeError("step failed")
    theirs.__cause__ = ours
    assert "the lake is full; free space" == in_a_line(theirs)
    assert "ValueError: the disk is full" == in_a_line(
        ValueError("dbt failed\n\n  the disk is full")
    )


def test_an_error_that_came_from_itself_is_told_too():
    mistake = NameError("no such name")
    step = RuntimeError("step failed")
    step.__cause__, mistake.__context__ = mistake, step
    assert "NameError: no such name" == in_a_line(mistake)
