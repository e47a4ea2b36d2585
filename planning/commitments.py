"""What became of planned slots: which still wait for their instant, and what hangs on them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from domain.brand import Brand
from domain.deliveries import Delivery, DeliveryState
from domain.posts import ContentPost, PostStatus
from domain.writing import Brief
from planning.scheduling import delivery_key
from planning.slots import PlannedSlot
from storage.ledger import briefs, deliveries, posts, rewording

_SPREAD = timedelta(days=2)
"""The slots of one order lie on one local day, wherever its accounts are."""


@dataclass(frozen=True, slots=True)
class Commitment:
    """A slot at whose instant something goes out, or may yet; `post` and `delivery` as far as any.

    `is_movable` is false once a worker has begun on it.
    """

    slot: PlannedSlot
    brief: Brief | None = None
    post: ContentPost | None = None
    delivery: Delivery | None = None
    is_movable: bool = True


def commitments(
    connection: sa.Connection, brand: Brand, slots: Sequence[PlannedSlot]
) -> list[Commitment]:
    """What still hangs on these slots, in their order.

    Left out are those at whose instant nothing goes out: the order does not reach the account, its
    drafts were put away, its delivery was taken back, or goes out at another time (a person chose
    it, or it missed its own).
    """
    if not slots:
        return []
    since = min(slot.schedule.due_at for slot in slots) - _SPREAD
    written: dict[str, list[ContentPost]] = defaultdict(list)
    for post in posts.find(connection, brand=brand.name, since=since):
        written[post.brief_id or ""].append(post)
    orders = briefs.load_all(connection, {slot.brief_id for slot in slots})
    keys = [
        delivery_key(post, slot.schedule.account)
        for slot in slots
        for post in written[slot.brief_id]
    ]
    planned = deliveries.find_all(connection, keys)
    found = [
        _commitment(slot, orders.get(slot.brief_id), written[slot.brief_id], planned)
        for slot in slots
    ]
    return [one for one in found if one is not None]


def _commitment(
    slot: PlannedSlot,
    brief: Brief | None,
    drafts: Sequence[ContentPost],
    planned: dict[str, Delivery],
) -> Commitment | None:
    platform = slot.schedule.platform
    if brief is not None and platform not in brief.platforms:
        return None
    live = [post for post in drafts if post.status is not PostStatus.ARCHIVED]
    if not live:
        return None if drafts else Commitment(slot, brief)
    post = live[0]
    if post.status is PostStatus.GENERATED:
        return Commitment(slot, brief, post)
    delivery = planned.get(delivery_key(post, slot.schedule.account))
    if delivery is None or delivery.due_at != slot.schedule.due_at:
        return None
    if delivery.state in (DeliveryState.CANCELLED, DeliveryState.FAILED):
        return None
    is_movable = delivery.state == DeliveryState.PLANNED and rewording.is_unbegun(delivery)
    return Commitment(slot, brief, post, delivery, is_movable)
