"""What the kernel refuses a worker of the campaign from a point on: a sync, a write, memory.

The refusals of calls are a seccomp filter of the process itself, for all of its threads; it needs
no right and no library that is slipped under, and it cannot be taken back.
"""

import ctypes
import errno
import os
import platform
import resource
import signal
from contextlib import suppress

LOAD_NUMBER, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000
NO_NEW_PRIVILEGES, SET_FILTER, ALL_THREADS = 38, 1, 1
SIGNAL_AT_PARENTS_DEATH = 1
CALLS = {
    "x86_64": {"seccomp": 317, "pwrite64": 18, "fsync": 74, "fdatasync": 75},
    "aarch64": {"seccomp": 277, "pwrite64": 68, "fsync": 82, "fdatasync": 83},
}
SYNCS, WRITES = ("fsync", "fdatasync"), ("pwrite64",)
HOARD = []
"""What a process holds whose memory is over."""


class _Step(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("if_so", ctypes.c_uint8),
        ("if_not", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.POINTER(_Step)))


def is_able():
    """Whether calls can be refused on this machine."""
    return platform.system() == "Linux" and platform.machine() in CALLS


def die_with_parent():
    """Let this process be killed, even where it is stopped, once the one that forked it is gone."""
    if platform.system() == "Linux":
        ctypes.CDLL(None).prctl(SIGNAL_AT_PARENTS_DEATH, signal.SIGKILL, 0, 0, 0)


def fail_syncs():
    """From here on the disk answers a sync with an input/output error."""
    _refuse(SYNCS, errno.EIO)


def fail_writes():
    """From here on there is no space left for what is written at a place in a file."""
    _refuse(WRITES, errno.ENOSPC)


def end_memory():
    """From here on this process gets no memory: what it still has is taken, the rest refused."""
    with open("/proc/self/statm", encoding="ascii") as told:  # noqa: PTH123 - it is no real file
        pages = int(told.read().split()[0])
    most = pages * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
    for size in (2**20, 2**14, 2**10):
        with suppress(MemoryError):
            while True:
                HOARD.append(bytearray(size))


def _refuse(names, error):
    numbers = CALLS[platform.machine()]
    steps = [_Step(LOAD_NUMBER, 0, 0, 0)]
    for at, name in enumerate(names):
        steps.append(_Step(IF_EQUAL, len(names) - at, 0, numbers[name]))
    steps += [_Step(RETURN, 0, 0, ALLOW), _Step(RETURN, 0, 0, REFUSE | error)]
    program = _Program(len(steps), (_Step * len(steps))(*steps))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if libc.syscall(numbers["seccomp"], SET_FILTER, ALL_THREADS, ctypes.byref(program)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
