"""Logged choices in the ledger: what was chosen, how likely that was, and from what."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.ledger.documents import insert_new
from storage.ledger.tables import choices


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a policy.

    Attributes:
        id: the same id again is the same choice.
        kind: what was chosen: `slot` or `slot_dropped`, `topic`, `duty`, `place` (which of the
            day's orders has that topic), `platforms`, `angle`, `tone`, `format` or
            `variant`.
        chosen: the name of the chosen candidate.
        propensity: the probability with which the policy chose it, in 0..1.
        policy: which policy chose.
        candidates: what else was open, with whatever explains the choice, as JSON data.
    """

    id: str
    kind: str
    brand: str
    account: str
    chosen: str
    propensity: float
    policy: str
    candidates: list[dict[str, Any]]
    decided_at: datetime
    post_id: str | None = None
    model_version: str | None = None


def log(connection: sa.Connection, choice: Choice) -> bool:
    """Keep one choice; returns False where its id is here already."""
    # asdict() would copy every candidate
    values = {field.name: getattr(choice, field.name) for field in fields(choice)}
    return insert_new(connection, choices, **values)


def find(connection: sa.Connection, choice_id: str) -> Choice | None:
    """The choice of that id; None where there is none."""
    query = sa.select(choices).where(choices.c.id == choice_id)
    row = connection.execute(query).mappings().one_or_none()
    return Choice(**row) if row is not None else None


def list(
    connection: sa.Connection,
    *,
    kind: str | None = None,
    brand: str | None = None,
    since: datetime | None = None,
) -> "tuple[Choice, ...]":
    """The choices of that kind and brand, decided since then, oldest first."""
    query = sa.select(choices).order_by(choices.c.decided_at, choices.c.id)
    if kind is not None:
        query = query.where(choices.c.kind == kind)
    if brand is not None:
        query = query.where(choices.c.brand == brand)
    if since is not None:
        query = query.where(choices.c.decided_at >= since)
    return tuple(Choice(**row) for row in connection.execute(query).mappings())
