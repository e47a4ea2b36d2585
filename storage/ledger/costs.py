"""Money in the ledger: set aside before a billed call, settled after it.

Providers bill in US dollars: callers speak of US cents, the rows are in the currency of the brand's
budget.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import polars as pl
import sqlalchemy as sa

from domain.errors import PolicyError, StoreError
from domain.prices import in_budget
from storage.lake_tables import TABLES
from storage.ledger import brands
from storage.ledger.database import Ledger
from storage.ledger.spending import one_at_a_time, spent
from storage.ledger.tables import costs


@dataclass(frozen=True, slots=True)
class Billed:
    """What a call is for; `cents` is what it may cost at most, in US cents."""

    brand: str
    provider: str
    purpose: str
    cents: float


def _reserve(connection: sa.Connection, billed: Billed, *, cents: float, now: datetime) -> str:
    booking = uuid4().hex
    connection.execute(
        costs.insert().values(
            id=booking,
            brand=billed.brand,
            provider=billed.provider,
            purpose=billed.purpose,
            reserved_cents=cents,
            reserved_at=now,
        )
    )
    return booking


def reserve_within_budget(connection: sa.Connection, billed: Billed, *, now: datetime) -> str:
    """Set money aside and return the booking's id.

    Raises:
        PolicyError: the brand's budget of this month (UTC) does not cover it.
    """
    brand = billed.brand
    one_at_a_time(connection, brand)
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    budget = brands.load(connection, brand).budget
    cents = in_budget(billed.cents, budget)
    already = spent(connection, brand=brand, since=month)
    if already + cents > budget.monthly_cents:
        raise PolicyError(
            f"{billed.purpose} would cost up to {cents:.2f} cents, and {brand} has spent "
            f"{already:.2f} of {budget.monthly_cents} {budget.currency} cents this month; "
            f"raise budget.monthly_cents in brands/{brand}.yaml or wait for next month"
        )
    return _reserve(connection, billed, cents=cents, now=now)


def settle(connection: sa.Connection, booking: str, *, cents: float, now: datetime) -> None:
    """Replace a reservation by what was really paid, in US cents.

    Raises StoreError for an unknown booking, and where nobody can read the brand.
    """
    brand = connection.scalar(sa.select(costs.c.brand).where(costs.c.id == booking))
    if brand is None:
        raise StoreError(f"there is no booking {booking!r}; reserve before settling")
    known = brands.served(connection, [brand]).get(brand) or brands.load(connection, brand)
    paid = in_budget(cents, known.budget)
    values = {"settled_cents": paid, "settled_at": now}
    connection.execute(costs.update().where(costs.c.id == booking).values(**values))


class LedgerPurse:
    """A `domain.writing.Purse` over the ledger: it keeps each brand to its monthly budget (UTC)."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def reserve(self, *, brand: str, provider: str, cents: float, purpose: str) -> str:
        """Set `cents` (US) aside and return the booking's id.

        Raises:
            PolicyError: the brand's budget of this month does not cover it.
        """
        billed = Billed(brand=brand, provider=provider, purpose=purpose, cents=cents)
        with self.ledger.transaction() as connection:
            return reserve_within_budget(connection, billed, now=self.ledger.now(connection))

    def settle(self, booking: str, *, cents: float) -> None:
        """Replace the reservation by what was really paid (0 where nothing was)."""
        with self.ledger.transaction() as connection:
            settle(connection, booking, cents=cents, now=self.ledger.now(connection))


def frame(connection: sa.Connection) -> pl.DataFrame:
    """One row per billed call, in the shape of the lake table `costs`."""
    names = list(TABLES["costs"])
    rows = connection.execute(sa.select(*(costs.c[name] for name in names)))
    return pl.DataFrame([tuple(row) for row in rows], schema=TABLES["costs"], orient="row")
