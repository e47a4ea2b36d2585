"""Looking at processes from outside: who is alive, and whom a process has started."""

import os
import subprocess
import time
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Whether a process runs; an orphan that ended and nobody has waited for yet does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def assert_gone(*pids: int, within: float = 2.0) -> None:
    """Wait until all have ended; fails where one lives on."""
    give_up_at = time.monotonic() + within
    while living := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < give_up_at, f"{living} live on"
        time.sleep(0.02)


def descendants(pid: int) -> list[int]:
    """All that a process has started, and what those have."""
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True)
    pairs = [tuple(map(int, line.split())) for line in listing.stdout.splitlines()]
    found = [pid]
    for parent in found:
        found += [child for child, its_parent in pairs if its_parent == parent]
    return found[1:]
