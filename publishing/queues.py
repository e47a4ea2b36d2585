"""What is due, by account and in its order: the statements that find it, each made once."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import ARRAY, JSON
from sqlalchemy.sql.selectable import NamedFromClause

from domain.deliveries import Delivery, DeliveryState
from publishing.orphans import HELD
from publishing.threads import has_ended
from storage.ledger import stops
from storage.ledger.instants import UtcInstant
from storage.ledger.legibility import GARBLED, Found, is_garbled, read_each
from storage.ledger.limits import Limit, by_key
from storage.ledger.limits import read as read_limits
from storage.ledger.many_texts import given, names_of
from storage.ledger.stops import Stop
from storage.ledger.tables import deliveries, in_state, rate_limits
from storage.ledger.tables import stops as stop_rows
from storage.ledger.whole_rows import read, whole

_FIRST = deliveries.alias("first")
_LIMITS = TypeAdapter(list[Limit])
_STOPS = TypeAdapter(list[Stop])
_IN_FLIGHT = (
    sa.select(deliveries.c.account, sa.func.count().label("held"))
    .where(in_state(*HELD))
    .group_by(deliveries.c.account)
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a claim sees first.

    Attributes:
        has_lapsed: a lease has run out.
        has_fallen_due: a planned or waiting row's instant has come.
        ours: accounts with due rows and a free hand, the one whose first row has been due longest
            first, from which no other worker claims until the transaction ends.
        others: those behind them, from which somebody may be claiming.
    """

    has_lapsed: bool
    has_fallen_due: bool
    ours: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Front:
    """What one moment shows of some accounts.

    Attributes:
        first: their first due rows, locked, the one that has been due longest first.
        limits: what is known of these owners' limits.
        in_flight: account to the number of its rows that workers hold, of every account.
        stops: every emergency stop that is active, oldest first.
    """

    first: Found
    limits: Mapping[tuple[str, str], Limit]
    in_flight: Mapping[str, int]
    stops: Sequence[Stop]


def look(
    connection: sa.Connection,
    hands: Mapping[str, int],
    *,
    most: int,
    without: Collection[str],
    now: datetime,
) -> Look:
    """See whether there is anything to do, and keep the first accounts for oneself.

    Args:
        connection: a write transaction.
        hands: account to how many of its rows may be under way; others are not looked at.
        most: so many accounts are kept; those that somebody else is claiming from are left out.
        without: rows that do not count.
        now: the present instant.
    """
    dialect = connection.dialect.name
    values = {"hands": json.dumps(hands), "without": names_of(dialect, without)}
    found: Any = connection.execute(_look(dialect), values | {"most": most, "now": now})
    lapsed, fallen, told = found.one()
    ours, others = [], []
    for place, account, is_ours in sorted(json.loads(told or "[]")):
        if place > most:
            others.append(account)
        elif is_ours:
            ours.append(account)
    return Look(bool(lapsed), bool(fallen), tuple(ours), tuple(others))


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


def front(
    connection: sa.Connection,
    accounts: Sequence[str],
    most: int,
    *,
    without: Collection[str],
    owners: Collection[str] = (),
) -> Front:
    """The first due rows of each account, and what is known of `owners`' limits at that moment."""
    dialect = connection.dialect.name
    values = {"accounts": names_of(dialect, accounts), "without": names_of(dialect, without)}
    values |= {"most": most, "names": names_of(dialect, owners)}
    try:
        return _front_of(connection.execute(_front(dialect), values))
    except GARBLED as exc:
        if not is_garbled(exc):
            raise
    # hands before limits: what an attempt told that ends in between is seen, or its hand still is
    busy, limits = in_flight(connection), read_limits(connection, owners)
    ids = connection.scalars(_first_ids(dialect), values).all()
    return Front(read_each(connection, ids), limits, busy, stops.active_all(connection))


def in_flight(connection: sa.Connection) -> Mapping[str, int]:
    """Account to the number of its rows that workers hold."""
    rows: Any = connection.execute(_IN_FLIGHT)
    return dict(rows.all())


def _front_of(told: Any) -> Front:
    texts: dict[str, list[str]] = defaultdict(list)
    for kind, text in told:
        texts[kind].append(text)
    rows = sorted(read(texts["row"]), key=_by_instant)
    limits, active = (f"[{','.join(texts[kind])}]" for kind in ("limit", "stop"))
    return Front(
        Found(rows, {}),
        by_key(_LIMITS.validate_json(limits)),
        dict(json.loads(text) for text in texts["held"]),
        sorted(_STOPS.validate_json(active), key=lambda one: one.stopped_at),
    )


def _by_instant(row: Delivery) -> tuple[datetime, str]:
    return row.due_at, row.id


@cache
def _look(dialect: str) -> sa.Select[Any]:
    now = sa.bindparam("now", type_=UtcInstant)
    lapsed = sa.exists().where(in_state(*HELD), deliveries.c.lease_until < now)
    planned = sa.exists().where(in_state(DeliveryState.PLANNED), deliveries.c.due_at <= now)
    waiting = sa.exists().where(in_state(DeliveryState.WAITING), deliveries.c.next_at <= now)
    most = sa.bindparam("most", type_=sa.Integer)
    placed = _placed(dialect)
    if dialect == "postgresql":
        is_ours: sa.ColumnElement[Any] = _lock_on(placed.c.account)
        as_list, as_pair = sa.func.json_agg, sa.func.json_build_array
    else:
        is_ours = sa.true()
        as_list, as_pair = sa.func.json_group_array, sa.func.json_array
    kept = sa.case((placed.c.place <= most, is_ours))
    each = sa.select(as_pair(placed.c.place, placed.c.account, kept).label("told")).subquery()
    if dialect == "postgresql":
        told = sa.select(sa.cast(as_list(each.c.told), sa.Text)).scalar_subquery()
    else:
        told = sa.select(as_list(sa.func.json(each.c.told))).scalar_subquery()
    return sa.select(lapsed, sa.or_(planned, waiting), told)


def _placed(dialect: str) -> sa.CTE:
    """The accounts with due rows and a free hand, by how long their first one waits."""
    asked = _hands(dialect)
    held = _IN_FLIGHT.cte("held")
    first = (
        sa.select(_FIRST.c.due_at)
        .where(_is_next(dialect, asked.c.key))
        .order_by(_FIRST.c.due_at)
        .limit(1)
        .correlate(asked)
        .scalar_subquery()
    )
    since = (
        sa.select(asked.c.key.label("account"), first.label("since"))
        .select_from(asked.outerjoin(held, held.c.account == asked.c.key))
        .where(sa.func.coalesce(held.c.held, 0) < sa.cast(asked.c.value, sa.Integer))
        .cte("since")
        .prefix_with("MATERIALIZED")  # the walk along the index is made once for each
    )
    order = sa.func.row_number().over(order_by=since.c.since)
    placed = sa.select(since.c.account, order.label("place")).where(since.c.since.is_not(None))
    return placed.cte("placed")


@cache
def _locks(dialect: str) -> sa.Select[Any]:
    asked = _accounts(dialect)
    return sa.select(asked.c.value, _lock_on(asked.c.value))


def _lock_on(account: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    key = sa.func.hashtextextended(sa.func.concat(sa.literal_column("'claim:'"), account), 0)
    return sa.func.pg_try_advisory_xact_lock(key)


@cache
def _front(dialect: str) -> sa.CompoundSelect[Any]:
    asked = _accounts(dialect)
    found, mine = _first_rows(dialect, asked)
    limits = sa.select(rate_limits).where(given(dialect, rate_limits.c.owner)).subquery("limits")
    active = sa.select(stop_rows).where(stop_rows.c.lifted_at.is_(None)).subquery("active")
    held = _IN_FLIGHT.subquery("held")
    as_pair = sa.func.json_build_array if dialect == "postgresql" else sa.func.json_array
    return sa.union_all(
        sa.select(_named("row"), whole(dialect, mine)).select_from(found),
        sa.select(_named("limit"), whole(dialect, limits)),
        sa.select(_named("stop"), whole(dialect, active)),
        sa.select(_named("held"), sa.cast(as_pair(held.c.account, held.c.held), sa.Text)),
    )


def _named(kind: str) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{kind}'").label("kind")


@cache
def _first_ids(dialect: str) -> sa.Select[Any]:
    """The same rows by their ids alone, which can always be read."""
    asked = _accounts(dialect)
    found, mine = _first_rows(dialect, asked)
    return sa.select(mine.c.id).select_from(found).order_by(mine.c.due_at, mine.c.id)


def _first_rows(dialect: str, asked: sa.TableValuedAlias) -> tuple[sa.Join, NamedFromClause]:
    """For each account a walk along its part of the index, only as far as rows are wanted.

    Where they are found, and the rows in it.
    """
    walk = (
        sa.select(*_FIRST.c)
        .where(_is_next(dialect, asked.c.value))
        .order_by(_FIRST.c.due_at, _FIRST.c.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .correlate(asked)
    )
    if dialect == "postgresql":
        mine: NamedFromClause = walk.with_for_update(skip_locked=True, of=_FIRST).lateral("mine")
        return asked.join(mine, sa.true()), mine
    # it knows no lateral join, but a function in a join may depend on the tables before
    some = walk.with_only_columns(sa.literal_column("first.rowid").label("place")).subquery()
    listed = sa.select(sa.func.json_group_array(some.c.place)).correlate(asked).scalar_subquery()
    places = sa.func.json_each(listed).table_valued("value", name="places")
    mine = deliveries.alias("mine")
    is_there = sa.literal_column("mine.rowid", sa.Integer) == places.c.value
    return asked.join(places, sa.true()).join(mine, is_there), mine


def _is_next(dialect: str, account: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """A due row of the account whose turn has come."""
    return sa.and_(
        _FIRST.c.state == sa.literal_column("'due'"),
        _FIRST.c.account == account,
        sa.or_(_FIRST.c.after.is_(None), has_ended(_FIRST.c.after)),
        _is_wanted(dialect, _FIRST.c.id),
    )


def _hands(dialect: str) -> sa.TableValuedAlias:
    """A row with an account as `key` and its hands as `value` for each in the parameter `hands`."""
    given_hands = sa.bindparam("hands", type_=sa.Text)
    if dialect == "postgresql":
        each = sa.func.json_each_text(sa.cast(given_hands, JSON))
        return each.table_valued("key", "value", name="asked").render_derived()
    return sa.func.json_each(given_hands).table_valued("key", "value", name="asked")


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
