"""The parts of one demo end together, and a folder is played by one demo at a time."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.demo import alone_on
from domain.errors import StoreError
from runtime.locks import only_one
from sandbox import process
from tests.processes import assert_gone, is_alive

ROOT = Path(__file__).parents[2]
SANDBOX_AND_PAUSE = """
import sys, time
from pathlib import Path
from sandbox.process import start
print(start(Path(sys.argv[1])).pid, flush=True)
time.sleep(60)
"""
CHILD = """
import subprocess, sys, time
from runtime.lifeline import end_with_parent
end_with_parent()
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(grandchild.pid, flush=True)
sum(range(10**10))  # no other thread comes to its turn
"""
PARENT = """
import subprocess, sys, time
child = subprocess.Popen(
    [sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE, process_group=0
)
print(child.pid, flush=True)
time.sleep(60)
"""
HOLDER = """
import sys, time
from pathlib import Path
from runtime.locks import only_one
with only_one(Path(sys.argv[1]), what="a demo"):
    print("held", flush=True)
    time.sleep(60)
"""


def run(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def kill(parent):
    parent.send_signal(signal.SIGKILL)
    parent.wait()


def test_a_sandbox_ends_when_its_parent_is_killed(tmp_path):
    with run(SANDBOX_AND_PAUSE, tmp_path) as parent:
        sandbox = int(parent.stdout.readline())
        assert is_alive(sandbox)
        kill(parent)
    assert_gone(sandbox)
    with process.start(tmp_path) as again:
        assert process.is_healthy(again.port)


def test_what_plays_the_days_ends_with_all_it_started_when_its_parent_is_killed():
    with run(PARENT, CHILD) as parent:
        pids = [int(parent.stdout.readline()) for _ in range(2)]
        assert all(map(is_alive, pids))
        kill(parent)
    assert_gone(*pids)


def test_a_second_demo_on_the_same_folder_is_refused_until_the_first_is_gone(tmp_path):
    with run(HOLDER, tmp_path / ".demo") as first:
        assert "held\n" == first.stdout.readline()
        command = [sys.executable, "-c", "from cli.main import run; run()", "demo", "--home"]
        second = subprocess.run(
            [*command, str(tmp_path / "demo")], cwd=ROOT, capture_output=True, text=True
        )
        assert 1 == second.returncode
        assert "is running on" in second.stderr
        assert 1 == len(second.stderr.splitlines())
        kill(first)
    with alone_on(tmp_path / "demo", what="a demo"):
        pass


def test_a_lock_falls_with_the_last_of_those_who_hold_it(tmp_path):
    with only_one(tmp_path, what="a demo") as lock:
        nap = [sys.executable, "-c", "import time; time.sleep(1.5)"]
        heir = subprocess.Popen(nap, pass_fds=(lock,))
    with pytest.raises(StoreError, match="is running"), only_one(tmp_path, what="a demo"):
        pass
    with only_one(tmp_path, what="a demo", patience=30):
        assert heir.wait() == 0


def test_a_demo_killed_while_it_starts_leaves_nothing_that_runs(tmp_path):
    code = "import sys; from cli.main import run; sys.argv[0] = 'amsel'; run()"
    with run(code, "demo", "--home", tmp_path / "demo") as parent:
        log = tmp_path / "demo" / "logs" / "demo.log"
        give_up_at = time.monotonic() + 60
        while not log.exists() and time.monotonic() < give_up_at:
            time.sleep(0.02)
        time.sleep(0.5)
        kill(parent)
    assert log.exists()
    with only_one(tmp_path / ".demo", what="a demo", patience=2):
        pass
