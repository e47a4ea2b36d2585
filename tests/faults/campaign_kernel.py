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
NEW_MOUNTS, NEW_USERS, RECURSIVE, PRIVATE = 0x20000, 0x10000000, 0x4000, 0x40000
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


def fail_data_syncs():
    """From here on the disk answers one of the two kinds of sync with an input/output error."""
    _refuse(("fdatasync",), errno.EIO)


def mount_small(folder, size):
    """Let this process alone see an empty disk of so many bytes there. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.geteuid(), os.getegid()
    apart = NEW_MOUNTS if user == 0 else NEW_MOUNTS | NEW_USERS
    _checked(libc.unshare(apart))
    if user:
        for name, words in (("setgroups", "deny"), ("uid_map", f"0 {user} 1")):
            _write(f"/proc/self/{name}", words)
        _write("/proc/self/gid_map", f"0 {group} 1")
    _checked(libc.mount(b"none", b"/", None, RECURSIVE | PRIVATE, None))
    given = (b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={size}".encode())
    _checked(libc.mount(*given))


def can_mount():
    """Whether this user may give a process a disk of its own: asked of a process that ends."""
    if platform.system() != "Linux":
        return False
    child = os.fork()
    if child == 0:
        try:
            mount_small("/tmp", 4096)  # noqa: S108 - nobody else sees it
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _write(path, words):
    with open(path, "w", encoding="ascii") as file:  # noqa: PTH123 - it is no real file
        file.write(words)


def _checked(code):
    if code:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


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
    _checked(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _checked(libc.syscall(numbers["seccomp"], SET_FILTER, ALL_THREADS, ctypes.byref(program)))
