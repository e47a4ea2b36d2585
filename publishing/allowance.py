"""How many rows of each account may be taken now, and why none where none may."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from domain.deliveries import DeliveryState
from domain.platforms import Platform
from publishing.leases import LEASE
from publishing.limits import BREAKER, BREAKS_AT, COSTS, REPLIES_KEEP, fresh_all, is_scarce
from publishing.platforms.standing import ACCOUNT, APP
from publishing.policies import Policy, place_of
from storage.ledger.limits import Limit, take_probe
from storage.ledger.tables import deliveries, in_state

HOUR = timedelta(hours=1)
PROBED_FOR = timedelta(seconds=10)
"""How long the others wait while one tries whether a place is back."""
A_WHILE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Room:
    """What may be taken of one account now.

    Attributes:
        rows: at most so many; 0 where its rows wait.
        opens_at: when a closed account is looked at again.
        reason: why it is closed.
        replies_at: when replies may go out again, where only posts may now.
    """

    rows: int
    opens_at: datetime | None = None
    reason: str | None = None
    replies_at: datetime | None = None


class Allowance:
    """What is known of limits at one instant, and what that leaves to each of some accounts."""

    def __init__(
        self, connection: sa.Connection, known: Mapping[str, Policy], *, now: datetime
    ) -> None:
        self._connection, self._now, self._policies = connection, now, known
        self._limits: dict[tuple[str, str], Limit] = {}
        self._busy: Mapping[str, int] = {}
        self._on_platform, self._given = Counter[str](), Counter[str]()

    def learn(self, limits: Mapping[tuple[str, str], Limit], busy: Mapping[str, int]) -> None:
        """Hear of some accounts' limits, and how many rows of each account are in whose hands."""
        self._limits |= fresh_all(limits, self._now)
        self._busy = busy
        self._on_platform = self._given.copy()
        for account, number in busy.items():
            self._on_platform[_platform(account)] += number

    def room(self, account: str, *, most: int) -> Room | None:
        """The account's room, at most `most` rows; None where its hands are full.

        An account's posts go out one after the other, unless its brand file lets several be under
        way. The caller takes what it is given: it may be the one that tries a place that was down.
        """
        policy = self._policies.get(account)
        hands = hands_of(account, self._policies)
        if self._busy.get(account, 0) >= hands:
            return None
        room = Room(most if hands == 1 else 1)
        room = self._counted(room, self._limits.get((account, ACCOUNT)), account, others=0)
        app = self._limits.get((_platform(account), APP))
        room = self._counted(room, app, account, others=self._on_platform[_platform(account)])
        if policy and policy.account.per_hour is not None:
            room = self._hourly(room, account, policy.account.per_hour)
        room = self._unbroken(room, account)
        self._on_platform[_platform(account)] += room.rows
        self._given[_platform(account)] += room.rows
        return room

    def _counted(self, room: Room, limit: Limit | None, account: str, *, others: int) -> Room:
        """What a limit leaves; `others` calls are under way and not counted yet."""
        if limit is None or not room.rows:
            return room
        if limit.closed_until is not None and limit.closed_until > self._now:
            return Room(0, limit.closed_until, limit.reason or f"{limit.owner} asks to wait")
        # after a refusal one row tries, and the others follow once it is through
        if limit.failures and others:
            return Room(0, self._now + PROBED_FOR, limit.reason or f"{limit.owner} is tried again")
        rows = 1 if limit.failures else room.rows
        if limit.remaining is None or limit.resets_at is None:
            return replace(room, rows=rows)
        cost = 1 if limit.in_percent else COSTS.get(Platform(_platform(account)), 1)
        left = limit.remaining // cost - (0 if limit.in_percent else others)
        if left <= 0:
            at = limit.resets_at if not others else min(limit.resets_at, self._now + A_WHILE)
            return Room(0, at, f"{limit.owner} has no calls left until {limit.resets_at:%H:%M:%S}")
        if not limit.in_percent:
            rows = min(rows, left)
        scarce = limit.resets_at if is_scarce(limit, REPLIES_KEEP) else room.replies_at
        return replace(room, rows=rows, replies_at=scarce)

    def _hourly(self, room: Room, account: str, per_hour: int) -> Room:
        """What the brand's own cap leaves; what may be out counts like what is out."""
        if not room.rows:
            return room
        mine = deliveries.c.account == account
        sent = (
            sa.select(deliveries.c.sent_at)
            .where(in_state(DeliveryState.SENT), mine, deliveries.c.sent_at > self._now - HOUR)
            .order_by(deliveries.c.sent_at.desc())
            .limit(per_hour)
        )
        recent: Sequence[Any] = self._connection.scalars(sent).all()
        unknown = sa.select(sa.func.count()).where(in_state(DeliveryState.UNKNOWN), mine)
        left = per_hour - len(recent) - (self._connection.scalar(unknown) or 0)
        if left > 0:
            return replace(room, rows=min(room.rows, left))
        at = recent[-1] + HOUR if len(recent) == per_hour > 0 else self._now + A_WHILE
        return Room(0, at, f"{account} posts at most {per_hour} times an hour (its brand file)")

    def _unbroken(self, room: Room, account: str) -> Room:
        """Closed while a place is down; when its pause is over, one row of one account tries."""
        limit = self._limits.get((place_of(account, self._policies), BREAKER))
        if limit is None or limit.failures < BREAKS_AT or not room.rows:
            return room
        why = f"{limit.owner} is down ({limit.reason}); it is tried again by itself"
        if limit.closed_until is not None and limit.closed_until > self._now:
            return Room(0, min(limit.closed_until, self._now + PROBED_FOR * 3), why)
        until = self._now + LEASE
        if not take_probe(self._connection, limit, until=until, now=self._now):
            return Room(0, self._now + PROBED_FOR, why)
        return replace(room, rows=1)


def hands_of(account: str, known: Mapping[str, Policy]) -> int:
    """How many of the account's rows may be under way at a time."""
    policy = known.get(account)
    return policy.account.in_flight if policy else 1


def _platform(account: str) -> str:
    return account.partition(":")[0]
