"""One process at a time on a folder."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import StoreError

_PAUSE = 0.05


@contextmanager
def only_one(folder: Path, *, what: str, patience: float = 0) -> Iterator[int]:
    """Hold the folder's lock and yield its descriptor; it falls with the process, however it ends.

    A child that is handed the descriptor (`pass_fds`) holds the lock as well: it falls with the
    last of them. `patience` is how many seconds to wait for those before who are just ending.

    Raises:
        StoreError: another process holds it, or the disk refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("w")
    except OSError as exc:
        raise StoreError(
            f"cannot write {folder}: {exc.strerror}; free space or mend the folder's rights"
        ) from exc
    with file:
        give_up_at = time.monotonic() + patience
        while not _taken(file.fileno()):
            if time.monotonic() >= give_up_at:
                raise StoreError(
                    f"{what} is running on {folder} already; wait for it, stop it, or name another "
                    "folder with --home"
                )
            time.sleep(_PAUSE)
        yield file.fileno()


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
