"""What a person may do to a delivery: send it again, look it up now, take it back."""

from datetime import datetime

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState, PublishResult
from domain.errors import AuthExpired, StateError
from domain.posts import PostStatus
from publishing import money
from publishing.attempts import LATE, accept
from publishing.gate import lock_posts
from publishing.outcomes import RULES
from storage.ledger import deliveries, posts
from storage.ledger.database import Ledger
from storage.ledger.legibility import GARBLED, is_garbled
from storage.ledger.legibility import REMEDY as UNREADABLE
from storage.ledger.tables import deliveries as deliveries_table

HANDS_OFF = {
    DeliveryState.SENT: "it is out; plan another one under a new key",
    DeliveryState.CANCELLED: "it was cancelled; plan it again under a new key",
    DeliveryState.CLAIMED: "a worker has it now; ask again in two minutes",
    DeliveryState.SENDING: "a worker is sending it now; ask again in two minutes",
}
"""States in which nobody may reach in, and what to do instead."""


def requeue(ledger: Ledger, name: str, *, actor: str) -> Delivery:
    """Let a delivery be tried at once, without ever sending it twice.

    One that was tried before is looked up on its platform first, and sent again only if it is not
    there. `name` is an id or a key.

    Raises:
        StoreError: there is none such.
        StateError: it is out, cancelled, under way, or not due yet.
    """
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        row = _locked(connection, name)
        if row.state in HANDS_OFF:
            raise StateError(f"delivery {row.key!r} is {row.state}: {HANDS_OFF[row.state]}")
        if row.state == DeliveryState.PLANNED:
            raise StateError(f"delivery {row.key!r} is not due before {row.due_at.isoformat()}")
        if row.state == DeliveryState.DUE:
            return row
        _reopen_post(connection, row, actor=actor, now=now)
        if row.state == DeliveryState.UNKNOWN:
            words = f"{actor} asked for another look"
            deliveries.note(connection, row, words, next_at=now)
            return deliveries.load(connection, row.id)
        was_tried = row.state == DeliveryState.FAILED and row.attempts > 0
        state = DeliveryState.UNKNOWN if was_tried else DeliveryState.DUE
        words = "it is looked up, then sent if it is not there" if was_tried else "it is due again"
        return deliveries.move(
            connection,
            row,
            state,
            now=now,
            actor=actor,
            reason=f"{actor} asked for another try: {words}",
            remedy=None,
            next_at=now if was_tried else None,
        )


def cancel(ledger: Ledger, name: str, *, actor: str, reason: str) -> Delivery:
    """Take back a delivery that is not out. `name` is an id or a key.

    Raises:
        StoreError: there is none such.
        StateError: it is out, under way, or may be out.
    """
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        row = _locked(connection, name)
        if row.state == DeliveryState.CANCELLED:
            return row
        if row.state in HANDS_OFF:
            raise StateError(f"delivery {row.key!r} is {row.state}: {HANDS_OFF[row.state]}")
        if row.state == DeliveryState.UNKNOWN:
            raise StateError(
                f"delivery {row.key!r} may be out; it is looked up first: "
                f"amsel deliveries requeue {row.id}"
            )
        outcomes = {one["outcome"] for one in deliveries.attempts(connection, row.id)}
        if f"{LATE}sent" in outcomes:
            raise StateError(
                f"a worker that came back late says that delivery {row.key!r} is out; let it be "
                f"looked up: amsel deliveries requeue {row.id}"
            )
        return deliveries.move(
            connection,
            row,
            DeliveryState.CANCELLED,
            now=now,
            actor=actor,
            reason=f"{actor} took it back: {reason}",
            remedy="plan it again under a new key",
            next_at=None,
        )


def _locked(connection: sa.Connection, name: str) -> Delivery:
    try:
        found = deliveries.find(connection, name) or deliveries.load(connection, name)
    except GARBLED as exc:
        if not is_garbled(exc):
            raise
        raise StateError(f"delivery {name!r} cannot be read; {UNREADABLE}") from exc
    lock_posts(connection, [found])
    return deliveries.load(connection, found.id, lock=True)


def _reopen_post(connection: sa.Connection, row: Delivery, *, actor: str, now: datetime) -> None:
    if row.post_id is None:
        return
    if posts.load(connection, row.post_id, lock=True).status == PostStatus.FAILED:
        posts.move(connection, row.post_id, PostStatus.SCHEDULED, actor=actor, now=now)


def release(connection: sa.Connection, account: str, *, now: datetime) -> int:
    """Let what waits for the account's token be tried now; returns how many deliveries."""
    parked = sa.or_(
        deliveries_table.c.state == DeliveryState.UNKNOWN,
        sa.and_(
            deliveries_table.c.state == DeliveryState.WAITING,
            deliveries_table.c.remedy == RULES[AuthExpired].remedy,
        ),
    )
    done = connection.execute(
        deliveries_table.update()
        .where(deliveries_table.c.account == account, parked)
        .values(next_at=now, updated_at=now)
    )
    return done.rowcount


def settle(ledger: Ledger, name: str, *, actor: str, platform_id: str | None) -> Delivery:
    """Say of an unknown delivery that it is out under this id, or (None) that it is not.

    For what no look-up can find. One that is not out is sent again. `name` is an id or a key.

    Raises:
        StoreError: there is none such.
        StateError: its fate is not unknown.
    """
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        row = _locked(connection, name)
        if row.state != DeliveryState.UNKNOWN:
            raise StateError(f"delivery {row.key!r} is {row.state}: there is nothing to settle")
        if platform_id is None:
            words = f"{actor} looked: it is not there, so it is sent again"
            moved = deliveries.move(
                connection,
                row,
                DeliveryState.DUE,
                now=now,
                actor=actor,
                reason=words,
                remedy=None,
                next_at=None,
            )
        else:
            found = PublishResult(
                platform=row.platform,
                account=row.account,
                platform_id=platform_id,
                published_at=now,
                adopted=True,
            )
            moved = accept(connection, row, found, now=now)
        money.settle(connection, {(row.id, row.attempts): moved.state}, now=now)
        return moved
