"""Entities as documents in a column, and inserts that leave an existing row alone."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from domain.entity import Entity


def to_document(entity: Entity) -> dict[str, Any]:
    """The entity as JSON data."""
    return entity.model_dump(mode="json")


def insert_new(connection: sa.Connection, table: sa.Table, **values: Any) -> bool:
    """Insert one row unless a unique key is taken; returns whether it was inserted."""
    # the row count of such an insert is not reliable on every driver; what it returns is
    statement = _insert(connection.dialect.name, table)
    return connection.execute(statement, values).first() is not None


def upsert(
    connection: sa.Connection, table: sa.Table, *, key: tuple[str, ...], **values: Any
) -> None:
    """Insert one row, or replace the other columns of the row with the same key."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    others = {name: value for name, value in values.items() if name not in key}
    connection.execute(
        dialect.insert(table)
        .values(**values)
        .on_conflict_do_update(index_elements=list(key), set_=others)
    )


def replace_all(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: tuple[str, ...],
) -> None:
    """Insert many rows in one round, each replacing the row with the same key."""
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(table)
    others = {name: statement.excluded[name] for name in rows[0] if name not in key}
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(key), set_=others), list(rows)
    )


@cache
def _insert(dialect: str, table: sa.Table) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing().returning(*table.primary_key)
