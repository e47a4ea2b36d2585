"""Many texts as one parameter of a query, however many they are."""

import json
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSON


def among(
    connection: sa.Connection, column: sa.ColumnElement[str], values: Collection[str]
) -> sa.ColumnElement[bool]:
    """The condition that `column` is one of `values`, as one parameter however many they are."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.cast([*values], ARRAY(sa.Text)))
    each = sa.func.json_each(json.dumps([*values])).table_valued("value")
    return column.in_(sa.select(each.c.value))


def each_of(connection: sa.Connection, rows: Sequence[Mapping[str, str | None]]) -> sa.FromClause:
    """Texts as rows, with the columns of the first, as one parameter however many they are."""
    given, names = json.dumps(rows), [*rows[0]]
    if connection.dialect.name == "postgresql":
        columns = [sa.column(name, sa.Text) for name in names]
        each = sa.func.json_to_recordset(sa.cast(sa.cast(given, sa.Text), JSON))
        return each.table_valued(*columns).render_derived(with_types=True)
    value = sa.func.json_each(given).table_valued("value").c.value
    return sa.select(
        *(sa.func.json_extract(value, f"$.{name}").label(name) for name in names)
    ).subquery()
