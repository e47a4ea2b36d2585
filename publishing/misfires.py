"""Posts that missed their time: sent late, moved to the next good slot or dropped."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from domain.brand import zone_of
from domain.deliveries import Delivery, DeliveryKind, DeliveryState
from domain.zones import wall_of
from publishing.gate import Hindrance
from publishing.policies import Policy
from storage.ledger.tables import deliveries, in_state

DAYS_AHEAD = 14
AHEAD = (DeliveryState.PLANNED, DeliveryState.DUE, DeliveryState.WAITING)


LATE = timedelta(minutes=1)
"""So long after its instant a post is still on time."""
A_DAY = timedelta(hours=25)
"""No local day is longer."""


def misfires(
    connection: sa.Connection,
    rows: Sequence[Delivery],
    known: Mapping[str, Policy],
    *,
    now: datetime,
) -> Mapping[str, Hindrance]:
    """What becomes of those rows that are later than their brand allows, by their ids.

    Without a policy of the brand a late post is sent however late it is. With or without one it is
    moved or dropped where its account's day is full: what is out, what may be out, what goes out
    along with it and what is still to come at its own time count towards the daily cap. A post
    that was planned for an instant already past was meant to go out at once: its lateness counts
    from the planning. `known` are the policies by account.
    """
    found: dict[str, Hindrance] = {}
    today = _Today(connection, {row.account for row in rows}, now)
    for row in rows:
        policy = known.get(row.account)
        if policy is None or row.kind != DeliveryKind.POST or row.after is not None:
            continue
        why = _why_not(row, policy, today)
        if why is not None:
            taken = today.decided[row.account]
            found[row.id] = _moved_or_dropped(connection, row, policy, why, taken=taken, now=now)
        elif row.due_at <= now - LATE:
            today.decided[row.account].append(now)
    return found


def _why_not(row: Delivery, policy: Policy, today: "_Today") -> str | None:
    """Later than the brand allows, or late at all on a day that has its posts already."""
    rule = policy.brand.posting.misfire
    late = today.now - max(row.due_at, row.created_at)
    if late <= LATE:
        return None
    missed = f"it missed its time at {row.due_at:%Y-%m-%d %H:%M} UTC"
    if rule is not None and late > timedelta(minutes=rule.late_minutes):
        return missed
    if today.is_full(policy):
        return f"{missed}, and {policy.account.id} has its {policy.account.daily_cap} posts a day"
    return None


def next_slot(policy: Policy, *, taken: Sequence[datetime], now: datetime) -> datetime | None:
    """The next instant that breaks no rule of the brand: one of its default times, else any.

    None where the rules leave nothing open for two weeks.
    """
    from ml.openings import constraints_of, openings  # brings numpy, which a worker seldom needs

    account = policy.account.id
    rules = constraints_of(policy.brand, account, not_before=now, taken=taken)
    today = now.astimezone(zone_of(policy.account)).date()
    found = [
        opening
        for ahead in range(DAYS_AHEAD)
        for opening in openings(today + timedelta(days=ahead), constraints=rules, chosen=(), seed=0)
    ]
    best = [opening for opening in found if opening.default] or found
    return min((opening.due_at for opening in best), default=None)


def _moved_or_dropped(
    connection: sa.Connection,
    row: Delivery,
    policy: Policy,
    why: str,
    *,
    taken: list[datetime],
    now: datetime,
) -> Hindrance:
    rule = policy.brand.posting.misfire
    if rule is not None and rule.then == "drop":
        return Hindrance(
            DeliveryState.CANCELLED,
            f"{why}; the brand's misfire policy drops it",
            "plan it again under another key, or change posting.misfire in the brand file",
        )
    slot = next_slot(policy, taken=[*_neighbours(connection, row, now), *taken], now=now)
    if slot is None:
        return Hindrance(
            DeliveryState.CANCELLED,
            f"{why}; the brand leaves no slot open for {DAYS_AHEAD} days",
            "raise daily_cap or open more hours in the brand file, then plan it under another key",
        )
    taken.append(slot)
    zone = zone_of(policy.account)
    return Hindrance(
        DeliveryState.WAITING,
        f"{why}; moved to the next good slot",
        "nothing: it goes out by itself",
        next_at=slot,
        meant_for=(slot, wall_of(slot, zone), policy.account.time_zone),
    )


def _neighbours(connection: sa.Connection, row: Delivery, now: datetime) -> list[datetime]:
    """When the account posted lately, may have posted, and is to post."""
    mine = sa.and_(deliveries.c.account == row.account, deliveries.c.id != row.id)
    until = now + timedelta(days=DAYS_AHEAD)
    return [at for _, at in _posts(connection, mine, since=now - A_DAY, after=now, until=until)]


def _posts(
    connection: sa.Connection,
    mine: sa.ColumnElement[bool],
    *,
    since: datetime,
    after: datetime,
    until: datetime,
) -> list[tuple[str, datetime]]:
    """Account and instant of posts out since then, under way, and to come from `after` on.

    A thread is one post. What may be out counts where it was last heard of.
    """
    columns = deliveries.c
    parts = [
        (columns.sent_at, in_state(DeliveryState.SENT), columns.sent_at > since),
        (columns.updated_at, in_state(DeliveryState.UNKNOWN), columns.updated_at > since),
        (
            columns.updated_at,
            in_state(DeliveryState.CLAIMED, DeliveryState.SENDING),
            columns.updated_at > since,
        ),
        *(
            (columns.due_at, in_state(state), columns.due_at.between(after, until))
            for state in AHEAD
        ),
    ]
    one_each = sa.and_(mine, columns.kind == DeliveryKind.POST, columns.after.is_(None))
    query = sa.union_all(
        *(sa.select(columns.account, at).where(state, span, one_each) for at, state, span in parts)
    )
    rows: Any = connection.execute(query)
    return [(account, at) for account, at in rows]


class _Today:
    """How many posts accounts have today: counted where somebody asks, and once.

    Attributes:
        now: the present instant.
        decided: by account, when the rows go out that were looked at before.
    """

    def __init__(self, connection: sa.Connection, accounts: Collection[str], now: datetime) -> None:
        self._connection, self._accounts, self.now = connection, accounts, now
        self._posts: list[tuple[str, datetime]] | None = None
        self.decided = defaultdict[str, list[datetime]](list)

    def is_full(self, policy: Policy) -> bool:
        """Whether the account has, or will have by midnight, as many posts as it may."""
        if self._posts is None:
            mine = deliveries.c.account.in_(self._accounts)
            span = {"since": self.now - A_DAY, "until": self.now + A_DAY}
            self._posts = _posts(self._connection, mine, after=self.now - LATE, **span)
        zone, account = zone_of(policy.account), policy.account.id
        known = [at for name, at in self._posts if name == account] + self.decided[account]
        day = self.now.astimezone(zone).date()
        return sum(at.astimezone(zone).date() == day for at in known) >= policy.account.daily_cap
