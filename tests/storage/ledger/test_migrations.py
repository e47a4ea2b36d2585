"""Migrations with a row in every table: what was there is there afterwards, up and down."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from storage.ledger import revisions
from storage.ledger.database import Ledger

STEPS = list(zip(revisions.known(), revisions.known()[1:], strict=False))
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def blank(blank_url: str) -> Iterator[Ledger]:
    """A ledger that has no tables yet."""
    made = Ledger(blank_url)
    yield made
    made.close()


@pytest.mark.parametrize(("old", "new"), STEPS)
def test_a_step_up_and_down_keeps_every_row(blank: Ledger, old: str, new: str) -> None:
    blank.upgrade(old)
    before = fill(blank)

    blank.upgrade(new)
    above = contents(blank)
    blank.downgrade(old)

    assert before == {
        table: [{name: row[name] for name in before[table][0]} for row in above[table]]
        for table in before
    }
    assert before == contents(blank)


@pytest.mark.parametrize(("old", "new"), STEPS)
def test_what_the_newer_tables_hold_does_not_hinder_the_way_down(
    blank: Ledger, old: str, new: str
) -> None:
    blank.upgrade(new)
    full = fill(blank)

    blank.downgrade(old)
    left = contents(blank)
    blank.upgrade(new)

    assert {table: len(rows) for table, rows in left.items()} == {
        table: len(full[table]) for table in left
    }
    assert set(full) == set(contents(blank))


def test_an_unknown_delivery_is_looked_up_after_the_step_to_0002(blank: Ledger) -> None:
    blank.upgrade("0001")
    fill(blank)
    alter(blank, "update deliveries set state = 'unknown', next_at = null")
    told = contents(blank)["deliveries"][0]["updated_at"]

    blank.upgrade("0002")

    assert told == contents(blank)["deliveries"][0]["next_at"]


def fill(ledger: Ledger) -> Rows:
    """One row in each table, a value in each column."""
    with ledger.engine.begin() as connection:
        for table in tables(connection):
            row = {column.name: value_for(column) for column in table.columns}
            connection.execute(table.insert().values(**row))
    return contents(ledger)


def contents(ledger: Ledger) -> Rows:
    with ledger.engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in tables(connection)
        }


def alter(ledger: Ledger, statement: str) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(sa.text(statement))


def tables(connection: sa.Connection) -> list[sa.Table]:
    found = sa.MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def value_for(column: sa.Column[Any]) -> Any:
    if isinstance(column.type, sa.JSON):
        return {"in": column.name}
    kind = column.type.python_type
    known = {datetime: datetime(2026, 3, 2, 12), int: 7, float: 2.5, bool: True, bytes: b"x"}  # noqa: DTZ001
    return known.get(kind, f"a {column.name}")
