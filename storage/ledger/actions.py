"""Decisions about messages in the ledger: what was done, by whom, and why."""

import sqlalchemy as sa

from domain.community import EngagementAction
from domain.events import DomainEvent, EventType
from domain.platforms import Platform
from storage.ledger import events
from storage.ledger.documents import insert_new, to_document
from storage.ledger.tables import actions


def record(
    connection: sa.Connection,
    action: EngagementAction,
    *,
    brand: str,
    platform: Platform,
    delivery_id: str | None = None,
) -> bool:
    """Keep one decision; returns False where its id is here already."""
    is_new = insert_new(
        connection,
        actions,
        id=action.id,
        platform=platform,
        message_id=action.message_id,
        brand=brand,
        kind=action.kind,
        automatic=action.automatic,
        reason=action.reason,
        delivery_id=delivery_id,
        document=to_document(action),
        decided_at=action.decided_at,
    )
    if is_new:
        events.append(
            connection,
            DomainEvent(
                type=EventType.ACTION_DECIDED,
                occurred_at=action.decided_at,
                correlation=action.message_id,
                actor="amsel" if action.automatic else "person",
                payload={
                    "action_id": action.id,
                    "message_id": action.message_id,
                    "brand": brand,
                    "kind": action.kind,
                    "automatic": action.automatic,
                    "reason": action.reason,
                    "delivery_id": delivery_id,
                },
            ),
        )
    return is_new


def find(
    connection: sa.Connection, *, brand: str | None = None, message_id: str | None = None
) -> list[EngagementAction]:
    """The decisions of a brand or about a message, oldest first."""
    query = sa.select(actions.c.document).order_by(actions.c.decided_at, actions.c.id)
    if brand is not None:
        query = query.where(actions.c.brand == brand)
    if message_id is not None:
        query = query.where(actions.c.message_id == message_id)
    return [EngagementAction.model_validate(document) for document in connection.scalars(query)]
