"""Limits in the ledger: what is left of each, and what is closed until when; all workers share."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from storage.ledger.documents import replace_all
from storage.ledger.many_texts import given, names_of
from storage.ledger.tables import rate_limits


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as it was last heard of.

    Attributes:
        owner: the account, the platform (for what its app may do), or the place that a circuit
            breaker guards.
        kind: `account`, `app`, `reads` (where calls are limited each by itself) or `breaker`.
        size: how much there is in a window; None where nobody said.
        remaining: how much of it was left at `updated_at`.
        in_percent: `remaining` is a share, not a number of calls.
        resets_at: when the window ends and everything is there again.
        closed_until: nothing is asked before.
        failures: refusals or breakdowns in a row.
        reason: what the platform said.
    """

    owner: str
    kind: str
    updated_at: datetime
    size: int | None = None
    remaining: int | None = None
    in_percent: bool = False
    resets_at: datetime | None = None
    closed_until: datetime | None = None
    failures: int = 0
    reason: str | None = None


def read(connection: sa.Connection, owners: Collection[str]) -> dict[tuple[str, str], Limit]:
    """What is known of these owners' limits, by owner and kind."""
    if not owners:
        return {}
    dialect = connection.dialect.name
    rows = connection.execute(_read(dialect), {"names": names_of(dialect, owners)})
    return by_key(Limit(**row) for row in rows.mappings())


def by_key(limits: Iterable[Limit]) -> dict[tuple[str, str], Limit]:
    """Limits by owner and kind."""
    return {(one.owner, one.kind): one for one in limits}


@cache
def _read(dialect: str) -> sa.Select[Any]:
    return sa.select(rate_limits).where(given(dialect, rate_limits.c.owner))


def write(connection: sa.Connection, limits: Sequence[Limit]) -> None:
    """Keep these limits, each once, in the place of what was known."""
    names = [one.name for one in fields(Limit)]
    # everybody writes in one order, so that no two wait for each other
    ordered = sorted(limits, key=lambda one: (one.owner, one.kind))
    rows = [{name: getattr(one, name) for name in names} for one in ordered]
    replace_all(connection, rate_limits, rows, key=("owner", "kind"))


def take_probe(connection: sa.Connection, limit: Limit, *, until: datetime, now: datetime) -> bool:
    """Whether the caller may try a closed place, which is closed again until `until`."""
    mine = (
        rate_limits.update()
        .where(
            rate_limits.c.owner == limit.owner,
            rate_limits.c.kind == limit.kind,
            sa.or_(rate_limits.c.closed_until.is_(None), rate_limits.c.closed_until <= now),
        )
        .values(closed_until=until)
    )
    return connection.execute(mine).rowcount == 1


def fresh(limit: Limit, now: datetime) -> Limit:
    """The limit with what is over forgotten: a window that has ended is full again."""
    if limit.resets_at is not None and limit.resets_at <= now:
        return replace(limit, remaining=None, resets_at=None)
    return limit
