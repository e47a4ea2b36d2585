"""What becomes of a post when its deliveries come to an end."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState
from domain.posts import ContentPost, PostStatus
from storage.ledger import legibility, posts
from storage.ledger.posts import PostMove
from storage.ledger.tables import deliveries

ENDS = (DeliveryState.SENT, DeliveryState.FAILED)


def settle_posts(
    connection: sa.Connection, documents: Mapping[str, Mapping[str, Any]], *, now: datetime
) -> None:
    """Published when all deliveries of its version are sent; failed when one is and none runs.

    `documents` are the newest versions of posts whose rows are held, by id. A post that cannot be
    read, or with a delivery that cannot, stays as it is: that stops no delivery.
    """
    versions = {key: post for key, one in documents.items() if (post := _readable(one))}
    scheduled = {key: p for key, p in versions.items() if p.status == PostStatus.SCHEDULED}
    ours: dict[str, list[Delivery]] = defaultdict(list)
    wanted = sa.select(deliveries).where(deliveries.c.post_id.in_(scheduled))
    found = legibility.read(connection, wanted, content=False) if scheduled else None
    if found is not None and found.unread:
        unread = sa.select(deliveries.c.post_id).where(deliveries.c.id.in_(found.unread))
        stuck = {*connection.scalars(unread)}
        scheduled = {key: post for key, post in scheduled.items() if key not in stuck}
    for one in found.rows if found is not None else ():
        if one.post_id not in scheduled:
            continue
        is_current = one.post_version == scheduled[str(one.post_id)].version
        if is_current and one.state != DeliveryState.CANCELLED:
            ours[str(one.post_id)].append(one)
    ends = {key: _end(parts) for key, parts in ours.items()}
    moves = [(scheduled[key], *end) for key, end in ends.items() if end is not None]
    posts.move_all(connection, moves, actor="door", now=now)


def _readable(document: Mapping[str, Any]) -> ContentPost | None:
    try:
        return ContentPost.model_validate(document)
    except ValueError:
        return None


def _end(parts: Sequence[Delivery]) -> tuple[PostStatus, PostMove] | None:
    states = {one.state for one in parts}
    if states == {DeliveryState.SENT}:
        first = min(one.sent_at for one in parts if one.sent_at)
        return PostStatus.PUBLISHED, PostMove(published_at=first)
    return (PostStatus.FAILED, PostMove()) if states <= set(ENDS) else None
