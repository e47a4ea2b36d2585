"""Drafts that wait for a person: why, for which instants, and until when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from domain.brand import Brand
from domain.posts import ContentPost, PostStatus
from domain.risk import Assessed
from domain.rules import risk_of
from domain.schedule import PlatformSchedule, Strategy
from planning.reach import reached
from planning.slots import PlannedSlot, by_brief, planned_slots
from storage.ledger import approvals, brands, posts, schedules
from storage.ledger.approvals import POLICY, Approval, Decision
from storage.ledger.database import Ledger

Orders = Mapping[str, Sequence[PlannedSlot]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that waits, why, and the instants that were meant for it, soonest first.

    `expires_at` is when it will have waited too long; None where it may wait for ever.
    """

    post: ContentPost
    brand: Brand
    reason: str
    slots: tuple[PlannedSlot, ...]
    expires_at: datetime | None

    @property
    def assessed(self) -> Assessed:
        """Its risk, as the brand file stands."""
        return risk_of(self.post, self.brand)


def waiting(ledger: Ledger, *, brand: str | None = None) -> list[Waiting]:
    """The drafts that wait for a person, soonest slot first. Raises StoreError."""
    with ledger.reading() as connection:
        known = {each.name: each for each in brands.all(connection)}
        found = posts.find(connection, status=PostStatus.GENERATED, brand=brand)
        # of a brand that nobody can read nobody could tell why they wait
        drafts = [post for post in found if post.brand in known]
        whose = {one.brand for one in drafts}
        orders = {name: orders_of(connection, known[name]) for name in whose}
        return [
            one
            for post in drafts
            if (one := waits(connection, post, known[post.brand], orders[post.brand])) is not None
        ]


def orders_of(connection: sa.Connection, brand: Brand) -> Orders:
    """All slots that were chosen for the brand, by order: many drafts are looked up in them."""
    return by_brief(planned_slots(connection, brand))


def waits(
    connection: sa.Connection, post: ContentPost, brand: Brand, orders: Orders
) -> Waiting | None:
    """What the post waits for; None where it does not wait for a person."""
    held = approvals.decision(connection, post.id, version=post.version)
    if post.status is not PostStatus.GENERATED or held is None:
        return None
    if held.decision is not Decision.HELD:
        return None
    slots = _slots(connection, post, orders)
    return Waiting(post, brand, held.reason, tuple(slots), _expires_at(brand, held, slots))


def expire(connection: sa.Connection, brand: Brand, *, now: datetime) -> list[ContentPost]:
    """Put away the brand's drafts that have waited too long; nothing publishes them any more."""
    drafts = posts.find(connection, status=PostStatus.GENERATED, brand=brand.name)
    decided = approvals.decisions(connection, [post.id for post in drafts])
    held = {key for key, one in decided.items() if one.decision is Decision.HELD}
    drafts = [post for post in drafts if (post.id, post.version) in held]
    if not drafts:
        return []
    orders = orders_of(connection, brand)
    late = [post.id for post in drafts if _is_late(waits(connection, post, brand, orders), now)]
    put_away = []
    for post_id in sorted(late):  # in the order in which everyone locks posts
        post = posts.load(connection, post_id, lock=True)
        one = waits(connection, post, brand, orders)
        if one is None or one.expires_at is None or not _is_late(one, now):
            continue  # somebody has decided meanwhile
        reason = f"nobody decided by {one.expires_at:%Y-%m-%dT%H:%MZ}; it waited: {one.reason}"
        decision = Approval(post_id, post.version, Decision.EXPIRED, POLICY, reason, now)
        approvals.decide(connection, decision)
        put_away.append(posts.move(connection, post_id, PostStatus.ARCHIVED, actor=POLICY, now=now))
    return put_away


def expired(ledger: Ledger, *, brand: str | None = None) -> list[tuple[ContentPost, Approval]]:
    """The drafts that waited too long, each with what was written down about it, newest first."""
    with ledger.reading() as connection:
        return [
            (post, decision)
            for decision in approvals.taken(connection, Decision.EXPIRED)
            if (post := posts.load(connection, decision.post_id)).brand == (brand or post.brand)
        ]


def slot_of(name: str, schedule: PlatformSchedule, *, brand: str) -> PlannedSlot:
    """A slot that a person chose."""
    day = schedule.due_at.astimezone(ZoneInfo(schedule.time_zone)).date()
    return PlannedSlot(name, brand, day, 1, Strategy.FIXED, schedule)


def _is_late(one: Waiting | None, now: datetime) -> bool:
    return one is not None and one.expires_at is not None and one.expires_at <= now


def _expires_at(brand: Brand, held: Approval, slots: Sequence[PlannedSlot]) -> datetime | None:
    rule, ends = brand.approval, []
    if rule.expires_after is not None:
        ends.append(held.decided_at + rule.expires_after)
    if rule.expires_with_slot and slots:
        ends.append(slots[-1].schedule.due_at)
    return min(ends, default=None)


def _slots(connection: sa.Connection, post: ContentPost, orders: Orders) -> list[PlannedSlot]:
    """The slots of the post's order, or of its own schedule where a person planned it."""
    if post.brief_id is None:
        tasks = schedules.load(connection, post_id=post.id)
        own = [
            slot_of(post.id, each, brand=post.brand) for task in tasks for each in task.platforms
        ]
    else:
        own = reached(orders.get(post.brief_id, ()), post.platforms)
    return sorted(own, key=lambda slot: slot.schedule.due_at)
