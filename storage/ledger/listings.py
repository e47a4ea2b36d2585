"""Deliveries as lists for people: one that nobody can read stands among them, and says so."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState
from domain.errors import StoreError
from storage.ledger import legibility
from storage.ledger.deliveries import ENDED
from storage.ledger.tables import deliveries, in_state


def everything(
    connection: sa.Connection, *, state: DeliveryState | None = None, brand: str | None = None
) -> list[Delivery]:
    """All deliveries of a state and a brand, of any where none is named, by due instant."""
    query = sa.select(deliveries).order_by(deliveries.c.due_at, deliveries.c.id)
    if state is not None:
        query = query.where(in_state(state))
    if brand is not None:
        query = query.where(deliveries.c.brand == brand)
    return sorted(_shown(connection, query), key=lambda one: (one.due_at, one.id))


def foremost(
    connection: sa.Connection,
    states: Iterable[DeliveryState],
    *,
    limit: int,
    brand: str | None = None,
) -> list[Delivery]:
    """At most so many of each state: of those at an end the last ones, of the others the next."""
    found = (row for one in states for row in _foremost(connection, one, limit=limit, brand=brand))
    return sorted(found, key=lambda one: (one.due_at, one.id))


def named(connection: sa.Connection, name: str) -> Delivery:
    """The delivery of this id or key. Raises StoreError where there is none."""
    either = sa.or_(deliveries.c.key == name, deliveries.c.id == name)
    found = _shown(connection, sa.select(deliveries).where(either))
    if not found:
        raise StoreError(f"the ledger knows no delivery {name!r}; see `amsel deliveries`")
    return next((one for one in found if one.key == name), found[0])


def newest_first(rows: Iterable[Delivery]) -> Sequence[Delivery]:
    """What is still to come by due instant, then what is at an end, the last of it first."""
    every = [*rows]
    ahead = [one for one in every if one.state not in ENDED]
    ended = [one for one in every if one.state in ENDED]
    ended.sort(key=lambda one: (one.sent_at or one.due_at, one.id), reverse=True)
    return [*sorted(ahead, key=lambda one: (one.due_at, one.id)), *ended]


def _foremost(
    connection: sa.Connection, state: DeliveryState, *, limit: int, brand: str | None
) -> list[Delivery]:
    at = deliveries.c.sent_at if state == DeliveryState.SENT else deliveries.c.due_at
    query = sa.select(deliveries).where(in_state(state)).limit(limit)
    if brand is not None:
        query = query.where(deliveries.c.brand == brand)
    query = query.order_by(at.desc() if state in ENDED else at, deliveries.c.id)
    return _shown(connection, query)


def _shown(connection: sa.Connection, query: sa.Select[Any]) -> list[Delivery]:
    found = legibility.read(connection, query)
    return found.rows + [legibility.as_it_stands(connection, one) for one in found.unread]
