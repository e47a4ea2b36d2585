"""Deliveries read as one JSON text each: the database writes it, and the entity reads it at once.

Where many are read whole, as in a claim, it takes half the time of a value for each column.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa

from domain.deliveries import Delivery
from storage.ledger.instants import UtcInstant
from storage.ledger.tables import Document, deliveries


@cache
def whole(dialect: str) -> sa.ColumnElement[str]:
    """A row of `deliveries` as a text that `read` understands."""
    is_server = dialect == "postgresql"
    make = sa.func.json_build_object if is_server else sa.func.json_object
    value = _as_it_is if is_server else _sqlite_value
    parts = [(sa.literal_column(f"'{one.name}'"), value(one)) for one in deliveries.c]
    made = make(*(part for pair in parts for part in pair))
    return sa.cast(made, sa.Text) if is_server else made


def read(texts: Iterable[str]) -> list[Delivery]:
    """The deliveries in these texts; raises ValueError where one is not what it should be."""
    return [Delivery.model_validate_json(text) for text in texts]


def _as_it_is(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return column


def _sqlite_value(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    raw = sa.type_coerce(column, sa.Text)
    if isinstance(column.type, UtcInstant):
        return raw.concat(sa.literal_column("'Z'"))
    if column.type is not Document:
        return raw
    text = sa.cast(raw, sa.Text)  # what no JSON can be read from stays a text, and is refused
    return sa.case((sa.func.json_valid(text), sa.func.json(text)), else_=text)
