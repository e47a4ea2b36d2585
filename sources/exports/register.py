"""The register of imported files: what came in when, known again by its content."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.errors import InputError
from sources.exports.imports import ImportSummary
from sources.exports.request import files_under
from storage.ledger import imports
from storage.ledger.database import Ledger
from storage.ledger.imports import ImportedFile

SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True, slots=True)
class Register:
    """The files of one import, of one account in one format, by their SHA-256."""

    format: str
    account: str
    hashes: dict[Path, str]

    @classmethod
    def of(cls, format: str, account: str, paths: Sequence[Path]) -> "Register":
        """Read the files through once; raises InputError where one cannot be read."""
        return cls(
            format, account, {path: _digest(path) for path in files_under(paths, suffixes=SUFFIXES)}
        )

    def earlier(self, ledger: Ledger) -> list[ImportedFile]:
        """Those that were imported before, as they were then."""
        with ledger.reading() as connection:
            found = [
                imports.seen(connection, sha256=each, format=self.format, account=self.account)
                for each in self.hashes.values()
            ]
        return [file for file in found if file is not None]

    def came_in_whole(self, ledger: Ledger) -> bool:
        """Whether each of them was imported before, and no row of it was refused."""
        earlier = self.earlier(ledger)
        return len(earlier) == len(self.hashes) and not any(one.quarantined for one in earlier)

    def record(self, ledger: Ledger, summary: ImportSummary, *, now: datetime) -> None:
        """Keep that they came in, those that were read; what is known already stays as it is.

        Called once their rows are stored: where a crash comes between, the next import does it.
        """
        read = {file.name: file for file in summary.files}
        with ledger.transaction() as connection:
            for path, sha256 in self.hashes.items():
                if (file := read.get(path.name)) is None:
                    continue
                kept = ImportedFile(
                    sha256=sha256,
                    format=self.format,
                    account=self.account,
                    path=str(path),
                    rows=file.rows,
                    quarantined=file.quarantined,
                    imported_at=now,
                )
                imports.record(connection, kept)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}; mend its rights") from error
