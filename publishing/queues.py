"""What is due, by account and in its order: the statements that find it, each made once."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from domain.deliveries import DeliveryState
from publishing.threads import has_ended, has_its_turn
from storage.ledger.legibility import GARBLED, Found, is_garbled, read_each
from storage.ledger.many_texts import given, names_of
from storage.ledger.tables import deliveries, in_state
from storage.ledger.whole_rows import read, whole

_FIRST = deliveries.alias("first")


def by_waiting(
    connection: sa.Connection, accounts: Collection[str], *, without: Collection[str]
) -> list[str]:
    """Those of `accounts` with due rows, the one whose first row has been due longest first.

    Rows `without` are left out of it.
    """
    dialect = connection.dialect.name
    named = {"accounts": names_of(dialect, accounts), "without": names_of(dialect, without)}
    return list(connection.scalars(_by_waiting(dialect), named))


def alone_on(connection: sa.Connection, accounts: Sequence[str]) -> list[str]:
    """Those of `accounts` that no other worker is claiming from at this moment.

    On PostgreSQL nobody else is until the transaction ends; SQLite has one writer anyway.
    """
    dialect = connection.dialect.name
    if dialect != "postgresql" or not accounts:
        return list(accounts)
    held: Any = connection.execute(_locks(dialect), {"accounts": names_of(dialect, accounts)})
    mine = {account for account, is_mine in held if is_mine}
    return [account for account in accounts if account in mine]


def first_rows(
    connection: sa.Connection, accounts: Sequence[str], most: int, *, without: Collection[str]
) -> Found:
    """The first due rows of each account, locked, the one that has been due longest first."""
    if not accounts:
        return Found([], {})
    dialect = connection.dialect.name
    named = {"accounts": names_of(dialect, accounts), "without": names_of(dialect, without)}
    named |= {"most": most}
    try:
        return Found(read(connection.scalars(_first_rows(dialect), named)), {})
    except GARBLED as exc:
        if not is_garbled(exc):
            raise
    return read_each(connection, connection.scalars(_first_ids(dialect), named).all())


@cache
def _by_waiting(dialect: str) -> sa.Select[Any]:
    asked = _accounts(dialect)
    first = (
        sa.select(deliveries.c.due_at)
        .where(in_state(DeliveryState.DUE), deliveries.c.account == asked.c.value)
        .where(has_its_turn(), _is_wanted(dialect, deliveries.c.id))
        .order_by(deliveries.c.due_at)
        .limit(1)
        .scalar_subquery()
    )
    found = sa.select(asked.c.value.label("account"), first.label("since")).subquery()
    return sa.select(found.c.account).where(found.c.since.is_not(None)).order_by(found.c.since)


@cache
def _locks(dialect: str) -> sa.Select[Any]:
    asked = _accounts(dialect)
    key = sa.func.hashtextextended(sa.func.concat("claim:", asked.c.value), 0)
    return sa.select(asked.c.value, sa.func.pg_try_advisory_xact_lock(key))


@cache
def _first_rows(dialect: str) -> sa.Select[Any]:
    """For each account a walk along its part of the index, only as far as rows are wanted."""
    asked = _accounts(dialect)
    ids = (
        sa.select(_FIRST.c.id)
        .where(
            _FIRST.c.state == sa.literal_column("'due'"),
            _FIRST.c.account == asked.c.value,
            sa.or_(_FIRST.c.after.is_(None), has_ended(_FIRST.c.after)),
            _is_wanted(dialect, _FIRST.c.id),
        )
        .order_by(_FIRST.c.due_at, _FIRST.c.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .correlate(asked)
    )
    if dialect == "postgresql":
        mine = ids.lateral("mine")
        found = asked.join(mine, sa.true()).join(deliveries, deliveries.c.id == mine.c.id)
        # looked at again once it is locked; in words that lead no planner to walk along all of it
        is_due = deliveries.c.state.concat("") == DeliveryState.DUE.value
    else:  # it knows no lateral join, but a function in it may depend on the tables before
        some = ids.subquery("some")
        listed = sa.select(sa.func.json_group_array(some.c.id)).correlate(asked).scalar_subquery()
        mine = sa.func.json_each(listed).table_valued("value", name="mine")
        found = asked.join(mine, sa.true()).join(deliveries, deliveries.c.id == mine.c.value)
        is_due = sa.true()
    return (
        sa.select(whole(dialect))
        .select_from(found)
        .where(is_due)
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .with_for_update(skip_locked=True, of=deliveries)
    )


@cache
def _first_ids(dialect: str) -> sa.Select[Any]:
    """The same rows by their ids alone, which can always be read."""
    return _first_rows(dialect).with_only_columns(deliveries.c.id, maintain_column_froms=True)


def _accounts(dialect: str) -> sa.TableValuedAlias:
    """A row with a column `value` for each text in the parameter `accounts`."""
    if dialect == "postgresql":
        names = sa.bindparam("accounts", type_=ARRAY(sa.Text))
        return sa.func.unnest(names).table_valued("value", name="asked").render_derived()
    names = sa.bindparam("accounts", type_=sa.Text)
    return sa.func.json_each(names).table_valued("value", name="asked")


def _is_wanted(dialect: str, row_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    kind = ARRAY(sa.Text) if dialect == "postgresql" else sa.Text()
    return sa.not_(given(dialect, row_id, sa.bindparam("without", type_=kind)))
