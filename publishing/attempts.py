"""One attempt to send: its intent on disk before the request, its outcome under the fence."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryState, Payload, PublishResult
from domain.errors import LeaseLost, Processing
from domain.preflight import losses
from publishing import limits, money
from publishing.gate import Documents, Hindrance, hindrances, lock_posts
from publishing.leases import LEASE
from publishing.limits import News
from publishing.outcomes import NAMES, Outcome
from publishing.platforms.base import Network, Send, forget
from publishing.posts import ENDS, settle_posts
from publishing.threads import answering, parents
from storage.ledger import deliveries as ledger_deliveries
from storage.ledger import stops
from storage.ledger.database import Ledger
from storage.ledger.deliveries import Move
from storage.ledger.many_rows import insert_all, update_all
from storage.ledger.tables import delivery_attempts

LATE = "late: "
"""Marks the outcome of a worker that came back after its delivery went to somebody else."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An intent on disk: from here on the post may be public.

    `failures` counts the attempts before this one that a back-off grows with, `looks` those at
    which the platform still worked on a file. `is_billed` says that money was set aside for it.
    """

    delivery: Delivery
    number: int
    started_at: datetime
    payload: Payload
    failures: int = 0
    looks: int = 0
    is_billed: bool = True

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


@dataclass(frozen=True, slots=True)
class Ending:
    """An attempt and what it came to."""

    attempt: Attempt
    outcome: Outcome

    def is_ours(self, row: Delivery) -> bool:
        """Whether the fence still lets this worker write to the row."""
        return row.fence == self.attempt.delivery.fence and (
            row.state == DeliveryState.SENDING
            or (row.state == DeliveryState.UNKNOWN and self.outcome.result is not None)
        )


@dataclass(frozen=True, slots=True)
class Intent:
    """A claimed delivery that is about to be sent by `network`."""

    claimed: Delivery
    network: Network


def begin(ledger: Ledger, claimed: Delivery, *, network: Network) -> Attempt | None:
    """Write the intent and move to `sending`; None where the claim is no longer good.

    Raises:
        StoreError: the ledger refused; nothing was sent.
    """
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        (attempt,) = begin_all(connection, now, [Intent(claimed, network)])
    return attempt


def begin_all(
    connection: sa.Connection, now: datetime, intents: Sequence[Intent], *, bills: bool = True
) -> list[Attempt | None]:
    """Write the intents of deliveries, each once, and move them to `sending`.

    The gate is read once more: what was stopped or edited since the claim stays in, and its
    place in the answer is None, as is that of a claim that is no longer good: of two claims of one
    delivery, as a worker holds that slept through its lease, only the last may be. What a send
    costs is set aside in the same transaction; `bills` is false in a rehearsal, where nothing
    costs.
    """
    claims = [one.claimed for one in intents]
    documents = lock_posts(connection, claims)
    rows = ledger_deliveries.refresh_all(connection, claims)
    is_held = [_is_held(rows.get(one.id), one, now) for one in claims]
    held = {one.id: rows[one.id] for one, is_good in zip(claims, is_held, strict=True) if is_good}
    earlier = _earlier_outcomes(connection, [row.id for row in held.values() if row.attempts])
    late = {key for key, names in earlier.items() if f"{LATE}sent" in names}
    forbidden = hindrances(connection, [*held.values()], documents, now=now)
    open_rows = [row for row in held.values() if row.id not in late and row.id not in forbidden]
    unpaid, billed = money.reserve(connection, open_rows, now=now, bills=bills)
    forbidden |= unpaid
    good = [row for row in open_rows if row.id not in forbidden]
    kept = [row for row in held.values() if row.id in late or row.id in forbidden]
    _keep_in(connection, kept, late, forbidden, documents, now)
    networks = {one.claimed.id: one.network for one in intents}
    begun = _begin_good(connection, good, networks, now)
    before = parents(connection, good)
    attempts = {
        row.id: Attempt(
            row,
            row.attempts,
            now,
            answering(connection, row, before),
            failures=earlier.get(row.id, ()).count(DeliveryState.WAITING),
            looks=earlier.get(row.id, ()).count(NAMES[Processing]),
            is_billed=row.id in billed,
        )
        for row in begun
    }
    return [
        attempts.pop(one.id, None) if is_good else None
        for one, is_good in zip(claims, is_held, strict=True)
    ]


def keep(ledger: Ledger, attempt: Attempt, name: str, value: str) -> None:
    """Write down what a step reached, and prolong the lease.

    Raises:
        LeaseLost: the delivery is somebody else's by now; nothing more may be asked for.
        StoreError: the ledger refused.
    """
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        row = ledger_deliveries.load(connection, attempt.delivery.id, lock=True)
        _must_go_on(connection, row, attempt, now)
        ledger_deliveries.keep_step(connection, row, name, value, lease_until=now + LEASE)


def look(ledger: Ledger, attempt: Attempt) -> None:
    """See whether the attempt may go on.

    Raises:
        LeaseLost: the delivery is somebody else's by now, or a stop came; nothing more may be
            asked for.
        StoreError: the ledger refused.
    """
    with ledger.reading() as connection:
        row = ledger_deliveries.load(connection, attempt.delivery.id)
        _must_go_on(connection, row, attempt, ledger.now(connection))


def _must_go_on(connection: sa.Connection, row: Delivery, attempt: Attempt, now: datetime) -> None:
    is_ours = row.fence == attempt.delivery.fence and row.state == DeliveryState.SENDING
    if not is_ours or row.lease_until is None or row.lease_until <= now:
        raise LeaseLost(f"{row.account}: this worker lost its lease; the next one goes on")
    if (stop := stops.active(connection, row.brand)) is not None:
        raise LeaseLost(f"emergency stop: {stop.reason}; nothing more is asked for")


def finish(ledger: Ledger, attempt: Attempt, outcome: Outcome) -> Delivery | None:
    """Write what the attempt came to; None where the fence shuts this worker out.

    Raises:
        StoreError: the ledger refused; the lease runs out and the delivery becomes unknown.
    """
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        (finished,) = finish_all(connection, now, [Ending(attempt, outcome)])
    return finished


def finish_all(
    connection: sa.Connection, now: datetime, endings: Sequence[Ending]
) -> list[Delivery | None]:
    """Write what attempts came to, each of another delivery; None where the fence shuts one out.

    A late worker's word changes no delivery, but its attempt keeps it as evidence. After a lease
    ran out and before anybody else acted, a platform id is still taken.
    """
    begun = [one.attempt.delivery for one in endings]
    documents = lock_posts(connection, begun)
    rows = ledger_deliveries.refresh_all(connection, begun)
    ours = [one for one in endings if one.is_ours(rows[one.attempt.delivery.id])]
    _close(connection, endings, ours, now=now)
    news = [News(one.attempt.delivery.account, one.outcome) for one in endings]
    limits.note(connection, news, now=now)
    moves = [_ending_move(rows[one.attempt.delivery.id], one.outcome, now) for one in ours]
    moved = _move_all(connection, moves, documents, now=now)
    billed = [one for one in ours if one.attempt.is_billed]
    paid = {(one.attempt.delivery.id, one.attempt.number): one.outcome.state for one in billed}
    money.settle(connection, paid, now=now)
    return [moved.get(one.id) for one in begun]


def accept(
    connection: sa.Connection, row: Delivery, result: PublishResult, *, now: datetime
) -> Delivery:
    """Move a locked delivery to `sent`, and its post to `published` with the last of them."""
    documents = lock_posts(connection, [row])
    return _move_all(connection, [_sent_move(row, result, now)], documents, now=now)[row.id]


def _sent_move(row: Delivery, result: PublishResult, now: datetime) -> Move:
    return Move(
        row,
        DeliveryState.SENT,
        {
            "platform_id": result.platform_id,
            "url": result.url,
            # an adopted post went out when the platform says, not when we found it
            "sent_at": result.published_at if result.adopted else now,
            "reason": "; ".join(_told(row, result)) or None,
            "remedy": None,
            "next_at": None,
        },
    )


def _told(row: Delivery, result: PublishResult) -> Iterator[str]:
    """What should be known of a post that is out: how it was found, what it is shown without."""
    if result.adopted:
        yield "found on the platform"
    yield from (loss.evidence for loss in losses(row.platform, row.payload.media))


def _ending_move(row: Delivery, outcome: Outcome, now: datetime) -> Move:
    if outcome.result is not None:
        return _sent_move(row, outcome.result, now)
    changes = {
        "reason": outcome.reason,
        "remedy": outcome.remedy,
        "next_at": outcome.next_at(now),
    }
    return Move(row, outcome.state, changes)


def _move_all(
    connection: sa.Connection, moves: Sequence[Move], documents: Documents, *, now: datetime
) -> dict[str, Delivery]:
    """Move deliveries and settle their posts; `documents` are those of the locked posts."""
    moved = ledger_deliveries.move_all(connection, moves, now=now, actor=_actor(moves))
    ended = {one.post_id for one in moved if one.state in ENDS and one.post_id in documents}
    settle_posts(connection, {str(one): documents[str(one)] for one in ended}, now=now)
    return {one.id: one for one in moved}


def _actor(moves: Sequence[Move]) -> str:
    # a group is written by one worker, whose name its rows carry
    return next((one.delivery.lease_owner for one in moves if one.delivery.lease_owner), "door")


def _is_held(row: Delivery | None, claimed: Delivery, now: datetime) -> bool:
    return (
        row is not None
        and row.fence == claimed.fence
        and row.state == DeliveryState.CLAIMED
        and row.lease_until is not None
        and row.lease_until > now
    )


def _earlier_outcomes(connection: sa.Connection, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    if ids:
        query = sa.select(delivery_attempts.c.delivery_id, delivery_attempts.c.outcome)
        for row in connection.execute(query.where(delivery_attempts.c.delivery_id.in_(ids))):
            found[row.delivery_id] = (*found.get(row.delivery_id, ()), row.outcome or "")
    return found


def _keep_in(
    connection: sa.Connection,
    rows: Sequence[Delivery],
    late: Collection[str],
    forbidden: Mapping[str, Hindrance],
    documents: Documents,
    now: datetime,
) -> None:
    moves = []
    for row in rows:
        if row.id in late:
            reason = "a worker that came back late says it was sent; it is looked up"
            moves.append(Move(row, DeliveryState.UNKNOWN, {"reason": reason, "next_at": now}))
            continue
        held = forbidden[row.id]
        changes = {"reason": held.reason, "remedy": held.remedy, "next_at": held.next_at}
        moves.append(Move(row, held.state, changes))
    _move_all(connection, moves, documents, now=now)


def _begin_good(
    connection: sa.Connection,
    rows: Sequence[Delivery],
    networks: Mapping[str, Network],
    now: datetime,
) -> Sequence[Delivery]:
    moves = [
        Move(
            row,
            DeliveryState.SENDING,
            {
                "attempts": row.attempts + 1,
                "platform_key": row.platform_key or networks[row.id].make_key(row.due_at, row.id),
                "lease_until": now + LEASE,
                "reason": None,
                "remedy": None,
            },
        )
        for row in rows
    ]
    begun = ledger_deliveries.move_all(connection, moves, now=now, actor=_actor(moves))
    tried = [_attempt_row(row, now) for row in begun]
    insert_all(connection, delivery_attempts, tried, skip_taken=False)
    return begun


def _attempt_row(row: Delivery, now: datetime) -> dict[str, Any]:
    return {
        "delivery_id": row.id,
        "attempt": row.attempts,
        "fence": row.fence,
        "owner": row.lease_owner,
        "fingerprint": row.fingerprint,
        "platform_key": row.platform_key,
        "started_at": now,
    }


def _close(
    connection: sa.Connection,
    endings: Sequence[Ending],
    ours: Sequence[Ending],
    *,
    now: datetime,
) -> None:
    held = {one.attempt.delivery.id for one in ours}
    rows = [
        {
            "delivery_id": one.attempt.delivery.id,
            "attempt": one.attempt.number,
            "outcome": ("" if one.attempt.delivery.id in held else LATE) + one.outcome.name,
            "detail": one.outcome.detail,
            "finished_at": now,
            "exchanges": [*one.outcome.exchanges],
        }
        for one in endings
    ]
    update_all(connection, delivery_attempts, rows, key=("delivery_id", "attempt"))
