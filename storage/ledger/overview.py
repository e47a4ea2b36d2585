"""How things stand, in counts: what a person asks first."""

from collections import defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.deliveries import DeliveryState
from domain.posts import PostStatus
from storage.ledger.approvals import Decision
from storage.ledger.inbox import InboxStatus
from storage.ledger.tables import approvals, deliveries, in_state, inbox, posts

COUNT = sa.func.count().label("count")
AHEAD = (DeliveryState.PLANNED, DeliveryState.DUE)


def deliveries_by_state(connection: sa.Connection) -> dict[tuple[str, str], dict[str, int]]:
    """For each brand and platform the number of deliveries in each state, zeros included."""
    group = (deliveries.c.brand, deliveries.c.platform)
    query = sa.select(*group, deliveries.c.state, sa.func.count()).group_by(
        *group, deliveries.c.state
    )
    counts: dict[tuple[str, str], dict[str, int]] = defaultdict(
        lambda: {state.value: 0 for state in DeliveryState}
    )
    rows: Any = connection.execute(query.order_by(*group))
    for brand, platform, state, number in rows:
        counts[brand, platform][state] = number
    return dict(counts)


def count_deliveries(
    connection: sa.Connection, *, state: DeliveryState | None = None, brand: str | None = None
) -> int:
    """How many deliveries there are, of one state or brand where one is named."""
    query = sa.select(sa.func.count()).select_from(deliveries)
    if state is not None:
        query = query.where(in_state(state))
    if brand is not None:
        query = query.where(deliveries.c.brand == brand)
    return connection.scalar(query) or 0


def deliveries_by_kind(connection: sa.Connection) -> list[dict[str, Any]]:
    """For each platform, kind and state that occurs: how many `deliveries`."""
    group = (deliveries.c.platform, deliveries.c.kind, deliveries.c.state)
    query = sa.select(*group, sa.func.count().label("deliveries")).group_by(*group).order_by(*group)
    return [dict(row) for row in connection.execute(query).mappings()]


def held_up(connection: sa.Connection, *, not_before: datetime | None = None) -> list[Any]:
    """What waits for more than time, by brand, account and remedy.

    Each row has the last of the reasons, the `first` delivery's id and the `count`. What is tried
    again before `not_before` is left out. What is unknown and looked up again counts as waiting.
    """
    columns = deliveries.c
    looked_up = sa.and_(in_state(DeliveryState.UNKNOWN), columns.next_at.is_not(None))
    query = sa.select(
        columns.brand,
        columns.account,
        columns.remedy,
        sa.func.max(columns.reason).label("reason"),
        sa.func.min(columns.id).label("first"),
        COUNT,
    ).where(
        sa.or_(in_state(DeliveryState.WAITING), looked_up),
        columns.remedy.is_not(None),
        columns.remedy.not_like("nothing%"),
    )
    if not_before is not None:
        query = query.where(sa.or_(columns.next_at.is_(None), columns.next_at > not_before))
    group = (columns.brand, columns.account, columns.remedy)
    return list(connection.execute(query.group_by(*group).order_by(*group)))


def next_due(connection: sa.Connection) -> dict[str, datetime]:
    """For each brand the instant of its next delivery; brands without one are left out."""
    query = sa.select(deliveries.c.brand, sa.func.min(deliveries.c.due_at)).where(
        deliveries.c.state.in_(AHEAD)
    )
    rows: Any = connection.execute(query.group_by(deliveries.c.brand))
    return dict(rows.all())


def messages_by_status(connection: sa.Connection) -> dict[str, dict[str, int]]:
    """For each brand the number of messages that are `new` and that are `held` for a person."""
    wanted = (InboxStatus.NEW, InboxStatus.HELD)
    query = sa.select(inbox.c.brand, inbox.c.status, sa.func.count()).where(
        inbox.c.status.in_(wanted)
    )
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(wanted, 0))
    rows: Any = connection.execute(query.group_by(inbox.c.brand, inbox.c.status))
    for brand, status, number in rows:
        counts[brand][InboxStatus(status)] = number
    return dict(counts)


def held_drafts(connection: sa.Connection) -> dict[str, int]:
    """For each brand the number of drafts that wait for a person."""
    same = sa.and_(approvals.c.post_id == posts.c.id, approvals.c.post_version == posts.c.version)
    query = (
        sa.select(posts.c.brand, sa.func.count())
        .join(approvals, same)
        .where(posts.c.status == PostStatus.GENERATED, approvals.c.decision == Decision.HELD)
        .group_by(posts.c.brand)
    )
    rows: Any = connection.execute(query)
    return dict(rows.all())
