"""One process at a time on a folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.errors import StoreError


@contextmanager
def only_one(folder: Path, *, what: str) -> Iterator[None]:
    """Hold the folder's lock; it falls with the process, however that ends.

    Raises:
        StoreError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise StoreError(
                f"{what} is running on {folder} already; wait for it, stop it, or name another "
                "folder with --home"
            ) from exc
        yield
