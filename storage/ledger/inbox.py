"""The inbox in the ledger: every message from outside once, and what became of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from domain.community import InboundMessage, Triage
from domain.errors import StoreError
from domain.events import DomainEvent, EventType
from domain.platforms import Platform
from storage.ledger import events
from storage.ledger.documents import insert_new, to_document
from storage.ledger.tables import inbox


class InboxStatus(StrEnum):
    """What became of a message."""

    NEW = "new"
    ANSWERED = "answered"
    HELD = "held"
    HIDDEN = "hidden"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Received:
    """A message with its brand, its triage (None before) and its status."""

    message: InboundMessage
    brand: str
    triage: Triage | None
    status: InboxStatus


def receive(
    connection: sa.Connection, message: InboundMessage, *, brand: str, now: datetime
) -> bool:
    """Keep a message; returns False where this platform and id is here already."""
    is_new = insert_new(
        connection,
        inbox,
        platform=message.platform,
        message_id=message.message_id,
        brand=brand,
        account=message.account,
        author=message.author,
        thread_root=message.thread_root,
        document=to_document(message),
        status=InboxStatus.NEW,
        created_at=message.created_at,
        received_at=now,
    )
    if is_new:
        events.append(
            connection,
            DomainEvent(
                type=EventType.MESSAGE_RECEIVED,
                occurred_at=now,
                correlation=message.message_id,
                actor=message.platform,
                payload={
                    "platform": message.platform,
                    "message_id": message.message_id,
                    "brand": brand,
                    "account": message.account,
                },
            ),
        )
    return is_new


def pending(
    connection: sa.Connection, *, brand: str | None = None, limit: int = 200
) -> list[Received]:
    """The messages that nothing was decided about yet, oldest first."""
    return find(connection, status=InboxStatus.NEW, brand=brand, limit=limit)


def find(
    connection: sa.Connection,
    *,
    status: InboxStatus | None = None,
    brand: str | None = None,
    limit: int = 1000,
) -> list[Received]:
    """The messages of that status and brand, oldest first."""
    query = sa.select(inbox).order_by(inbox.c.created_at, inbox.c.message_id).limit(limit)
    if status is not None:
        query = query.where(inbox.c.status == status)
    if brand is not None:
        query = query.where(inbox.c.brand == brand)
    return [_received(row) for row in connection.execute(query).mappings()]


def newest(connection: sa.Connection, *, account: str) -> datetime | None:
    """When the newest message to that account was written; None where it has none."""
    query = sa.select(sa.func.max(inbox.c.created_at)).where(inbox.c.account == account)
    found: datetime | None = connection.scalar(query)
    return found


def sentiments(
    connection: sa.Connection, *, accounts: Collection[str], since: datetime
) -> dict[str, list[int]]:
    """How the messages to these accounts sound, by the post below which they stand."""
    query = sa.select(inbox.c.thread_root, inbox.c.triage).where(
        inbox.c.account.in_(accounts),
        inbox.c.created_at >= since,
        inbox.c.triage.is_not(None),
        inbox.c.thread_root.is_not(None),
    )
    found: dict[str, list[int]] = {}
    for root, triage in connection.execute(query):
        if triage:  # an empty document is stored as JSON's null
            found.setdefault(root.partition("#")[0], []).append(triage["sentiment"])
    return found


def load(connection: sa.Connection, *, platform: Platform, message_id: str) -> Received:
    """One message; raises StoreError where it was never received."""
    row = connection.execute(sa.select(inbox).where(_is(platform, message_id))).mappings()
    found = row.one_or_none()
    if found is None:
        raise StoreError(f"no message {message_id!r} of {platform} was received; poll comments")
    return _received(found)


def triaged(
    connection: sa.Connection, *, platform: Platform, message_id: str, triage: Triage
) -> None:
    """Keep how a message was understood; the status does not change."""
    values = {"triage": to_document(triage)}
    connection.execute(inbox.update().where(_is(platform, message_id)).values(**values))


def settle(
    connection: sa.Connection, *, platform: Platform, message_id: str, status: InboxStatus
) -> bool:
    """Move a `new` or `held` message to `status`; returns False where another was faster."""
    open_ones = (InboxStatus.NEW, InboxStatus.HELD)
    changed = connection.execute(
        inbox.update()
        .where(_is(platform, message_id), inbox.c.status.in_(open_ones))
        .values(status=status)
    )
    return changed.rowcount == 1


def _is(platform: Platform, message_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(inbox.c.platform == platform, inbox.c.message_id == message_id)


def _received(row: sa.RowMapping) -> Received:
    return Received(
        message=InboundMessage.model_validate(row["document"]),
        brand=row["brand"],
        triage=Triage.model_validate(row["triage"]) if row["triage"] else None,
        status=InboxStatus(row["status"]),
    )
