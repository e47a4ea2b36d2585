"""What keeps a delivery in: stop, edit, missing approval, blocked content, read under the lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from domain.brand import Brand
from domain.compliance import ComplianceCheck, Verdict, held_today, worst
from domain.deliveries import Delivery, DeliveryState
from domain.news import Headline
from domain.platforms import Platform
from domain.posts import ContentPost, PostStatus
from publishing.threads import parents
from storage.ledger import approvals, brands, news, stops
from storage.ledger.approvals import Approval, Decision
from storage.ledger.brands import Known
from storage.ledger.legibility import GARBLED, LOST, is_garbled, is_newer
from storage.ledger.stops import Stop
from storage.ledger.tables import posts

ON_ITS_WAY = (PostStatus.SCHEDULED, PostStatus.PUBLISHED, PostStatus.FAILED)
"""Another platform's delivery of the same post may have ended already."""
UPDATE = "update Amsel where older workers run"
LOOK_AGAIN = timedelta(minutes=15)
"""After so long a text that today's rules keep in is judged again: the brand file may be mended."""
Documents = Mapping[str, Mapping[str, Any]]
"""Post id to the document of its newest version, of posts whose rows are held."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a delivery may not go out, where it moves instead, and what would mend it.

    `next_at` is when it is worth another look; None where a person or an event must come first.
    `meant_for` is the new instant of a row that moves in time, with its wall-clock time and zone.
    `is_newer` says that only a newer version can tell: the row is left to its workers.
    """

    state: DeliveryState
    reason: str
    remedy: str
    next_at: datetime | None = None
    meant_for: tuple[datetime, str, str] | None = None
    is_newer: bool = False


@dataclass(frozen=True, slots=True)
class Today:
    """What a text is judged again by: the instant, and the sensitive news of the last days."""

    now: datetime
    news: tuple[Headline, ...]


def hindrances(
    connection: sa.Connection,
    deliveries: Sequence[Delivery],
    documents: Documents,
    *,
    now: datetime,
    active: Sequence[Stop] | None = None,
) -> dict[str, Hindrance]:
    """For each delivery that may not go out now the first thing that forbids it, by its id.

    A text that was judged by other rules, or with other facts, than its brand has today is judged
    again, and every text is held against the news of the day; what is worse now keeps it in.

    Called inside the transaction that holds the deliveries' rows and, by `lock_posts`, those of
    their posts, so that no edit comes in between. `active` are the emergency stops as of the moment
    at which the rows were read; they are read now by default.
    """
    active = stops.active_all(connection) if active is None else active
    before = parents(connection, deliveries)
    decided = approvals.decisions(connection, [*documents])
    known = brands.known(connection)
    heard = {one.brand for one in deliveries if one.post_id}
    served = [brand for name, brand in known.brands.items() if name in heard]
    today = Today(now, news.lately(connection, served, now=now))
    found: dict[str, Hindrance] = {}
    for one in deliveries:
        held = _stop_hindrance(one, active) or _lost_hindrance(one)
        held = held or unread_brand(one, known, now)
        if held is None and one.after is not None:
            held = _thread_hindrance(before.get(one.after), now)
        if held is None and one.post_id is not None:
            document, brand = documents.get(one.post_id), known.brands.get(one.brand)
            held = _post_hindrance(one, document, decided, brand=brand, today=today)
        if held is not None:
            found[one.id] = held
    return found


def lock_posts(connection: sa.Connection, deliveries: Sequence[Delivery]) -> Documents:
    """Hold the rows of the deliveries' posts until the transaction ends.

    Everyone locks posts before their deliveries and in one order, or does not wait for them: no
    deadlock.
    """
    return _lock(connection, deliveries, wait=True)


def lock_free_posts(
    connection: sa.Connection, deliveries: Sequence[Delivery]
) -> tuple[Documents, frozenset[str]]:
    """Hold those posts that nobody is changing; the ids of the others come second."""
    held = _lock(connection, deliveries, wait=False)
    missing = {one.post_id for one in deliveries if one.post_id} - held.keys()
    if not missing:
        return held, frozenset()
    there = sa.select(posts.c.id).where(posts.c.id.in_(missing))
    return held, frozenset(connection.scalars(there).all())


def _lock(connection: sa.Connection, deliveries: Sequence[Delivery], *, wait: bool) -> Documents:
    wanted = {one.post_id for one in deliveries if one.post_id}
    if not wanted:
        return {}
    query = sa.select(posts.c.id, posts.c.document).where(posts.c.id.in_(wanted))
    locked = query.order_by(posts.c.id).with_for_update(skip_locked=not wait)
    try:
        return {row.id: row.document for row in connection.execute(locked)}
    except GARBLED as exc:
        if not is_garbled(exc):
            raise
    # one that is no document stops no other: to its reader it is one without any field
    ids: Sequence[str] = connection.scalars(locked.with_only_columns(posts.c.id)).all()
    return {one: _document(connection, one) for one in ids}


def _document(connection: sa.Connection, post_id: str) -> Mapping[str, Any]:
    try:
        found = connection.scalar(sa.select(posts.c.document).where(posts.c.id == post_id))
    except GARBLED as exc:
        if not is_garbled(exc):
            raise
        return {}
    return found if isinstance(found, dict) else {}


def _stop_hindrance(delivery: Delivery, active: Sequence[Stop]) -> Hindrance | None:
    stop = next((one for one in active if one.brand in (None, delivery.brand)), None)
    if stop is None:
        return None
    return _cancelled(
        f"emergency stop: {stop.reason}", "after `amsel resume` plan it under another key"
    )


def _lost_hindrance(delivery: Delivery) -> Hindrance | None:
    if LOST not in delivery.steps:
        return None
    return Hindrance(
        DeliveryState.FAILED,
        f"its stored {delivery.steps[LOST]} could not be read and is lost",
        "plan it again under another key",
    )


def unread_brand(delivery: Delivery, known: Known, now: datetime) -> Hindrance | None:
    """What nobody knows the rules and the budget of waits; None where the brand can be read."""
    if not known.is_unread(delivery.brand):
        return None
    if delivery.brand in known.newer:
        return Hindrance(
            DeliveryState.WAITING,
            "a newer Amsel has kept its brand, and this worker cannot read it",
            UPDATE,
            next_at=now + LOOK_AGAIN,
            is_newer=True,
        )
    remedy = brands.remedy_of(delivery.brand)
    return Hindrance(DeliveryState.WAITING, brands.UNREAD, remedy, next_at=now + LOOK_AGAIN)


def _thread_hindrance(parent: Delivery | None, now: datetime) -> Hindrance | None:
    if parent is None:
        return Hindrance(
            DeliveryState.WAITING,
            "what it answers cannot be read",
            "see `amsel doctor`, or cancel it and plan it anew",
            next_at=now + LOOK_AGAIN,
        )
    if parent.state == DeliveryState.SENT:
        return None
    return _cancelled(
        f"what it answers is {parent.state}: {parent.reason or 'no reason given'}",
        f"mend {parent.key!r}, then plan this one under another key",
    )


def _post_hindrance(
    delivery: Delivery,
    document: Mapping[str, Any] | None,
    decided: Mapping[tuple[str, int], Approval],
    *,
    brand: Brand | None,
    today: Today,
) -> Hindrance | None:
    if document is None:
        return _cancelled("its post was deleted", "write the post again")
    try:
        post = ContentPost.model_validate(document)
    except ValueError as exc:
        return _unread_hindrance(exc, today.now)
    return (
        _version_hindrance(delivery, post)
        or _approval_hindrance(post, decided.get((post.id, post.version)))
        or _rule_hindrance(post, delivery.platform, brand, today)
    )


def _unread_hindrance(error: ValueError, now: datetime) -> Hindrance:
    if is_newer(error):
        return Hindrance(
            DeliveryState.WAITING,
            "a newer Amsel has written its post, and this worker cannot read it",
            UPDATE,
            next_at=now + LOOK_AGAIN,
            is_newer=True,
        )
    return Hindrance(
        DeliveryState.FAILED,
        "its stored post cannot be read",
        "write the post again and plan it under another key",
    )


def _version_hindrance(delivery: Delivery, post: ContentPost) -> Hindrance | None:
    if delivery.post_version not in (None, post.version):
        return _cancelled(
            f"edited: version {post.version} stands in for version {delivery.post_version}",
            "plan the new version",
        )
    if post.status not in ON_ITS_WAY:
        return _cancelled(f"its post is {post.status}", "schedule the post again")
    here = tuple(check for check in post.compliance_checks if check.is_on(delivery.platform))
    if worst(here) == Verdict.BLOCK:
        blocking = next(check for check in here if check.verdict == Verdict.BLOCK)
        return _cancelled(
            f"blocked by rule {blocking.rule}: {blocking.evidence}",
            blocking.remedy or "change the text and plan the new version",
        )
    return None


def _approval_hindrance(post: ContentPost, approval: Approval | None) -> Hindrance | None:
    if approval is None or approval.decision == Decision.HELD:
        why = f" ({approval.reason})" if approval else ""
        return Hindrance(
            DeliveryState.WAITING,
            f"version {post.version} waits for approval{why}",
            "approve or reject it; it goes out as soon as it is approved",
        )
    if approval.decision in (Decision.REJECTED, Decision.EXPIRED):
        said = f"{approval.decision}: {approval.reason}"
        return _cancelled(said, "edit the post and plan it again")
    return None


def _rule_hindrance(
    post: ContentPost, platform: Platform, brand: Brand | None, today: Today
) -> Hindrance | None:
    """What today's rules say of the text that goes out there; others go out without it."""
    judged_by = {check.policy_version for check in post.compliance_checks}
    if brand is None or not judged_by:
        return None
    from domain.rules import policy_version  # heavy, and `amsel stop` needs none of it

    if judged_by == {policy_version(brand)} and not today.news:
        return None
    from domain.rechecking import stricter

    worse = stricter(post, brand, at=today.now, news=today.news, platform=platform)
    if not worse:
        return None
    first = next((check for check in worse if check.verdict == worst(worse)), worse[0])
    return Hindrance(
        DeliveryState.WAITING,
        held_today(first),
        f"{first.remedy or 'change the text'}; {_ways_out(post, platform, first)}",
        next_at=today.now + LOOK_AGAIN,
    )


def _ways_out(post: ContentPost, platform: Platform, check: ComplianceCheck) -> str:
    either = "mend the brand file, or cancel this and plan anew"
    if post.text_for(platform) != post.text:
        either = f"change what {platform} gets, {either}"
    if check.verdict is not Verdict.HOLD:
        return either
    return f"{either}, or let it pass: amsel review pass {post.id} --reason WHY"


def _cancelled(reason: str, remedy: str) -> Hindrance:
    return Hindrance(DeliveryState.CANCELLED, reason, remedy)
