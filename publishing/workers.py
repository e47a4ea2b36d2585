"""Who a worker is, and whether it has certainly ended."""

import os
import re
import socket
from functools import cache
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

_NAME = re.compile(r".*:(?P<pid>\d+):(?P<kernel>[0-9a-f]{8})-(?P<started>\d+)-[0-9a-f]{8}")
_STARTED = 19  # proc(5), `stat`: the 22nd field, the 20th after the program's name


def worker_name() -> str:
    """A name for this process that no other has: host, process and a random part.

    On Linux it also says which kernel runs the process and when it was started.
    """
    kernel, part, pid = _kernel(), uuid4().hex[:8], os.getpid()
    told = f"{kernel}-{_own_start(pid)}-{part}" if kernel else part
    return f"{socket.gethostname()}:{pid}:{told}"


def is_gone(name: str) -> bool:
    """Whether the worker was a process of this very machine and is certainly no more.

    False where that cannot be told: another machine, another container, another system.
    """
    told = _NAME.fullmatch(name)
    if told is None or told["kernel"] != _kernel():
        return False
    pid = int(told["pid"])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # somebody else's: it lives, or its number was given away
    try:
        return _started(pid) != told["started"]
    except OSError:
        return False


@cache
def _kernel() -> str | None:
    """This boot of this machine and this space of process numbers; None where nobody says."""
    try:
        if Path("/proc/self").readlink().name != str(os.getpid()):
            return None  # it shows the processes of another space
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
        space = Path("/proc/self/ns/pid").readlink()
        return sha256(f"{boot}{space}".encode()).hexdigest()[:8]
    except OSError:
        return None


@cache
def _own_start(pid: int) -> str:
    """When this process was started; it has a name for each account and asks once."""
    return _started(pid)


def _started(pid: int) -> str:
    """When a process was started, in the kernel's ticks. Raises OSError where that is not told."""
    told = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
    return told.rpartition(")")[2].split()[_STARTED]
