"""Posts that missed their time: sent late, moved to the next good slot or dropped."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.brand import zone_of
from domain.deliveries import Delivery, DeliveryKind, DeliveryState
from domain.zones import wall_of
from publishing.gate import Hindrance
from publishing.policies import Policy, policies
from storage.ledger.tables import deliveries, in_state

DAYS_AHEAD = 14
AHEAD = (DeliveryState.PLANNED, DeliveryState.DUE, DeliveryState.WAITING)


def misfires(
    connection: sa.Connection, rows: Sequence[Delivery], *, now: datetime
) -> Mapping[str, Hindrance]:
    """What becomes of those rows that are later than their brand allows, by their ids.

    A brand without a policy sends however late it is. A post that was planned for an instant
    already past was meant to go out at once: its lateness counts from the planning. While posts are
    caught up, what may be out and what goes out along with a row count towards the daily cap.
    """
    known = policies(connection)
    found: dict[str, Hindrance] = {}
    moved: dict[str, list[datetime]] = {}
    today = _Today(connection, now)
    for row in rows:
        policy = known.get(row.account)
        if policy is None or row.kind != DeliveryKind.POST:
            continue
        if row.after is None and _is_too_late(row, policy, today):
            taken = moved.setdefault(row.account, [])
            found[row.id] = _moved_or_dropped(connection, row, policy, taken=taken, now=now)
        else:
            today.along[row.account] += 1
    return found


def _is_too_late(row: Delivery, policy: Policy, today: "_Today") -> bool:
    """Later than the brand allows, or late at all on a day that has its posts already."""
    rule = policy.brand.posting.misfire
    late = today.now - max(row.due_at, row.created_at)
    if rule is None or late <= timedelta(minutes=1):
        return False
    return late > timedelta(minutes=rule.late_minutes) or today.is_full(policy)


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
    *,
    taken: list[datetime],
    now: datetime,
) -> Hindrance:
    rule = policy.brand.posting.misfire
    missed = f"it missed its time at {row.due_at:%Y-%m-%d %H:%M} UTC"
    slot = None
    if rule is not None and rule.then == "next_slot":
        busy = [*_neighbours(connection, row, now), *taken]
        slot = next_slot(policy, taken=busy, now=now)
    if slot is None:
        return Hindrance(
            DeliveryState.CANCELLED,
            f"{missed}, and the brand's misfire policy drops it",
            "plan it again under another key, or change posting.misfire in the brand file",
        )
    taken.append(slot)
    zone = zone_of(policy.account)
    return Hindrance(
        DeliveryState.WAITING,
        f"{missed}; moved to the next good slot",
        "nothing: it goes out by itself",
        next_at=slot,
        meant_for=(slot, wall_of(slot, zone), policy.account.time_zone),
    )


def _neighbours(connection: sa.Connection, row: Delivery, now: datetime) -> list[datetime]:
    """When the account posted lately, and is to post."""
    mine = sa.and_(
        deliveries.c.account == row.account,
        deliveries.c.kind == DeliveryKind.POST,
        deliveries.c.id != row.id,
    )
    day = timedelta(days=1)
    sent = sa.select(deliveries.c.sent_at).where(
        in_state(DeliveryState.SENT), mine, deliveries.c.sent_at > now - day
    )
    ahead = sa.select(deliveries.c.due_at).where(
        sa.or_(*(in_state(state) for state in AHEAD)),
        mine,
        deliveries.c.due_at.between(now, now + DAYS_AHEAD * day),
    )
    return [*connection.scalars(sent), *connection.scalars(ahead)]


class _Today:
    """How often accounts have posted today: counted where somebody asks, and once.

    Attributes:
        now: the present instant.
        along: by account, how many rows go out with the one that is looked at.
    """

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        self._connection, self.now = connection, now
        self._posted: dict[str, int] = {}
        self.along: Counter[str] = Counter()

    def is_full(self, policy: Policy) -> bool:
        """Whether the account has posted as often as it may."""
        account = policy.account.id
        if account not in self._posted:
            self._posted[account] = self._count(policy)
        return self._posted[account] + self.along[account] >= policy.account.daily_cap

    def _count(self, policy: Policy) -> int:
        """What is out, what may be out, and what is under way."""
        local = self.now.astimezone(zone_of(policy.account))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        mine = sa.and_(
            deliveries.c.account == policy.account.id, deliveries.c.kind == DeliveryKind.POST
        )
        counts = [
            sa.select(sa.func.count()).select_from(deliveries).where(mine, each).scalar_subquery()
            for each in (
                sa.and_(in_state(DeliveryState.SENT), deliveries.c.sent_at >= midnight),
                sa.and_(in_state(DeliveryState.UNKNOWN), deliveries.c.updated_at >= midnight),
                in_state(DeliveryState.CLAIMED, DeliveryState.SENDING),
            )
        ]
        return self._connection.scalar(sa.select(sum(counts[1:], counts[0]))) or 0
