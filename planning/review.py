"""Drafts that wait for a person, and what the person decides about them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from content.topics import WINDOW
from domain.errors import InputError, StateError
from domain.posts import ContentPost, PostStatus
from domain.schedule import PlatformSchedule, Strategy
from planning.rechecking import checked, refuse_blocked, with_text
from planning.repetition import shown_lately
from planning.scheduling import schedule_post
from planning.slots import PlannedSlot, by_brief, planned_slots
from storage.ledger import approvals, brands, posts, schedules
from storage.ledger.approvals import Approval, Decision
from storage.ledger.database import Ledger

RECENT = 60
"""How many other texts of the brand an edit is compared with."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that waits, why, and the instants that were meant for it, soonest first."""

    post: ContentPost
    reason: str
    slots: tuple[PlannedSlot, ...]


@dataclass(frozen=True, slots=True)
class Approved:
    """What an approval came to.

    Attributes:
        post: the version that goes out.
        slots: when and where it goes out.
        missed: slots that had passed before the approval; nothing goes out there.
    """

    post: ContentPost
    slots: tuple[PlannedSlot, ...]
    missed: tuple[PlannedSlot, ...]


def waiting(ledger: Ledger, *, brand: str | None = None) -> list[Waiting]:
    """The drafts that wait for a person, soonest slot first. Raises StoreError."""
    with ledger.reading() as connection:
        held = [
            (post, decision.reason)
            for post in posts.find(connection, status=PostStatus.GENERATED, brand=brand)
            if (decision := _held(connection, post)) is not None
        ]
        return [Waiting(post, reason, tuple(_slots(connection, post))) for post, reason in held]


def approve(
    ledger: Ledger,
    post_id: str,
    *,
    actor: str,
    now: datetime,
    text: str | None = None,
    at: datetime | None = None,
) -> Approved:
    """Let a waiting draft go out, as it is or with `text` in its place, all in one transaction.

    An edit is a new version. Whatever goes out is checked again, against the brand's facts of
    today: a person may let pass what a rule only holds, not what it blocks. It goes out at those
    of its slots that are still to come, or on all of its accounts at `at`.

    Raises:
        StoreError: there is no such post.
        StateError: it does not wait for a person, or every slot has passed and `at` is not given.
        InputError: `at` is not in the future.
        PolicyError: a rule blocks the text.
    """
    with ledger.transaction() as connection:
        post, _ = _take(connection, post_id)
        slots = _slots(connection, post)
        ahead = _ahead(post, slots, at=at, now=now, actor=actor)
        edited = post if text is None or text == post.text else _edited(post, text)
        brand = brands.load(connection, post.brand)
        recent = _recent(connection, post)
        due = ahead[0].schedule.due_at
        others = posts.find(connection, brand=post.brand, since=due - WINDOW)
        shown = shown_lately(others, post, at=due)
        judged = checked(edited, brand, at=due, recent=recent, shown_lately=shown)
        refuse_blocked(judged)
        posts.save(connection, judged, key=post.id, actor=actor, now=now)
        reason = "edited and approved" if judged.version > post.version else "approved"
        decision = Approval(post.id, judged.version, Decision.APPROVED, actor, reason, now)
        approvals.decide(connection, decision)
        scheduled = schedule_post(connection, judged, ahead, actor=actor, now=now)
        missed = () if at else tuple(slot for slot in slots if slot not in ahead)
        return Approved(scheduled, tuple(ahead), missed)


def reject(ledger: Ledger, post_id: str, *, actor: str, now: datetime, reason: str) -> ContentPost:
    """Turn a waiting draft down and put it away. Raises StoreError or StateError as `approve`."""
    with ledger.transaction() as connection:
        post, _ = _take(connection, post_id)
        decision = Approval(post.id, post.version, Decision.REJECTED, actor, reason, now)
        approvals.decide(connection, decision)
        return posts.move(connection, post.id, PostStatus.ARCHIVED, actor=actor, now=now)


def _held(connection: sa.Connection, post: ContentPost) -> Approval | None:
    decision = approvals.decision(connection, post.id, version=post.version)
    return decision if decision is not None and decision.decision is Decision.HELD else None


def _take(connection: sa.Connection, post_id: str) -> tuple[ContentPost, Approval]:
    post = posts.load(connection, post_id, lock=True)
    decision = _held(connection, post)
    if post.status is not PostStatus.GENERATED or decision is None:
        raise StateError(
            f"post {post_id} is {post.status} and does not wait for a person; "
            "`amsel review` lists what does"
        )
    return post, decision


def _slots(connection: sa.Connection, post: ContentPost) -> list[PlannedSlot]:
    """The slots of the post's order, or of its own schedule where a person planned it."""
    if post.brief_id is None:
        tasks = schedules.load(connection, post_id=post.id)
        own = [
            slot_of(post.id, each, brand=post.brand) for task in tasks for each in task.platforms
        ]
    else:
        brand = brands.load(connection, post.brand)
        own = by_brief(planned_slots(connection, brand)).get(post.brief_id, [])
    return sorted(own, key=lambda slot: slot.schedule.due_at)


def slot_of(name: str, schedule: PlatformSchedule, *, brand: str) -> PlannedSlot:
    """A slot that a person chose."""
    day = schedule.due_at.astimezone(ZoneInfo(schedule.time_zone)).date()
    return PlannedSlot(name, brand, day, 1, Strategy.FIXED, schedule)


def _ahead(
    post: ContentPost,
    slots: Sequence[PlannedSlot],
    *,
    at: datetime | None,
    now: datetime,
    actor: str,
) -> list[PlannedSlot]:
    if at is not None and at <= now:
        raise InputError(
            f"{at.isoformat()} has passed (it is {now:%Y-%m-%dT%H:%M:%SZ}); give a later instant"
        )
    if at is not None and slots:
        return [_moved(slot, at, actor=actor) for slot in slots]
    ahead = [slot for slot in slots if slot.schedule.due_at > now]
    if not ahead:
        was = f"its last slot was {slots[-1].schedule.due_at:%Y-%m-%dT%H:%MZ}" if slots else "none"
        raise StateError(
            f"post {post.id} has no slot to come ({was}); name a new instant with "
            "--at, like 2026-03-02T10:00:00+01:00"
        )
    return ahead


def _moved(slot: PlannedSlot, at: datetime, *, actor: str) -> PlannedSlot:
    local = at.astimezone(ZoneInfo(slot.schedule.time_zone))
    changed = {
        "due_at": at,
        "local_time": f"{local:%Y-%m-%dT%H:%M}",
        "reasoning": f"{actor} chose this instant",
        "propensity": 1.0,
    }
    schedule = PlatformSchedule.model_validate(slot.schedule.model_dump() | changed)
    return replace(slot, day=local.date(), strategy=Strategy.FIXED, schedule=schedule)


def _edited(post: ContentPost, text: str) -> ContentPost:
    return with_text(post, text).model_copy(update={"version": post.version + 1})


def _recent(connection: sa.Connection, post: ContentPost) -> tuple[str, ...]:
    others = [
        other.text
        for other in posts.find(connection, brand=post.brand)
        if other.id != post.id and other.status is not PostStatus.ARCHIVED
    ]
    return tuple(others[-RECENT:])
