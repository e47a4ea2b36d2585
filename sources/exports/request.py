"""What is asked of an import, apart from the files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.errors import InputError
from domain.platforms import Platform

YOUNGER = "lies after the time at which the counts were taken (observed-at)"
"""Why a row is refused whose post came out after it was counted."""


@dataclass(frozen=True, slots=True)
class Request:
    """Whose files these are and when they are read.

    Attributes:
        account: `platform:handle`; None takes the accounts as the file names them.
        brand: the brand's name.
        now: the present instant; what lies after it is refused.
        observed_at: when the counts were taken, where the file does not say.
    """

    account: str | None
    brand: str
    now: datetime
    observed_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse accounts of unknown platforms and times that cannot be."""
        platform, _, handle = (self.account or "x:any").partition(":")
        if platform not in list(Platform) or not handle:
            raise InputError(
                f"account {self.account!r} is not platform:handle; write one like x:northloom"
            )
        if self.observed_at and self.observed_at.tzinfo is None:
            raise InputError("observed-at has no time zone; write one like 2026-03-02T10:00:00Z")
        if self.observed_at and self.observed_at > self.now:
            raise InputError(
                f"observed-at {self.observed_at.isoformat()} is in the future; "
                "give the time at which the file was exported"
            )


def files_under(paths: Sequence[Path], *, suffixes: tuple[str, ...]) -> list[Path]:
    """The files that are meant: folders stand for the files in them that end like `suffixes`.

    Raises:
        InputError: a path is missing, or there is no such file in a folder, or no path at all.
    """
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"{path} does not exist; check the path")
        inside = sorted(f for f in path.iterdir() if f.suffix in suffixes) if path.is_dir() else []
        if path.is_dir() and not inside:
            raise InputError(f"{path} holds no {' or '.join(suffixes)} file; name the files")
        files.extend(inside or [path])
    if not files:
        raise InputError("no file was named; give at least one path")
    return list(dict.fromkeys(files))
