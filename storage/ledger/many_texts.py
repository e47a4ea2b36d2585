"""Many texts as one parameter of a query, however many they are."""

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY


def among(
    connection: sa.Connection, column: sa.ColumnElement[str], values: Collection[str]
) -> sa.ColumnElement[bool]:
    """The condition that `column` is one of `values`, as one parameter however many they are."""
    name = connection.dialect.name
    return given(name, column, sa.literal(names_of(name, values), _names_type(name)))


def given(
    dialect: str, column: sa.ColumnElement[str], names: sa.ColumnElement[Any] | None = None
) -> sa.ColumnElement[bool]:
    """The condition that `column` is one of the texts in the parameter `names`.

    For statements that are made once; they are given `names_of` the texts.
    """
    names = sa.bindparam("names", type_=_names_type(dialect)) if names is None else names
    if dialect == "postgresql":
        return column == sa.any_(names)
    each = sa.func.json_each(names).table_valued("value")
    return column.in_(sa.select(each.c.value))


def names_of(dialect: str, values: Collection[str]) -> Any:
    """Texts as the one parameter of `given`."""
    return [*values] if dialect == "postgresql" else json.dumps([*values])


def _names_type(dialect: str) -> sa.types.TypeEngine[Any]:
    return ARRAY(sa.Text) if dialect == "postgresql" else sa.Text()
