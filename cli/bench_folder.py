"""The folder that a benchmark works in: gone when it is over, named when it broke off."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

PREFIX = "amsel-bench-"
_LOCK = ".lock"


@contextmanager
def bench_folder(base: Path | None = None) -> Iterator[Path]:
    """An empty folder of this benchmark's own, below `base` or where temporary files go.

    Where the benchmark breaks off, the folder stays to be looked into until the next one, which
    removes whatever ended ones left, the killed as well.
    """
    home = base or Path(tempfile.gettempdir())
    for left in home.glob(f"{PREFIX}*"):
        _remove_if_ended(left)
    bare = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=home))
    with (bare / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # only what is locked already has the name that others look for
        folder = bare.rename(bare.with_name(bare.name.removeprefix(".")))
        try:
            yield folder
        except BaseException:
            typer.echo(f"what it worked on is left in {folder} until the next benchmark", err=True)
            raise
        shutil.rmtree(folder, ignore_errors=True)


def _remove_if_ended(folder: Path) -> None:
    try:
        with (folder / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return  # its benchmark runs, it is another user's, or it has no lock yet
