"""What we have said to whom, and which decisions stand open: reads over actions and inbox."""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from domain.community import ActionKind, EngagementAction, InboundMessage, Triage
from domain.errors import StoreError
from domain.platforms import Platform
from storage.ledger.inbox import InboxStatus
from storage.ledger.tables import actions, deliveries, inbox


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision with its brand, the message it is about and what became of that message."""

    action: EngagementAction
    brand: str
    message: InboundMessage
    triage: Triage | None
    status: InboxStatus


def said_today(connection: sa.Connection, message: InboundMessage, *, now: datetime) -> int:
    """Our replies to the author of `message` on the UTC day of `now`, on that platform."""
    if message.author is None:
        return 0
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return _count(
        connection,
        message.platform,
        inbox.c.author == message.author,
        actions.c.decided_at >= midnight,
    )


def said_in_thread(connection: sa.Connection, message: InboundMessage) -> int:
    """Our replies in the thread of `message`, ever."""
    if message.thread_root is None:
        return 0
    return _count(connection, message.platform, inbox.c.thread_root == message.thread_root)


def is_below_our_post(connection: sa.Connection, message: InboundMessage) -> bool:
    """Whether the thread began with a post that we sent: only there others' words can be hidden."""
    if message.thread_root is None:
        return False
    root = message.thread_root.partition("#")[0]
    query = sa.select(deliveries.c.id).where(
        deliveries.c.platform == message.platform,
        deliveries.c.account == message.account,
        deliveries.c.platform_id == root,
    )
    return connection.scalar(query.limit(1)) is not None


def load(connection: sa.Connection, action_id: str) -> Standing:
    """One decision; raises StoreError where there is none such."""
    row = connection.execute(_standing().where(actions.c.id == action_id)).mappings().one_or_none()
    if row is None:
        raise StoreError(f"there is no decision {action_id!r}; `amsel inbox` lists what waits")
    return _read(row)


def waiting(connection: sa.Connection, *, brand: str | None = None) -> list[Standing]:
    """What waits for a person, oldest first."""
    query = _standing().where(inbox.c.status == InboxStatus.HELD)
    if brand is not None:
        query = query.where(actions.c.brand == brand)
    ordered = query.order_by(actions.c.decided_at, actions.c.id)
    return [_read(row) for row in connection.execute(ordered).mappings()]


def decided(
    connection: sa.Connection, *, brand: str, since: datetime, until: datetime
) -> list[Standing]:
    """The decisions about the brand's messages from `since` to `until`, oldest first."""
    query = _standing().where(actions.c.brand == brand, actions.c.decided_at.between(since, until))
    ordered = query.order_by(actions.c.decided_at, actions.c.id)
    return [_read(row) for row in connection.execute(ordered).mappings()]


def _count(
    connection: sa.Connection, platform: Platform, *conditions: sa.ColumnElement[bool]
) -> int:
    query = (
        sa.select(sa.func.count())
        .select_from(actions)
        .join(inbox, _same_message())
        .where(
            actions.c.kind == ActionKind.ANSWER,
            actions.c.delivery_id.is_not(None),
            actions.c.platform == platform,
            *conditions,
        )
    )
    return connection.scalar(query) or 0


def _same_message() -> sa.ColumnElement[bool]:
    return sa.and_(
        actions.c.platform == inbox.c.platform, actions.c.message_id == inbox.c.message_id
    )


def _standing() -> sa.Select[tuple[object, ...]]:
    return sa.select(
        actions.c.document.label("action"),
        actions.c.brand,
        inbox.c.document.label("message"),
        inbox.c.triage,
        inbox.c.status,
    ).join(inbox, _same_message())


def _read(row: sa.RowMapping) -> Standing:
    return Standing(
        action=EngagementAction.model_validate(row["action"]),
        brand=row["brand"],
        message=InboundMessage.model_validate(row["message"]),
        triage=Triage.model_validate(row["triage"]) if row["triage"] else None,
        status=InboxStatus(row["status"]),
    )
