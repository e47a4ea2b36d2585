"""Billed calls at the door: set aside with the intent, settled with the outcome, never over."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa

from domain.brand import Budget
from domain.deliveries import Delivery, DeliveryState
from domain.errors import Unpaid
from domain.prices import dollars, dollars_each, in_budget, is_charged
from publishing.gate import Hindrance
from publishing.platforms.metering import Rows
from publishing.policies import Policy, policies
from storage.ledger import spending
from storage.ledger.spending import Booking

PENNY = 1e-6
"""Below this, two sums of cents are the same."""
LOOK_AGAIN = timedelta(minutes=30)
"""How soon a delivery that found no money asks again: somebody may have raised the budget."""
WORDS = {"own_read": "own post read", "read": "post read", "user_read": "user read"}
"""What the rows of reads are called, by kind."""


def reserve(
    connection: sa.Connection, rows: Sequence[Delivery], *, now: datetime, bills: bool
) -> tuple[dict[str, Hindrance], frozenset[str]]:
    """Set aside what these sends cost.

    Returns those that no money is left for, by id, and the ids of those that money was set aside
    for; the others cost nothing.

    Called in the transaction that writes their intents, so that neither stands without the other.

    Args:
        connection: a write transaction.
        rows: what is about to be sent, each as it stands before this attempt.
        now: the present instant.
        bills: whether platforms are spoken to that charge; a rehearsal costs nothing.
    """
    known = policies(connection)
    billed = [(row, policy) for row in rows if (policy := payer(row.account, known, bills=bills))]
    held: dict[str, Hindrance] = {}
    bookings: list[Booking] = []
    for name in sorted({policy.brand.name for _, policy in billed}):
        mine = [(row, policy.brand.budget) for row, policy in billed if policy.brand.name == name]
        left = _left(connection, name, mine[0][1], now)
        for row, budget in mine:
            cents = _cents(dollars(row.platform, row.kind, row.payload), budget)
            if cents > left + PENNY:
                held[row.id] = _no_money(name, budget, cents, max(left, 0.0), now)
                continue
            left -= cents
            bookings.append(_booking(row, name, cents, now))
    spending.book(connection, bookings)
    return held, frozenset(row.id for row, _ in billed if row.id not in held)


def settle(
    connection: sa.Connection, endings: Mapping[tuple[str, int], DeliveryState], *, now: datetime
) -> None:
    """Settle attempts, by delivery and number: what was not sent costs nothing.

    What is unknown stays set aside until it is known.
    """
    sent = {_key(*key) for key, state in endings.items() if state == DeliveryState.SENT}
    unknown = {_key(*key) for key, state in endings.items() if state == DeliveryState.UNKNOWN}
    free = {_key(*key) for key in endings} - sent - unknown
    spending.settle(connection, sent, free, now=now)


def payer(account: str, known: Mapping[str, Policy], *, bills: bool) -> Policy | None:
    """Whose budget pays; None where nothing is charged."""
    policy = known.get(account)
    if policy is None or not is_charged(policy.account, policy.brand.budget, bills=bills):
        return None
    return policy


def reserve_read(
    connection: sa.Connection,
    policy: Policy,
    most: Mapping[str, int],
    *,
    now: datetime,
    keep: float = 0.0,
) -> str:
    """Set aside what reading at most so many of each kind costs; returns the booking's id.

    Args:
        connection: a write transaction.
        policy: whose account is read.
        most: kind of read to how many of it one request may give.
        now: the present instant.
        keep: the share of the month's budget that is left to posts.

    Raises:
        Unpaid: no money is left for it.
    """
    name, budget = policy.brand.name, policy.brand.budget
    cents = sum(number * _each(policy, kind) for kind, number in most.items())
    left = _left(connection, name, budget, now)
    if cents > left - keep * budget.monthly_cents + PENNY:
        why, remedy = _shortage(name, budget, cents, max(left, 0.0))
        kept = f", of which {keep:.0%} of the budget is kept for posts" if keep else ""
        raise Unpaid(f"{policy.account.id}: {why}{kept}; {remedy}")
    booking = _read(policy, f"reads:{policy.account.id}:{uuid4().hex}", "read", cents, now)
    spending.book(connection, [booking])
    return booking.id


def settle_read(
    connection: sa.Connection, policy: Policy, booking: str, rows: Rows, *, now: datetime
) -> None:
    """Pay for what was read in the place of what was set aside, each once a day.

    X counts the same post or user once within a day (UTC).
    """
    paid = [
        _read(
            policy,
            f"{kind}:{policy.account.id}:{now:%Y-%m-%d}:{one}",
            kind,
            _each(policy, kind),
            now,
        )
        for kind, ids in rows.items()
        for one in sorted(set(ids))
    ]
    spending.replace(connection, booking, paid, now=now)


def _each(policy: Policy, kind: str) -> float:
    return _cents(dollars_each(policy.account.platform, kind), policy.brand.budget)


def _read(policy: Policy, key: str, purpose: str, cents: float, at: datetime) -> Booking:
    platform = str(policy.account.platform)
    return Booking(key, policy.brand.name, platform, WORDS[purpose], cents, at)


def _left(connection: sa.Connection, brand: str, budget: Budget, now: datetime) -> float:
    """Cents of this month (UTC) that nobody has spent or set aside; the purse is held."""
    spending.one_at_a_time(connection, brand)
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return budget.monthly_cents - spending.spent(connection, brand=brand, since=month)


def _cents(price: float, budget: Budget) -> float:
    return round(in_budget(price * 100, budget), 4)


def _no_money(brand: str, budget: Budget, cents: float, left: float, now: datetime) -> Hindrance:
    why, remedy = _shortage(brand, budget, cents, left)
    return Hindrance(DeliveryState.WAITING, why, remedy, next_at=now + LOOK_AGAIN)


def _shortage(brand: str, budget: Budget, cents: float, left: float) -> tuple[str, str]:
    return (
        f"it costs {cents:.2f} {budget.currency} cents, and {brand} has {left:.2f} of "
        f"{budget.monthly_cents} left this month",
        f"raise budget.monthly_cents in brands/{brand}.yaml, or wait for next month",
    )


def _booking(row: Delivery, brand: str, cents: float, now: datetime) -> Booking:
    return Booking(
        id=_key(row.id, row.attempts + 1),
        brand=brand,
        provider=str(row.platform),
        purpose=str(row.kind),
        cents=cents,
        at=now,
    )


def _key(delivery_id: str, attempt: int) -> str:
    return f"{delivery_id}:{attempt}"
