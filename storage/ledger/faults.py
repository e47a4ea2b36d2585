"""What a database says when it refuses, said once more with the remedy."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from domain.errors import StoreError

REMEDIES = (
    ("disk is full", "the disk is full", "free some space and start again"),
    ("no space left", "the disk is full", "free some space and start again"),
    ("diskfull", "the disk is full", "free some space and start again"),
    ("readonly", "it is read-only", "give this user the right to write there"),
    ("read-only", "it is read-only", "give this user the right to write there"),
    ("locked", "another program holds it", "end that program or wait, then start again"),
    ("unable to open", "it cannot be opened", "check that the folder exists and can be written"),
    ("not a database", "the file is no SQLite database", "move it away or restore a backup"),
    ("malformed", "the file is damaged", "restore a backup"),
    ("disk i/o error", "the disk failed", "check the disk, then restore a backup if need be"),
    ("deadlock", "two writers met", "start again: nothing was written"),
    ("connection", "it cannot be reached", "start PostgreSQL and check the ledger's URL"),
)


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn the database's own refusals into StoreError; mistakes of ours pass as they are."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InternalError, sa.exc.NotSupportedError) as exc:
        raise _store_error(name, exc) from exc
    except sa.exc.DatabaseError as exc:
        if isinstance(exc, (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.DataError)):
            raise
        raise _store_error(name, exc) from exc


def _store_error(name: str, exc: sa.exc.DBAPIError) -> StoreError:
    said = f"{type(exc.orig).__name__}: {exc.orig}"
    for sign, what, remedy in REMEDIES:
        if sign in said.lower():
            return StoreError(f"the ledger {name} refused: {what} ({_short(exc)}); {remedy}")
    return StoreError(
        f"the ledger {name} refused: {_short(exc)}; run `amsel doctor` to see what is wrong"
    )


def _short(exc: sa.exc.DBAPIError) -> str:
    return str(exc.orig).strip().splitlines()[0][:200] if str(exc.orig).strip() else "no reason"
