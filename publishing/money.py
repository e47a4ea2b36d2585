"""Billed calls at the door: set aside with the intent, settled with the outcome, never over."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.brand import Budget
from domain.deliveries import Delivery, DeliveryState
from domain.prices import PRICES, dollars, in_budget
from publishing.gate import Hindrance
from publishing.policies import Policy, policies
from storage.ledger import spending
from storage.ledger.spending import Booking

PENNY = 1e-6
"""Below this, two sums of cents are the same."""
LOOK_AGAIN = timedelta(minutes=30)
"""How soon a delivery that found no money asks again: somebody may have raised the budget."""
POSTS_PER_LOOK = 10
"""Own posts that a look-up is taken to read, for it does not say how many it read."""


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
    billed = [(row, policy) for row in rows if (policy := _payer(row, known, bills=bills))]
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


def reserve_look(
    connection: sa.Connection, row: Delivery, *, now: datetime, bills: bool
) -> Hindrance | None:
    """Pay for a look at the account's own posts; why not, where no money is left."""
    policy = _payer(row, policies(connection), bills=bills)
    if policy is None:
        return None
    name, budget = policy.brand.name, policy.brand.budget
    cents = _cents(PRICES[row.platform].own_read * POSTS_PER_LOOK, budget)
    left = _left(connection, name, budget, now)
    if cents > left + PENNY:
        return _no_money(name, budget, cents, max(left, 0.0), now)
    look = Booking(
        id=f"look:{row.id}:{now.isoformat()}",
        brand=name,
        provider=str(row.platform),
        purpose="look-up",
        cents=cents,
        at=now,
    )
    spending.book(connection, [look])
    spending.settle(connection, {look.id}, (), now=now)
    return None


def _payer(row: Delivery, known: Mapping[str, Policy], *, bills: bool) -> Policy | None:
    """Whose budget pays; None where nothing is charged.

    A server of one's own in a platform's place charges only a brand that has a budget.
    """
    policy = known.get(row.account)
    if policy is None or row.platform not in PRICES:
        return None
    if policy.account.base_url is None:
        return policy if bills else None
    return policy if policy.brand.budget.monthly_cents > 0 else None


def _left(connection: sa.Connection, brand: str, budget: Budget, now: datetime) -> float:
    """Cents of this month (UTC) that nobody has spent or set aside; the purse is held."""
    spending.one_at_a_time(connection, brand)
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return budget.monthly_cents - spending.spent(connection, brand=brand, since=month)


def _cents(price: float, budget: Budget) -> float:
    return round(in_budget(price * 100, budget), 4)


def _no_money(brand: str, budget: Budget, cents: float, left: float, now: datetime) -> Hindrance:
    return Hindrance(
        DeliveryState.WAITING,
        f"it costs {cents:.2f} {budget.currency} cents, and {brand} has {left:.2f} of "
        f"{budget.monthly_cents} left this month",
        f"raise budget.monthly_cents in brands/{brand}.yaml, or wait for next month",
        next_at=now + LOOK_AGAIN,
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
