"""What a person decides about the drafts that wait."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from domain.brand import Brand
from domain.errors import InputError, PolicyError, StateError
from domain.posts import ContentPost, PostStatus
from domain.rechecking import checked, refuse_blocked, with_text
from domain.rules import Lately
from domain.schedule import PlatformSchedule, Strategy
from planning.redrawing import Edit, without_words
from planning.repetition import said_beside, shown_lately
from planning.scheduling import reword_deliveries, schedule_post, unbegun_deliveries
from planning.slots import PlannedSlot
from planning.waiting import Waiting, orders_of, waits
from storage.ledger import approvals, brands, briefs, news, posts
from storage.ledger.approvals import Approval, Decision
from storage.ledger.database import Ledger

RECENT = 60
"""How many other texts of the brand an edit is compared with."""


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


def approve(
    ledger: Ledger,
    post_id: str,
    *,
    actor: str,
    now: datetime,
    text: str | Edit | None = None,
    at: datetime | None = None,
) -> Approved:
    """Let a waiting draft go out, as it is or with `text` in its place, all in one transaction.

    An edit is a new version, and says the same everywhere: texts that platforms had of their own go
    with the old one, unless it is an `Edit` of one platform's. Cards and clips that showed the old
    words go with them; an `Edit` brings new ones. Whatever goes out is checked again, against the
    brand's facts of today: a person may let pass what a rule only holds, not what it blocks. It
    goes out at those of its slots that are still to come, or on all of its accounts at `at`.

    Raises:
        StoreError: there is no such post.
        StateError: it does not wait for a person any more, or every slot has passed and `at` is
            not given.
        InputError: `at` is not in the future.
        PolicyError: a rule blocks the text, or `actor` wrote it and the brand asks for another.
    """
    with ledger.transaction() as connection:
        one, brand = _take(connection, post_id, now=now)
        post, slots = one.post, one.slots
        edited = _edited(post, text)
        _refuse_own(connection, post, brand, is_edit=edited is not post, actor=actor)
        ahead = _ahead(post, slots, at=at, now=now, actor=actor)
        judged = _judged(connection, edited, brand, at=ahead[0].schedule.due_at, now=now)
        posts.save(connection, judged, key=post.id, actor=actor, now=now)
        reason = "edited and approved" if judged.version > post.version else "approved"
        decision = Approval(post.id, judged.version, Decision.APPROVED, actor, reason, now)
        approvals.decide(connection, decision)
        scheduled = schedule_post(connection, judged, ahead, actor=actor, now=now)
        missed = () if at else tuple(slot for slot in slots if slot not in ahead)
        return Approved(scheduled, tuple(ahead), missed)


def edit(
    ledger: Ledger, post_id: str, *, actor: str, now: datetime, text: str | Edit
) -> ContentPost:
    """Give a post another text, as its next version, which takes its place.

    That of a waiting draft waits. That of a scheduled post goes out instead of the old one, on the
    same accounts at the same instants, as long as no worker has begun on any of them.

    Raises StoreError, StateError or PolicyError as `approve`.
    """
    with ledger.transaction() as connection:
        post = posts.load(connection, post_id, lock=True)
        if post.status is PostStatus.SCHEDULED:
            return _reworded(connection, post, text, actor=actor, now=now)
        one, brand = _take(connection, post_id, now=now)
        edited = _edited(one.post, text)
        if edited is one.post:
            return one.post
        at = one.slots[0].schedule.due_at if one.slots else now
        judged = _judged(connection, edited, brand, at=at, now=now)
        posts.save(connection, judged, key=post_id, actor=actor, now=now)
        reason = f"edited by {actor}"
        approvals.decide(
            connection, Approval(post_id, judged.version, Decision.HELD, actor, reason, now)
        )
        return judged


def _reworded(
    connection: sa.Connection, post: ContentPost, text: str | Edit, *, actor: str, now: datetime
) -> ContentPost:
    """A scheduled post with another text, judged and approved by who gave it."""
    brand, edited = brands.load(connection, post.brand), _edited(post, text)
    if edited is post:
        return post
    if brand.approval.by_another:
        raise PolicyError(
            f"{brand.name} has texts approved by another person than who wrote them, and "
            f"{post.id} is scheduled as it was approved; take it back with `amsel deliveries "
            "cancel KEY --reason WHY` and plan the new text under another key"
        )
    first = unbegun_deliveries(connection, post)[0]
    judged = _judged(connection, edited, brand, at=first.due_at, now=now)
    posts.save(connection, judged, key=post.id, actor=actor, now=now)
    reason = "edited and approved"
    decision = Approval(post.id, judged.version, Decision.APPROVED, actor, reason, now)
    approvals.decide(connection, decision)
    reword_deliveries(connection, judged, now=now)
    return judged


def reject(ledger: Ledger, post_id: str, *, actor: str, now: datetime, reason: str) -> ContentPost:
    """Turn a waiting draft down and put it away. Raises StoreError or StateError as `approve`."""
    with ledger.transaction() as connection:
        post = _take(connection, post_id, now=now)[0].post
        decision = Approval(post.id, post.version, Decision.REJECTED, actor, reason, now)
        approvals.decide(connection, decision)
        return posts.move(connection, post.id, PostStatus.ARCHIVED, actor=actor, now=now)


def _take(connection: sa.Connection, post_id: str, *, now: datetime) -> tuple[Waiting, Brand]:
    post = posts.load(connection, post_id, lock=True)
    brand = brands.load(connection, post.brand)
    one = waits(connection, post, brand, orders_of(connection, brand))
    if one is None:
        last = approvals.decision(connection, post.id, version=post.version)
        why = f" ({last.decision}: {last.reason})" if last else ""
        raise StateError(
            f"post {post_id} is {post.status} and does not wait for a person{why}; "
            f"`amsel review` lists what does{_instead(post)}"
        )
    if one.expires_at is not None and one.expires_at <= now:
        raise StateError(
            f"post {post_id} expired at {one.expires_at:%Y-%m-%dT%H:%MZ} and does not wait any "
            f"more; plan it anew with `amsel post`, or let drafts of {brand.name} wait longer "
            "(`approval` in its brand file)"
        )
    return one, brand


def _instead(post: ContentPost) -> str:
    """What can be done about a post that does not wait."""
    if post.status is not PostStatus.SCHEDULED:
        return ""
    return (
        f"; change this one with `amsel review edit {post.id} --text TEXT`, or take it back with "
        "`amsel deliveries cancel KEY --reason WHY`"
    )


def _refuse_own(
    connection: sa.Connection, post: ContentPost, brand: Brand, *, is_edit: bool, actor: str
) -> None:
    """Raise PolicyError where the brand wants two people, and `actor` is the first of them."""
    if not brand.approval.by_another:
        return
    if is_edit:
        raise PolicyError(
            f"{brand.name} has texts approved by another person than who wrote them; save yours "
            f"with `amsel review edit {post.id} --text TEXT`, then somebody else approves it"
        )
    if actor in posts.authors(connection, post):
        raise PolicyError(
            f"{actor} wrote version {post.version} of {post.id}, and {brand.name} has texts "
            "approved by another person (`approval.by_another`); ask somebody else to approve it"
        )


def _judged(
    connection: sa.Connection, post: ContentPost, brand: Brand, *, at: datetime, now: datetime
) -> ContentPost:
    """The post with today's verdicts. Raises PolicyError where a rule blocks it."""
    lately, recent = _lately(connection, post, brand, at=at), _recent(connection, post)
    today = news.lately(connection, [brand], now=now)
    judged = checked(post, brand, at=at, recent=recent, lately=lately, news=today)
    refuse_blocked(judged)
    return judged


def _lately(connection: sa.Connection, post: ContentPost, brand: Brand, *, at: datetime) -> Lately:
    since = at - brand.posting.repeat_after
    others = posts.find(connection, brand=post.brand, since=since)
    order = briefs.load(connection, post.brief_id) if post.brief_id else None
    return Lately(
        shown_lately(others, post, brand=brand, at=at),
        said_beside(others, post, since=since),
        says_again=order is not None and order.says_again,
    )


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


def _edited(post: ContentPost, text: str | Edit | None) -> ContentPost:
    """The next version with that text; the post itself where nothing changes.

    Raises InputError where the text is one platform's and the post does not go there.
    """
    if text is None:
        return post
    change = text if isinstance(text, Edit) else Edit(text, post.version, without_words(post))
    if change.platform is not None and change.platform not in post.platforms:
        goes = ", ".join(post.platforms)
        raise InputError(f"post {post.id} does not go to {change.platform}; it goes to {goes}")
    edited = with_text(post, change.text, platform=change.platform)
    if (edited.text, edited.adaptations) == (post.text, post.adaptations):
        return post
    if change.of_version != post.version:
        raise StateError(
            f"post {post.id} was changed meanwhile: it is at version {post.version}, "
            f"the edit is of version {change.of_version}; look at it again"
        )
    fresh = {"version": post.version + 1, "media": change.media}
    return edited.model_copy(update=fresh)


def _recent(connection: sa.Connection, post: ContentPost) -> tuple[str, ...]:
    others = [
        other.text
        for other in posts.find(connection, brand=post.brand)
        if other.id != post.id and other.status is not PostStatus.ARCHIVED
    ]
    return tuple(others[-RECENT:])
