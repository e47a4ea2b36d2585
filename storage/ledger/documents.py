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
    connection.execute(_upsert(connection.dialect.name, table, key, (*values,)), values)


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
    statement = _upsert(connection.dialect.name, table, key, (*rows[0],))
    connection.execute(statement, list(rows))


@cache
def _insert(dialect: str, table: sa.Table) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing().returning(*table.primary_key)


@cache
def _upsert(dialect: str, table: sa.Table, key: tuple[str, ...], names: tuple[str, ...]) -> Any:
    statement = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
    others = {name: statement.excluded[name] for name in names if name not in key}
    return statement.on_conflict_do_update(index_elements=list(key), set_=others)
