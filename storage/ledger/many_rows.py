"""Many rows written in one statement: PostgreSQL takes them as one parameter, SQLite one by one."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]


def insert_all(
    connection: sa.Connection,
    table: sa.Table,
    rows: Sequence[Row],
    *,
    skip_taken: bool = True,
    sharing: int | None = None,
) -> None:
    """Insert rows with the columns of the first, in their order.

    Args:
        connection: a write transaction.
        table: where they go.
        rows: values by column.
        skip_taken: leave out those whose unique key is taken, which is an error otherwise.
        sharing: an advisory lock that the transaction shares from before the first row is made
            (PostgreSQL; SQLite has one writer).
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        statement = insertion(table, tuple(rows[0]), skip_taken, sharing)
        connection.execute(statement, {"rows": as_json(rows)})
    else:
        connection.execute(_insert_each(table, skip_taken), [*rows])


def update_all(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Row], *, key: tuple[str, ...]
) -> None:
    """Set in each row with that key the other columns; all rows name the same columns."""
    if not rows:
        return
    names = tuple(rows[0])
    if connection.dialect.name == "postgresql":
        statement = _update_set(table, names, key)
        connection.execute(statement, {"rows": as_json(rows)})
    else:
        values = [{f"new_{name}": value for name, value in row.items()} for row in rows]
        connection.execute(_update_each(table, names, key), values)


def as_json(rows: Sequence[Row]) -> str:
    """Rows as the one parameter of a statement; raises TypeError, ValueError for other data."""
    return json.dumps(rows, default=_instant, separators=(",", ":"))


def _instant(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is neither JSON data nor an instant")
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone; pass an aware datetime")
    return value.astimezone(UTC).isoformat()


def _each(table: sa.Table, names: tuple[str, ...]) -> sa.TableValuedAlias:
    """The rows of the parameter `rows`, each column of its table's type."""
    given = sa.cast(sa.bindparam("rows", type_=sa.Text), postgresql.JSON)
    columns = [sa.column(name, table.c[name].type) for name in names]
    each = sa.func.json_to_recordset(given).table_valued(*columns)
    return each.render_derived(name="each", with_types=True)


@cache
def insertion(
    table: sa.Table, names: tuple[str, ...], skip_taken: bool, sharing: int | None
) -> Any:
    """PostgreSQL's statement that inserts the rows of the parameter `rows` (`as_json`)."""
    each = _each(table, names)
    rows = sa.select(*(each.c[name] for name in names))
    if sharing is not None:
        # a row is made of both, so that its defaults (a position) come after the lock
        shared = sa.select(sa.func.pg_advisory_xact_lock_shared(sharing)).cte("shared")
        rows = rows.select_from(each.join(shared, sa.true()))
    statement = postgresql.insert(table).from_select(names, rows)
    return statement.on_conflict_do_nothing() if skip_taken else statement


@cache
def _insert_each(table: sa.Table, skip_taken: bool) -> Any:
    statement = sqlite.insert(table)
    return statement.on_conflict_do_nothing() if skip_taken else statement


@cache
def _update_set(table: sa.Table, names: tuple[str, ...], key: tuple[str, ...]) -> Any:
    each = _each(table, names)
    fresh = {name: each.c[name] for name in names if name not in key}
    return table.update().where(*(table.c[one] == each.c[one] for one in key)).values(fresh)


@cache
def _update_each(table: sa.Table, names: tuple[str, ...], key: tuple[str, ...]) -> Any:
    bound = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    fresh = {name: bound[name] for name in names if name not in key}
    return table.update().where(*(table.c[one] == bound[one] for one in key)).values(fresh)
