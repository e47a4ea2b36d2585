"""One attempt to send: its intent on disk before the request, its outcome under the fence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState, Payload, PublishResult
from domain.errors import LeaseLost
from domain.posts import PostStatus
from publishing.gate import hindrance, lock_post
from publishing.leases import LEASE
from publishing.outcomes import Outcome
from publishing.platforms.base import Network, Send, forget
from publishing.threads import answering
from storage.ledger import deliveries as ledger_deliveries
from storage.ledger import posts
from storage.ledger.database import Ledger
from storage.ledger.tables import delivery_attempts

LATE = "late: "
"""Marks the outcome of a worker that came back after its delivery went to somebody else."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An intent on disk: from here on the post may be public."""

    delivery: Delivery
    number: int
    started_at: datetime
    payload: Payload

    def send(self, keep: Callable[[str, str], None] = forget) -> Send:
        """What the adapter is given; `keep` writes down what its steps reach."""
        return Send(
            payload=self.payload,
            platform_key=self.delivery.platform_key,
            fingerprint=self.delivery.fingerprint,
            created_at=self.started_at,
            kind=self.delivery.kind,
            steps=self.delivery.steps,
            keep=keep,
        )


def begin(ledger: Ledger, claimed: Delivery, *, network: Network) -> Attempt | None:
    """Write the intent and move to `sending`; None where the claim is no longer good.

    The gate is read once more: what was stopped or edited since the claim stays in.

    Raises:
        StoreError: the ledger refused; nothing was sent.
    """
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        lock_post(connection, claimed)
        row = ledger_deliveries.load(connection, claimed.id, lock=True)
        if not _is_held(row, claimed, now) or _is_held_back(connection, row, now):
            return None
        key = row.platform_key or network.make_key(row.due_at, row.id)
        number = row.attempts + 1
        connection.execute(
            delivery_attempts.insert().values(
                delivery_id=row.id,
                attempt=number,
                fence=row.fence,
                owner=row.lease_owner,
                fingerprint=row.fingerprint,
                platform_key=key,
                started_at=now,
            )
        )
        sending = _move(
            connection,
            row,
            DeliveryState.SENDING,
            now=now,
            attempts=number,
            platform_key=key,
            reason=None,
            remedy=None,
        )
        payload = answering(connection, row)
    return Attempt(sending, number, now, payload)


def keep(ledger: Ledger, attempt: Attempt, name: str, value: str) -> None:
    """Write down what a step reached, and prolong the lease.

    Raises:
        LeaseLost: the delivery is somebody else's by now; nothing more may be asked for.
        StoreError: the ledger refused.
    """
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        row = ledger_deliveries.load(connection, attempt.delivery.id, lock=True)
        is_ours = row.fence == attempt.delivery.fence and row.state == DeliveryState.SENDING
        if not is_ours or row.lease_until is None or row.lease_until <= now:
            raise LeaseLost(f"{row.account}: this worker lost its lease; the next one goes on")
        ledger_deliveries.keep_step(connection, row, name, value, lease_until=now + LEASE)


def finish(ledger: Ledger, attempt: Attempt, outcome: Outcome) -> Delivery | None:
    """Write what the attempt came to; None where the fence shuts this worker out.

    A late worker's word changes no delivery, but its attempt keeps it as evidence. After a lease
    ran out and before anybody else acted, a platform id is still taken.

    Raises:
        StoreError: the ledger refused; the lease runs out and the delivery becomes unknown.
    """
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        lock_post(connection, attempt.delivery)
        row = ledger_deliveries.load(connection, attempt.delivery.id, lock=True)
        is_ours = row.fence == attempt.delivery.fence and (
            row.state == DeliveryState.SENDING
            or (row.state == DeliveryState.UNKNOWN and outcome.result is not None)
        )
        detail = outcome.result.platform_id if outcome.result else outcome.reason
        _close(
            connection,
            attempt,
            outcome=outcome.name if is_ours else LATE + outcome.name,
            detail=detail,
            now=now,
            exchanges=outcome.exchanges,
        )
        if not is_ours:
            return None
        if outcome.result is not None:
            return accept(connection, row, outcome.result, now=now)
        return _move(
            connection,
            row,
            outcome.state,
            now=now,
            reason=outcome.reason,
            remedy=outcome.remedy,
            next_at=outcome.next_at(now),
        )


def accept(
    connection: sa.Connection, row: Delivery, result: PublishResult, *, now: datetime
) -> Delivery:
    """Move a locked delivery to `sent`, and its post to `published` with the last of them."""
    return _move(
        connection,
        row,
        DeliveryState.SENT,
        now=now,
        platform_id=result.platform_id,
        url=result.url,
        # an adopted post went out when the platform says, not when we found it
        sent_at=result.published_at if result.adopted else now,
        reason="found on the platform" if result.adopted else None,
        remedy=None,
        next_at=None,
    )


def _move(
    connection: sa.Connection, row: Delivery, state: DeliveryState, *, now: datetime, **changes: Any
) -> Delivery:
    actor = row.lease_owner or "door"
    moved = ledger_deliveries.move(connection, row, state, now=now, actor=actor, **changes)
    if state in (DeliveryState.SENT, DeliveryState.FAILED) and moved.post_id is not None:
        _settle_post(connection, moved, now=now)
    return moved


def _settle_post(connection: sa.Connection, moved: Delivery, *, now: datetime) -> None:
    """Published when all deliveries of this version are sent; failed when one is and none runs."""
    post_id = str(moved.post_id)
    post = posts.load(connection, post_id, lock=True)
    if post.status != PostStatus.SCHEDULED or post.version != moved.post_version:
        return
    ours = [
        one
        for one in ledger_deliveries.list(connection, post_id=post_id)
        if one.post_version == moved.post_version and one.state != DeliveryState.CANCELLED
    ]
    states = {one.state for one in ours}
    if states == {DeliveryState.SENT}:
        first = min(one.sent_at for one in ours if one.sent_at)
        change = posts.PostMove(published_at=first)
        status = PostStatus.PUBLISHED
    elif states <= {DeliveryState.SENT, DeliveryState.FAILED}:
        change, status = posts.PostMove(), PostStatus.FAILED
    else:
        return
    posts.move(connection, post_id, status, actor="door", now=now, change=change)


def _is_held(row: Delivery, claimed: Delivery, now: datetime) -> bool:
    return (
        row.fence == claimed.fence
        and row.state == DeliveryState.CLAIMED
        and row.lease_until is not None
        and row.lease_until > now
    )


def _is_held_back(connection: sa.Connection, row: Delivery, now: datetime) -> bool:
    rows = ledger_deliveries.attempts(connection, row.id)
    if any(one["outcome"] == f"{LATE}sent" for one in rows):
        reason = "a worker that came back late says it was sent; it is looked up"
        _move(connection, row, DeliveryState.UNKNOWN, now=now, reason=reason, next_at=now)
        return True
    held = hindrance(connection, row)
    if held is None:
        return False
    cancelled = held.state == DeliveryState.CANCELLED
    # anything but a cancellation goes back: the next claim sees it and moves it aside
    state = DeliveryState.CANCELLED if cancelled else DeliveryState.DUE
    _move(connection, row, state, now=now, reason=held.reason, remedy=held.remedy)
    return True


def _close(
    connection: sa.Connection,
    attempt: Attempt,
    *,
    outcome: str,
    detail: str | None,
    now: datetime,
    exchanges: tuple[dict[str, Any], ...],
) -> None:
    connection.execute(
        delivery_attempts.update()
        .where(
            delivery_attempts.c.delivery_id == attempt.delivery.id,
            delivery_attempts.c.attempt == attempt.number,
        )
        .values(outcome=outcome, detail=detail, finished_at=now, exchanges=list(exchanges))
    )
