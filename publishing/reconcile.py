"""Deliveries of unknown fate: looked up, adopted, or proven absent; never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState, PublishResult
from domain.errors import NetworkError, RateLimited, Unreachable
from domain.platforms import Platform
from publishing import claims
from publishing.attempts import LATE, accept
from publishing.gate import lock_post
from publishing.outcomes import LONGEST_WAIT
from publishing.platforms.base import Network, Send
from publishing.threads import answering
from storage.ledger import deliveries as ledger_deliveries
from storage.ledger.database import Ledger
from storage.ledger.tables import deliveries

SETTLING = {
    Platform.X: timedelta(seconds=60),
    Platform.BLUESKY: timedelta(seconds=5),
    Platform.MASTODON: timedelta(seconds=30),
    Platform.LINKEDIN: timedelta(minutes=2),
}
"""How long after an attempt its post may still appear. X lists posts from an index that lags; a
Bluesky repository is strongly consistent, so only a request under way can be late; a Mastodon
server may read its lists from a replica, and answers a repeat within the hour by its key;
LinkedIn's lag is not documented."""
LONGEST_SETTLING = timedelta(minutes=5)
SKEW = timedelta(minutes=2)
"""How far the platform's clock may be behind the ledger's."""
FIRST_WAIT = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class _Question:
    """One unknown delivery and what is asked about it."""

    delivery: Delivery
    send: Send
    since: datetime
    settled_at: datetime
    unknown_since: datetime
    taken: frozenset[str]
    was_duplicate: bool


def reconcile(ledger: Ledger, *, networks: Mapping[str, Network]) -> list[Delivery]:
    """Look up every unknown delivery whose time has come; returns the rows that moved.

    Found: `sent`, adopted. Absent after the platform's settling time: `due` again (or `failed`
    where the platform calls it a duplicate of something that is not ours). A look-up that fails
    leaves it `unknown` with the reason.

    Raises:
        StoreError: the ledger refused.
    """
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        claims.expire(connection, now)
        questions = [_question(connection, row) for row in _unknown(connection, networks, now)]
    answered = [_answer(ledger, one, networks[one.delivery.account]) for one in questions]
    return [row for row in answered if row is not None]


def _unknown(
    connection: sa.Connection, networks: Mapping[str, Network], now: datetime
) -> list[Delivery]:
    query = (
        sa.select(deliveries)
        .where(
            deliveries.c.state == DeliveryState.UNKNOWN,
            deliveries.c.account.in_(tuple(networks)),
            sa.or_(deliveries.c.next_at.is_(None), deliveries.c.next_at <= now),
        )
        .order_by(deliveries.c.due_at)
        .limit(claims.BATCH)
    )
    return [Delivery.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def _question(connection: sa.Connection, delivery: Delivery) -> _Question:
    attempts = ledger_deliveries.attempts(connection, delivery.id)
    last = attempts[-1]
    unknown_since = last["finished_at"] or delivery.updated_at
    others = sa.select(deliveries.c.platform_id).where(
        deliveries.c.account == delivery.account,
        deliveries.c.platform_id.is_not(None),
        deliveries.c.id != delivery.id,
    )
    return _Question(
        delivery=delivery,
        send=Send(
            payload=answering(connection, delivery),
            platform_key=last["platform_key"],
            fingerprint=last["fingerprint"],
            created_at=last["started_at"],
            kind=delivery.kind,
            steps=delivery.steps,
        ),
        since=attempts[0]["started_at"] - SKEW,
        settled_at=unknown_since + SETTLING.get(delivery.platform, LONGEST_SETTLING),
        unknown_since=unknown_since,
        taken=frozenset(connection.scalars(others).all()),
        was_duplicate=last["outcome"] in ("duplicate", f"{LATE}duplicate"),
    )


def _answer(ledger: Ledger, question: _Question, network: Network) -> Delivery | None:
    with ledger.reading() as connection:
        asked_at = ledger.now(connection)  # before the look-up: absence is proven as of then
    try:
        found = network.look_up(question.send, since=question.since, taken=question.taken)
    except NetworkError as exc:
        _put_off(ledger, question, exc)
        return None
    with ledger.transaction() as connection:
        lock_post(connection, question.delivery)
        row = ledger_deliveries.load(connection, question.delivery.id, lock=True)
        if row.state != DeliveryState.UNKNOWN or row.fence != question.delivery.fence:
            return None  # somebody else has settled it meanwhile
        return _settle(connection, row, question, found, asked_at=asked_at)


def _settle(
    connection: sa.Connection,
    row: Delivery,
    question: _Question,
    found: PublishResult | None,
    *,
    asked_at: datetime,
) -> Delivery | None:
    if found is not None:
        return accept(connection, row, found, now=asked_at)
    if asked_at < question.settled_at:
        ledger_deliveries.note(
            connection, row, "not there yet; it may still appear", next_at=question.settled_at
        )
        return None
    if question.was_duplicate:
        return ledger_deliveries.move(
            connection,
            row,
            DeliveryState.FAILED,
            now=asked_at,
            actor="door",
            reason="the platform calls it a duplicate, but no post of this delivery is there",
            remedy="change the text and plan it again",
            next_at=None,
        )
    return ledger_deliveries.move(
        connection,
        row,
        DeliveryState.DUE,
        now=asked_at,
        actor="door",
        reason=f"looked up at {asked_at.isoformat()}: it is not there, so it is sent again",
        remedy=None,
        next_at=None,
    )


def _put_off(ledger: Ledger, question: _Question, error: NetworkError) -> None:
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        row = ledger_deliveries.load(connection, question.delivery.id, lock=True)
        if row.state != DeliveryState.UNKNOWN or row.fence != question.delivery.fence:
            return
        wait = LONGEST_WAIT
        if isinstance(error, (Unreachable, RateLimited)):
            wait = min(max(FIRST_WAIT, now - question.unknown_since), LONGEST_WAIT)
        until = error.until if isinstance(error, RateLimited) else None
        next_at = max(until, now + FIRST_WAIT) if until else now + wait
        ledger_deliveries.note(
            connection, row, f"it could not be looked up: {error}", next_at=next_at
        )
