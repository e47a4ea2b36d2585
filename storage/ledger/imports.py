"""Imported files in the ledger: by content, so that a second import is known as one."""

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa

from domain.events import DomainEvent, EventType
from storage.ledger import events
from storage.ledger.documents import insert_new
from storage.ledger.tables import imports


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """One imported file; `rows` went in, `quarantined` were set aside."""

    sha256: str
    format: str
    account: str
    path: str
    rows: int
    quarantined: int
    imported_at: datetime


def record(connection: sa.Connection, file: ImportedFile) -> bool:
    """Keep that a file was imported; returns False where it is known already."""
    is_new = insert_new(connection, imports, **asdict(file))
    if is_new:
        payload = asdict(file) | {"imported_at": file.imported_at.isoformat()}
        events.append(
            connection,
            DomainEvent(
                type=EventType.HISTORY_IMPORTED,
                occurred_at=file.imported_at,
                correlation=file.sha256,
                actor="import",
                payload=payload,
            ),
        )
    return is_new


def seen(
    connection: sa.Connection,
    *,
    sha256: str,
    format: str,
    account: str,
) -> ImportedFile | None:
    """The earlier import of the same content for the same account; None where it is new."""
    query = sa.select(imports).where(
        imports.c.sha256 == sha256, imports.c.format == format, imports.c.account == account
    )
    row = connection.execute(query).mappings().one_or_none()
    return ImportedFile(**row) if row else None


def newest(connection: sa.Connection) -> tuple[int, ImportedFile | None]:
    """How many files were imported, and the one that came in last."""
    query = sa.select(imports).order_by(imports.c.imported_at.desc(), imports.c.path.desc())
    row = connection.execute(query.limit(1)).mappings().one_or_none()
    count = connection.scalar(sa.select(sa.func.count()).select_from(imports)) or 0
    return count, ImportedFile(**row) if row else None
