"""Who may send what now: due rows, and leases with fencing tokens."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from domain.deliveries import Delivery, DeliveryKind, DeliveryState
from domain.moves import check_move
from publishing import unreadable
from publishing.allowance import Allowance, Room, hands_of
from publishing.gate import Documents, Hindrance, hindrances, lock_free_posts
from publishing.leases import LEASE
from publishing.limits import owners_of
from publishing.misfires import misfires
from publishing.orphans import BATCH, HELD, expire
from publishing.policies import Policy, policies
from publishing.posts import settle_posts
from publishing.queues import Look, alone_on, front, look
from publishing.threads import has_its_turn
from storage.ledger import claiming, legibility
from storage.ledger import deliveries as ledger_deliveries
from storage.ledger.database import Ledger
from storage.ledger.deliveries import Move
from storage.ledger.many_texts import among
from storage.ledger.stops import Stop
from storage.ledger.tables import deliveries, in_state

SPARE = 4
"""Somebody else may be claiming from some accounts at this moment: more are asked for."""
BY_ITSELF = "nothing: it goes out by itself"
LEFT_AT_MOST = 100
"""So many rows that only a newer version can read are passed over in a claim."""
ASKED_AT = {
    DeliveryState.PLANNED: deliveries.c.due_at,
    DeliveryState.DUE: deliveries.c.due_at,
    DeliveryState.CLAIMED: deliveries.c.lease_until,
    DeliveryState.SENDING: deliveries.c.lease_until,
    DeliveryState.WAITING: deliveries.c.next_at,
    DeliveryState.UNKNOWN: deliveries.c.next_at,
}
"""The column that holds the instant at which a row of that state asks for something."""


@dataclass(frozen=True, slots=True)
class Claimer:
    """Who claims, and how much at a time.

    Attributes:
        owner: the worker's name.
        accounts: those that it can speak to.
        lanes: accounts at most.
        per_account: rows of one account at most.
        lease: how long they are the worker's.
    """

    owner: str
    accounts: Collection[str]
    lanes: int = 1
    per_account: int = 1
    lease: timedelta = LEASE


def due(connection: sa.Connection, now: datetime) -> int:
    """Move what has fallen due by `now` to `due`; returns how many rows."""
    planned = _make_due(connection, DeliveryState.PLANNED, deliveries.c.due_at, now)
    return planned + _make_due(connection, DeliveryState.WAITING, deliveries.c.next_at, now)


def claim(
    ledger: Ledger, *, accounts: Collection[str], owner: str, lease: timedelta = LEASE
) -> Delivery | None:
    """Take the delivery that has been due longest under a lease; None where nothing may go out.

    Raises:
        StoreError: the ledger refused.
    """
    with ledger.transaction() as connection:
        taken = take(connection, ledger.now(connection), Claimer(owner, accounts, lease=lease))
    return taken[0] if taken else None


def take(connection: sa.Connection, now: datetime, claimer: Claimer) -> Sequence[Delivery]:
    """Take what has been due longest under a lease, by account and in its order.

    What the gate holds back is moved aside in the same transaction, with its reason.
    """
    known = policies(connection)
    edited: set[str] = set()
    left = 0
    while left < LEFT_AT_MOST:
        taken = _Next(connection, claimer, known, now=now, without=edited)
        found = taken.rows
        if not found and not taken.unread:
            break
        aside = unreadable.set_aside(connection, taken.unread, now=now)
        edited |= aside
        left += len(aside)
        rows = [row for row, _ in found]
        documents, changing = lock_free_posts(connection, rows)
        # a post that is being changed now is left to a later claim, which sees how
        edited |= {row.id for row in rows if row.post_id in changing}
        free = [row for row in rows if row.id not in edited]
        # the last word is the gate's: what is stopped or edited is cancelled, however late it is
        held = {
            **_scarce(found),
            **misfires(connection, free, known, now=now),
            **hindrances(connection, free, documents, now=now, active=taken.stops),
        }
        newer = {row.id for row in free if row.id in held and held[row.id].is_newer}
        edited |= newer
        left += len(newer)
        _put_aside(connection, free, held, documents, claimer, now=now)
        good = [row for row in free if row.id not in held]
        if good:
            until = now + claimer.lease
            return claiming.claim_all(connection, good, owner=claimer.owner, until=until, now=now)
    return ()


def renew(connection: sa.Connection, now: datetime, ids: Collection[str], *, owner: str) -> None:
    """Prolong the leases that `owner` still holds: a sign of life.

    A row that is being moved at this moment is left out: waiting for it could deadlock, and the
    next sign of life comes long before its lease is over.
    """
    ours = sa.and_(
        deliveries.c.id.in_(ids),
        in_state(*HELD),
        deliveries.c.lease_owner == owner,
        deliveries.c.lease_until > now,
    )
    free = sa.select(deliveries.c.id).where(ours).with_for_update(skip_locked=True)
    connection.execute(
        deliveries.update().where(deliveries.c.id.in_(free)).values(lease_until=now + LEASE)
    )


def release(connection: sa.Connection, now: datetime, ids: Collection[str], *, owner: str) -> None:
    """Give back claims that will not be used; what was begun stays."""
    ours = sa.select(deliveries).where(deliveries.c.id.in_([*ids])).order_by(deliveries.c.id)
    rows = legibility.read(connection, ours.with_for_update(), content=False).rows
    moves = [
        Move(row, DeliveryState.DUE, {"reason": None, "lease_until": None})
        for row in rows
        if row.state == DeliveryState.CLAIMED and row.lease_owner == owner
    ]
    ledger_deliveries.move_all(connection, moves, now=now, actor=owner)


def next_instant(
    connection: sa.Connection, *, accounts: Collection[str], states: Collection[DeliveryState]
) -> datetime | None:
    """The first instant at which a row in one of `states` asks for something; None without one."""
    return min(instants(connection, accounts=accounts, states=states).values(), default=None)


def instants(
    connection: sa.Connection, *, accounts: Collection[str], states: Collection[DeliveryState]
) -> dict[DeliveryState, datetime]:
    """For each of `states` the first instant at which a row of it asks for something.

    A due row asks from its instant on; one whose turn in a thread has not come asks for nothing.
    """
    mine = among(connection, deliveries.c.account, accounts)
    first = [_first_instant(state, mine) for state in states]
    found: Any
    try:
        found = connection.execute(sa.union_all(*first)).all()
    except ValueError:  # SQLite keeps any text as an instant; one that is none stops no other
        good = [_first_instant(state, mine, is_readable=True) for state in states]
        found = connection.execute(sa.union_all(*good)).all()
    return {DeliveryState(state): at for state, at in found if at is not None}


def _first_instant(
    state: DeliveryState, mine: sa.ColumnElement[bool], *, is_readable: bool = False
) -> sa.Select[tuple[str, datetime]]:
    asks = ASKED_AT[state]
    first = (
        sa.select(asks)
        # both kinds of held rows share an index, and a planner knows it by its very condition
        .where(in_state(*HELD) if state in HELD else in_state(state))
        .where(deliveries.c.state == state, asks.is_not(None))
        .where(mine)
        .order_by(asks)
        .limit(1)
    )
    if state == DeliveryState.DUE:
        first = first.where(has_its_turn())
    if is_readable:
        first = first.where(sa.func.datetime(asks).is_not(None))
    return sa.select(sa.literal(state.value), first.scalar_subquery())


def _make_due(
    connection: sa.Connection,
    old: DeliveryState,
    when: sa.ColumnElement[datetime],
    now: datetime,
) -> int:
    check_move(old, DeliveryState.DUE)
    # rows that another worker holds are its business, and waiting for them could deadlock
    ready = in_state(old) & (when <= now)
    some = sa.select(deliveries.c.id).where(ready).order_by(when).limit(BATCH)
    ids: list[str] = list(connection.scalars(some.with_for_update(skip_locked=True)))
    if ids:
        values = {"state": DeliveryState.DUE, "next_at": None, "updated_at": now}
        connection.execute(deliveries.update().where(deliveries.c.id.in_(ids)).values(**values))
    return len(ids)


class _Next:
    """The due rows to look at now, locked, the account that waits longest first.

    Attributes:
        rows: each with its account's room, for at most as many accounts as are wanted.
        unread: those that cannot be read, by id, of every account that was looked at.
        stops: the emergency stops, as of the moment at which the last rows were read.
    """

    def __init__(
        self,
        connection: sa.Connection,
        claimer: Claimer,
        known: Mapping[str, Policy],
        *,
        now: datetime,
        without: Collection[str],
    ) -> None:
        self.rows: list[tuple[Delivery, Room]] = []
        self.unread: dict[str, Exception] = {}
        self.stops: Sequence[Stop] = ()
        self._connection, self._claimer, self._known = connection, claimer, known
        self._now, self._without = now, without
        self._allowance = Allowance(connection, known, now=now)
        seen = self._look()
        ours, others = [*seen.ours], [*seen.others]
        lanes = 0
        while lanes < claimer.lanes and (ours or others):
            if not ours:  # what is behind those that are closed, or somebody else's
                most = SPARE * claimer.lanes
                ours, others = alone_on(connection, others[:most]), others[most:]
            wanted = claimer.lanes - lanes
            lanes += self._open(ours[:wanted])
            ours = ours[wanted:]

    def _look(self) -> Look:
        """What waits, once what has run out and fallen due has been moved."""
        hands = {one: hands_of(one, self._known) for one in self._claimer.accounts}
        most = SPARE * self._claimer.lanes
        given: dict[str, Any] = {"most": most, "without": self._without, "now": self._now}
        seen = look(self._connection, hands, **given)
        if not seen.has_lapsed and not seen.has_fallen_due:
            return seen
        if seen.has_lapsed:
            expire(self._connection, self._now)
        due(self._connection, self._now)
        return look(self._connection, hands, **given)

    def _open(self, accounts: Sequence[str]) -> int:
        """Look at accounts that are ours; how many have room. A closed one's rows wait for it.

        All is of one moment after the accounts are ours: what was read before may be over.
        """
        if not accounts:
            return 0
        owners, most = owners_of(accounts, self._known), self._claimer.per_account
        here = front(self._connection, accounts, most, without=self._without, owners=owners)
        self._allowance.learn(here.limits, here.in_flight)
        self.unread |= here.first.unread
        self.stops = here.stops
        found: dict[str, list[Delivery]] = {account: [] for account in accounts}
        for row in here.first.rows:
            found[row.account].append(row)
        lanes = 0
        for account in accounts:
            room = self._allowance.room(account, most=most)
            if room is not None and room.rows > 0:
                self.rows += [(row, room) for row in found[account][: room.rows]]
                lanes += 1
            elif room is not None:
                _park(self._connection, account, room, now=self._now)
        return lanes


def _park(connection: sa.Connection, account: str, room: Room, *, now: datetime) -> None:
    check_move(DeliveryState.DUE, DeliveryState.WAITING)
    ready = sa.and_(in_state(DeliveryState.DUE), deliveries.c.account == account)
    free = sa.select(deliveries.c.id).where(ready).with_for_update(skip_locked=True)
    connection.execute(
        deliveries.update()
        .where(deliveries.c.id.in_(free))
        .values(
            state=DeliveryState.WAITING,
            next_at=room.opens_at,
            reason=room.reason,
            remedy=BY_ITSELF,
            updated_at=now,
        )
    )


def _scarce(found: Sequence[tuple[Delivery, Room]]) -> dict[str, Hindrance]:
    """Replies wait where few calls are left: those are kept for posts."""
    reason = "few calls are left in this window, and they are kept for posts"
    return {
        row.id: Hindrance(DeliveryState.WAITING, reason, BY_ITSELF, room.replies_at)
        for row, room in found
        if room.replies_at is not None and row.kind in (DeliveryKind.REPLY, DeliveryKind.HIDE)
    }


def _put_aside(
    connection: sa.Connection,
    rows: Sequence[Delivery],
    held: Mapping[str, Hindrance],
    documents: Documents,
    claimer: Claimer,
    *,
    now: datetime,
) -> None:
    """Move what the gate holds; what only a newer version can read stays where it is."""
    aside = [one for one in rows if one.id in held and not held[one.id].is_newer]
    if not aside:
        return
    moves = [_aside(row, held[row.id]) for row in aside]
    ledger_deliveries.move_all(connection, moves, now=now, actor=claimer.owner)
    ended = {one.delivery.post_id for one in moves if one.state == DeliveryState.FAILED}
    settle_posts(connection, {key: documents[key] for key in documents if key in ended}, now=now)


def _aside(row: Delivery, held: Hindrance) -> Move:
    changes: dict[str, Any] = {
        "reason": held.reason,
        "remedy": held.remedy,
        "next_at": held.next_at,
    }
    if held.meant_for is not None:
        names = ("due_at", "local_time", "time_zone")
        changes |= dict(zip(names, held.meant_for, strict=True))
    return Move(row, held.state, changes)
