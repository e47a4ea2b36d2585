"""Approvals in the ledger: who let which version of a post go out, or not, and why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from domain.deliveries import DeliveryState
from domain.events import DomainEvent, EventType
from storage.ledger import events
from storage.ledger.documents import upsert
from storage.ledger.tables import approvals, deliveries, in_state

POLICY = "policy"
"""The actor of what the brand file decides; every other one is a person."""


class Decision(StrEnum):
    """What was decided about one version of a post."""

    APPROVED = "approved"
    HELD = "held"
    REJECTED = "rejected"
    EXPIRED = "expired"


EVENTS = {
    Decision.APPROVED: EventType.CONTENT_APPROVED,
    Decision.HELD: EventType.CONTENT_HELD,
    Decision.REJECTED: EventType.CONTENT_REJECTED,
    Decision.EXPIRED: EventType.CONTENT_EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Approval:
    """One decision about one version; a later decision replaces it, the event stays."""

    post_id: str
    post_version: int
    decision: Decision
    actor: str
    reason: str
    decided_at: datetime


def decide(connection: sa.Connection, approval: Approval) -> None:
    """Keep the decision; an approval wakes deliveries that waited at the door for it."""
    values = {name: getattr(approval, name) for name in Approval.__slots__}
    upsert(connection, approvals, key=("post_id", "post_version"), **values)
    if approval.decision == Decision.APPROVED:
        _wake(connection, approval)
    events.append(
        connection,
        DomainEvent(
            type=EVENTS[Decision(approval.decision)],
            occurred_at=approval.decided_at,
            correlation=approval.post_id,
            actor=approval.actor,
            payload={
                "post_id": approval.post_id,
                "version": approval.post_version,
                "reason": approval.reason,
            },
        ),
    )


def decision(connection: sa.Connection, post_id: str, *, version: int) -> Approval | None:
    """The decision about that version; None where nobody has decided."""
    query = sa.select(approvals).where(
        approvals.c.post_id == post_id, approvals.c.post_version == version
    )
    row = connection.execute(query).mappings().one_or_none()
    return _read(row) if row else None


def decisions(
    connection: sa.Connection, post_ids: Collection[str]
) -> dict[tuple[str, int], Approval]:
    """What was decided about any version of these posts, by post and version."""
    if not post_ids:
        return {}
    rows = connection.execute(sa.select(approvals).where(approvals.c.post_id.in_(post_ids)))
    return {(row["post_id"], row["post_version"]): _read(row) for row in rows.mappings()}


def taken(connection: sa.Connection, decision: Decision) -> list[Approval]:
    """Every decision of that kind that still stands, newest first."""
    query = sa.select(approvals).where(approvals.c.decision == decision)
    newest = query.order_by(approvals.c.decided_at.desc(), approvals.c.post_id)
    return [_read(row) for row in connection.execute(newest).mappings()]


def _read(row: sa.RowMapping) -> Approval:
    return Approval(**dict(row) | {"decision": Decision(row["decision"])})


def _wake(connection: sa.Connection, approval: Approval) -> None:
    connection.execute(
        deliveries.update()
        .where(
            deliveries.c.post_id == approval.post_id,
            deliveries.c.post_version == approval.post_version,
            in_state(DeliveryState.WAITING),
            deliveries.c.next_at.is_(None),
        )
        .values(next_at=approval.decided_at, updated_at=approval.decided_at)
    )
