"""A process that ends with the one that started it, however that one ended."""

import os
import signal
import threading


def end_with_parent() -> None:
    """From now on, end this process and all that it started as soon as standard input closes.

    The parent holds the other end of that pipe, and the system closes it even after `kill -9`:
    nothing to poll, and no race with a parent that has died already. The process must lead a
    process group of its own (`process_group=0`), which ends with it.
    """
    line = os.dup(0)
    # what this process starts shall not sit on the line
    with open(os.devnull) as nothing:  # noqa: PTH123 - a device
        os.dup2(nothing.fileno(), 0)
    threading.Thread(target=_hold, args=(line,), name="lifeline", daemon=True).start()


def _hold(line: int) -> None:
    while os.read(line, 1024):
        pass
    os.killpg(os.getpid(), signal.SIGKILL)
