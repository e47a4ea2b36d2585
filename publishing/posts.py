"""What becomes of a post when its deliveries come to an end."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState
from domain.posts import ContentPost, PostStatus
from storage.ledger import deliveries as ledger_deliveries
from storage.ledger import posts
from storage.ledger.posts import PostMove

ENDS = (DeliveryState.SENT, DeliveryState.FAILED)


def settle_posts(
    connection: sa.Connection, documents: Mapping[str, Mapping[str, Any]], *, now: datetime
) -> None:
    """Published when all deliveries of its version are sent; failed when one is and none runs.

    `documents` are the newest versions of posts whose rows are held, by id.
    """
    versions = {key: ContentPost.model_validate(one) for key, one in documents.items()}
    scheduled = {key: p for key, p in versions.items() if p.status == PostStatus.SCHEDULED}
    ours: dict[str, list[Delivery]] = defaultdict(list)
    for one in ledger_deliveries.of_posts(connection, scheduled):
        is_current = one.post_version == scheduled[str(one.post_id)].version
        if is_current and one.state != DeliveryState.CANCELLED:
            ours[str(one.post_id)].append(one)
    ends = {key: _end(parts) for key, parts in ours.items()}
    moves = [(scheduled[key], *end) for key, end in ends.items() if end is not None]
    posts.move_all(connection, moves, actor="door", now=now)


def _end(parts: Sequence[Delivery]) -> tuple[PostStatus, PostMove] | None:
    states = {one.state for one in parts}
    if states == {DeliveryState.SENT}:
        first = min(one.sent_at for one in parts if one.sent_at)
        return PostStatus.PUBLISHED, PostMove(published_at=first)
    return (PostStatus.FAILED, PostMove()) if states <= set(ENDS) else None
