"""A process that ends with the one that started it, however that one ended."""

import fcntl
import os
import select
import signal


def end_with_parent() -> None:
    """From now on, end this process and all that it started as soon as standard input closes.

    The parent holds the other end of that pipe and writes nothing. The system closes it even
    after `kill -9`, and then signals the process group: no thread that waits for its turn, no
    polling. The process must lead a process group of its own (`process_group=0`).
    """
    fcntl.fcntl(0, fcntl.F_SETOWN, -os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, os.O_ASYNC)  # SIGIO ends whoever does not handle it
    if select.select([0], [], [], 0)[0]:
        os.killpg(os.getpid(), signal.SIGKILL)  # it was closed before
