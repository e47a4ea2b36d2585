"""What keeps a delivery in: stop, edit, missing approval, blocked content, read under the lock."""

from dataclasses import dataclass

import sqlalchemy as sa

from domain.compliance import Verdict, worst
from domain.deliveries import Delivery, DeliveryState
from domain.posts import ContentPost, PostStatus
from publishing.threads import before
from storage.ledger import approvals, stops
from storage.ledger.approvals import Decision
from storage.ledger.tables import posts

ON_ITS_WAY = (PostStatus.SCHEDULED, PostStatus.PUBLISHED, PostStatus.FAILED)
"""Another platform's delivery of the same post may have ended already."""


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a delivery may not go out, where it moves instead, and what would mend it."""

    state: DeliveryState
    reason: str
    remedy: str


def hindrance(connection: sa.Connection, delivery: Delivery) -> Hindrance | None:
    """The first thing that forbids the delivery now; None where it may go out.

    Called inside the transaction that holds the delivery's row and, by `lock_post`, the post's,
    so that no edit comes in between.
    """
    stop = stops.active(connection, delivery.brand)
    if stop is not None:
        return _cancelled(
            f"emergency stop: {stop.reason}", "after `amsel resume` plan it under another key"
        )
    parent = before(connection, delivery)
    if parent is not None and parent.state != DeliveryState.SENT:
        return _cancelled(
            f"what it answers is {parent.state}: {parent.reason or 'no reason given'}",
            f"mend {parent.key!r}, then plan this one under another key",
        )
    if delivery.post_id is None:
        return None
    query = sa.select(posts.c.document).where(posts.c.id == delivery.post_id)
    document = connection.scalar(query)
    if document is None:
        return _cancelled("its post was deleted", "write the post again")
    post = ContentPost.model_validate(document)
    return _post_hindrance(delivery, post) or _approval_hindrance(connection, post)


def lock_post(connection: sa.Connection, delivery: Delivery, *, wait: bool = True) -> bool:
    """Hold the row of the delivery's post until the transaction ends; False where another has it.

    Everyone locks the post before its deliveries, or does not wait for it: no deadlock.
    """
    mine = sa.select(posts.c.id).where(posts.c.id == delivery.post_id)
    if connection.execute(mine.with_for_update(skip_locked=not wait)).first() is not None:
        return True
    return connection.execute(mine).first() is None


def _post_hindrance(delivery: Delivery, post: ContentPost) -> Hindrance | None:
    if delivery.post_version not in (None, post.version):
        return _cancelled(
            f"edited: version {post.version} stands in for version {delivery.post_version}",
            "plan the new version",
        )
    if post.status not in ON_ITS_WAY:
        return _cancelled(f"its post is {post.status}", "schedule the post again")
    if worst(post.compliance_checks) == Verdict.BLOCK:
        blocking = next(c for c in post.compliance_checks if c.verdict == Verdict.BLOCK)
        return _cancelled(
            f"blocked by rule {blocking.rule}: {blocking.evidence}",
            blocking.remedy or "change the text and plan the new version",
        )
    return None


def _approval_hindrance(connection: sa.Connection, post: ContentPost) -> Hindrance | None:
    approval = approvals.decision(connection, post.id, version=post.version)
    if approval is None or approval.decision == Decision.HELD:
        why = f" ({approval.reason})" if approval else ""
        return Hindrance(
            DeliveryState.WAITING,
            f"version {post.version} waits for approval{why}",
            "approve or reject it; it goes out as soon as it is approved",
        )
    if approval.decision == Decision.REJECTED:
        return _cancelled(f"rejected: {approval.reason}", "edit the post and plan it again")
    return None


def _cancelled(reason: str, remedy: str) -> Hindrance:
    return Hindrance(DeliveryState.CANCELLED, reason, remedy)
