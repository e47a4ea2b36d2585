"""Commissions in the ledger: the intent and the money in one transaction, before the request."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.commissions import MEDIA, OPEN, Commission, CommissionState, Kind, NewCommission
from domain.errors import StateError
from storage.ledger import costs
from storage.ledger.documents import insert_new
from storage.ledger.tables import commissions
from storage.ledger.tables import costs as costs_table


def begin(
    connection: sa.Connection, new: NewCommission, *, now: datetime, until: datetime
) -> Commission | None:
    """Set its price aside and write it down as asked; None where it is here already.

    Whoever gets it must ask now: after `until` its answer counts as lost.

    Raises:
        PolicyError: the brand's budget does not cover it.
    """
    if find(connection, new.id) is not None:
        return None
    purpose = f"{new.kind} for {new.brief_id}"
    billed = costs.Billed(brand=new.brand, provider=new.maker, purpose=purpose, cents=new.cents)
    booking = costs.reserve_within_budget(connection, billed, now=now)
    row = new.model_dump(exclude={"schema_version"}) | {
        "id": new.id,
        "booking": booking,
        "state": CommissionState.ASKED,
    }
    instants = {"asked_at": now, "next_at": until, "updated_at": now}
    if not insert_new(connection, commissions, **row, **instants):
        costs.settle(connection, booking, cents=0, now=now)
        return None
    return find(connection, new.id)


def find(connection: sa.Connection, commission_id: str) -> Commission | None:
    """The commission of that id, or None."""
    rows = _read(connection, commissions.c.id == commission_id)
    return rows[0] if rows else None


def all_of(connection: sa.Connection, *, brand: str | None = None) -> list[Commission]:
    """Every commission, or those of a brand, oldest first."""
    return _read(connection, sa.true() if brand is None else commissions.c.brand == brand)


def may_be_asked(
    connection: sa.Connection, one: Commission, *, by: datetime, now: datetime
) -> bool:
    """Whether its request may still begin: not after `by`, and nobody has asked anew meanwhile.

    Who was paused since it was written down must let it be: others may have taken it for lost.
    """
    row = find(connection, one.id)
    return row is not None and row.asked_at == one.asked_at and now < by


def due(
    connection: sa.Connection, *, now: datetime, kinds: Collection[Kind] = MEDIA
) -> list[Commission]:
    """The open ones of these kinds that are to be looked at by now, oldest first."""
    of_kind = commissions.c.kind.in_(kinds)
    return _read(connection, _in(OPEN), commissions.c.next_at <= now, of_kind)


def of_job(connection: sa.Connection, job: str) -> list[Commission]:
    """The open ones that are parts of one job of a provider."""
    return _read(connection, _in(OPEN), commissions.c.job == job)


def jobs(connection: sa.Connection, *, maker: str) -> set[str]:
    """Every job of a maker that anything here came of."""
    query = sa.select(commissions.c.job).where(commissions.c.maker == maker)
    return set(connection.scalars(query.where(commissions.c.job.is_not(None)).distinct()))


def next_look(connection: sa.Connection) -> datetime | None:
    """When the soonest open one is to be looked at; None where none is open."""
    instant: datetime | None = connection.scalar(
        sa.select(commissions.c.next_at).where(_in(OPEN)).order_by(commissions.c.next_at).limit(1)
    )
    return instant


def awaited(connection: sa.Connection, *, brand: str, now: datetime) -> set[str]:
    """The orders of a brand whose posts wait for a picture or clip that is being made."""
    mine = (commissions.c.brand == brand, commissions.c.wait_until > now)
    return {row.brief_id for row in _read(connection, _in(OPEN), *mine)}


def ask_again(
    connection: sa.Connection, lost: Commission, *, now: datetime, until: datetime
) -> bool:
    """Take a lost commission over for another request; False where somebody else has."""
    values = {"attempts": lost.attempts + 1, "asked_at": now, "next_at": until}
    return _changed(connection, lost, values, now)


def look_later(
    connection: sa.Connection,
    one: Commission,
    *,
    at: datetime,
    now: datetime,
    job: str | None = None,
) -> bool:
    """Note its job, where it has one now, and when to look again; False where it has moved on."""
    state = {"state": CommissionState.AT_WORK, "job": job} if job else {}
    return _changed(connection, one, {"next_at": at, **state}, now)


def close(
    connection: sa.Connection,
    one: Commission,
    state: CommissionState,
    *,
    now: datetime,
    cents: float | None = None,
    **told: Any,
) -> bool:
    """Bring it to an end and settle at `cents` (None: the money stays set aside).

    `told` holds `sha256` or `result`, or `reason` and `remedy`. False where it has moved on.
    """
    if not _changed(connection, one, {"state": state, "next_at": None, **told}, now):
        return False
    if cents is not None:
        costs.settle(connection, one.booking, cents=cents, now=now)
    return True


def answer(
    connection: sa.Connection, commission_id: str, *, is_paid: bool, now: datetime
) -> Commission:
    """What a person found out about an unknown one: whether it was billed. It stays unmade.

    Raises:
        StateError: there is no such commission, or it is not unknown.
    """
    one = find(connection, commission_id)
    if one is None or one.state is not CommissionState.UNKNOWN:
        stands = "is not here" if one is None else f"is {one.state}"
        raise StateError(f"commission {commission_id} {stands}; see amsel commissions")
    told = {"reason": "settled by a person", "remedy": ""}
    cents = one.cents if is_paid else 0.0
    close(connection, one, CommissionState.FAILED, now=now, cents=cents, **told)
    return one


def _changed(
    connection: sa.Connection, one: Commission, values: dict[str, Any], now: datetime
) -> bool:
    as_read = (
        commissions.c.id == one.id,
        commissions.c.state == one.state,
        commissions.c.attempts == one.attempts,
    )
    update = commissions.update().where(*as_read).values(**values, updated_at=now)
    return connection.execute(update).rowcount == 1


def _in(states: Collection[CommissionState]) -> sa.ColumnElement[bool]:
    # written out, so that a planner sees that the partial index holds every row
    return commissions.c.state.in_([sa.literal_column(f"'{state.value}'") for state in states])


def _read(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Commission]:
    query = sa.select(commissions).where(*where).order_by(commissions.c.asked_at, commissions.c.id)
    rows = connection.execute(query).mappings()
    return [Commission.model_validate({k: v for k, v in row.items() if k != "id"}) for row in rows]


def texts(connection: sa.Connection) -> list[tuple[Any, ...]]:
    """Each batch of texts: brand, maker, job, its orders, those written and failed, the cents.

    What is not settled counts with what is set aside.
    """
    amount = sa.func.coalesce(costs_table.c.settled_cents, costs_table.c.reserved_cents)
    in_state = {
        state: sa.func.sum(sa.case((commissions.c.state == state.value, 1), else_=0))
        for state in (CommissionState.MADE, CommissionState.FAILED)
    }
    named = (commissions.c.brand, commissions.c.maker, commissions.c.job)
    query = (
        sa.select(*named, sa.func.count(), *in_state.values(), sa.func.sum(amount))
        .join(costs_table, costs_table.c.id == commissions.c.booking)
        .where(commissions.c.kind == "text")
        .group_by(*named)
        .order_by(sa.func.min(commissions.c.asked_at))
    )
    return [tuple(row) for row in connection.execute(query)]
