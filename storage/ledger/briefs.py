"""Briefs in the ledger: written once, so that a draft can always be traced to its order."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.writing import Brief
from storage.ledger.documents import insert_new, to_document
from storage.ledger.tables import briefs


def save(connection: Connection, brief: Brief, *, now: datetime) -> bool:
    """Keep a brief under its id; False where it is there already (the first one stays)."""
    row = {"id": brief.id, "brand": brief.brand, "document": to_document(brief)}
    return insert_new(connection, briefs, **row, created_at=now)


def load(connection: Connection, brief_id: str) -> Brief | None:
    """The brief of that id, or None."""
    document = connection.scalar(sa.select(briefs.c.document).where(briefs.c.id == brief_id))
    return Brief.model_validate(document) if document is not None else None


def load_all(connection: Connection, ids: Collection[str]) -> dict[str, Brief]:
    """Those of the briefs that there are, by id."""
    rows = connection.scalars(sa.select(briefs.c.document).where(briefs.c.id.in_(ids)))
    found = (Brief.model_validate(document) for document in rows)
    return {brief.id: brief for brief in found}
