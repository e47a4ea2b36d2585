"""What a worker has asked platforms for: in a file that outlives it, but not the machine.

The ledger knows from the intent on that a post *may* be public. Whether its first request was ever
begun only the worker knew, and a worker that was killed can be asked no more. So it writes each
attempt down before the request, in a file of its own: it waits for no disk, for the kernel keeps
what was written when the process dies. Where that process has certainly ended on this very boot of
the machine, an attempt that its diary does not name has asked for nothing.
"""

import errno
import os
import stat
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from domain.errors import StoreError
from publishing.workers import is_gone

PREFIX = "amsel-worker-"
MOST = 50_000
DAY = 86_400
KEPT = 30 * DAY
"""Whoever wrote a diary that was last touched so long before: nothing hangs on it any more."""
EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """What a diary tells: every attempt since an instant whose first request was begun."""

    since: datetime
    asked: frozenset[str]

    def proves_unasked(self, delivery_id: str, attempt: int, started_at: datetime) -> bool:
        """Whether this attempt of the diary's worker has certainly asked for nothing."""
        return started_at > self.since and _entry(delivery_id, attempt) not in self.asked


class Diary:
    """A worker's own diary. Where it cannot be kept there is none, and nobody draws conclusions.

    Args:
        owner: the worker's name.
        most: attempts in one file; then it is begun anew.
    """

    def __init__(self, owner: str, *, most: int = MOST) -> None:
        self._most = most
        self._owner, self._path = owner, _place(owner)
        self._turn = threading.Lock()
        self._file: int | None = None
        self._is_lost = False
        self._notes, self._latest = 0, EVER

    def begin(self) -> None:
        """Lay it down, if it is not there yet: before the worker's first intent."""
        with self._turn:
            if self._file is None:
                self._try(self._renew)
                _sweep(self._path)

    def note(self, delivery_id: str, attempt: int, started_at: datetime) -> None:
        """Write down that this attempt's first request comes now.

        Raises:
            StoreError: it can neither be written nor taken away; nothing may be asked for.
        """
        with self._turn:
            self._try(lambda: self._write(_entry(delivery_id, attempt), started_at))

    def close(self) -> None:
        """Take it away: the worker has come to its end by itself."""
        with self._turn:
            self._drop()

    def _try(self, act: Callable[[], object]) -> None:
        if self._is_lost:
            return
        try:
            act()
        except OSError:
            self._drop()

    def _write(self, entry: str, started_at: datetime) -> None:
        file = self._file
        if file is None or self._notes >= self._most:
            file = self._renew()
        _write(file, f"\n{entry}\n")  # what was cut off before it spoils no other line
        self._notes, self._latest = self._notes + 1, max(self._latest, started_at)

    def _renew(self) -> int:
        """An empty diary in the place of the old one: whose, and after which instant it begins."""
        fresh = self._path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        _write(file, f"{self._latest.isoformat()} {self._owner}")
        fresh.replace(self._path)
        if self._file is not None:
            os.close(self._file)
        self._file, self._notes = file, 0
        return file

    def _drop(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
        except OSError as exc:
            raise StoreError(
                f"{self._path} can neither be written nor removed ({exc.strerror}); remove it"
            ) from exc
        self._is_lost = True
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _write(file: int, words: str) -> None:
    content = words.encode("utf-8", "replace")
    if os.write(file, content) != len(content):
        raise OSError(errno.ENOSPC, "there is no room for all of it")


def read(owner: str) -> Told | None:
    """What the diary of a worker tells that has certainly ended; None where there is none."""
    path = _place(owner)
    try:
        state = path.lstat()
        if not stat.S_ISREG(state.st_mode) or state.st_uid != os.geteuid():
            return None
        head, *asked = path.read_text("utf-8").split("\n")
        return Told(datetime.fromisoformat(head.partition(" ")[0]), frozenset(asked))
    except (OSError, ValueError):
        return None


def forget(owner: str) -> None:
    """Remove the diary of a worker that holds nothing any more; another user's stays."""
    with suppress(OSError):
        _place(owner).unlink(missing_ok=True)


def _sweep(own: Path) -> None:
    """Remove what workers left that have certainly ended a day or more before `own` began.

    Some may have held something in another ledger that nobody went on with: that is looked up
    then, as after every loss of a diary. A worker that lives keeps its own.
    """
    with suppress(OSError):
        began = own.stat().st_mtime
        for path in own.parent.glob(f"{PREFIX}*"):
            with suppress(OSError):
                state = path.lstat()
                is_old = stat.S_ISREG(state.st_mode) and began - state.st_mtime > DAY
                if is_old and (began - state.st_mtime > KEPT or is_gone(_owner(path))):
                    path.unlink()


def _owner(path: Path) -> str:
    """Whose diary it is; empty where it does not say."""
    with path.open("r", encoding="utf-8", errors="replace") as file:
        return file.readline().rstrip("\n").partition(" ")[2]


def _place(owner: str) -> Path:
    name = sha256(owner.encode()).hexdigest()[:32]
    return Path(tempfile.gettempdir()) / f"{PREFIX}{name}"


def _entry(delivery_id: str, attempt: int) -> str:
    return f"{delivery_id}:{attempt}"
