"""What an account's reads are paid from: the budget of its brand, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from publishing import money
from publishing.platforms.metering import Rows
from publishing.policies import Policy, policies
from storage.ledger.database import Ledger


@dataclass(frozen=True, slots=True)
class Purse:
    """A meter over the ledger; `keep` is the share of the month's budget that is left to posts."""

    ledger: Ledger
    policy: Policy
    keep: float

    def set_aside(self, most: Mapping[str, int]) -> str:
        """Set aside what at most so many of each kind cost; raises Unpaid where nothing is left."""
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            return money.reserve_read(connection, self.policy, most, now=now, keep=self.keep)

    def settle(self, booking: str, rows: Rows) -> None:
        """Pay for what came, each once a day; nothing where nothing did."""
        with self.ledger.transaction() as connection:
            now = self.ledger.now(connection)
            money.settle_read(connection, self.policy, booking, rows, now=now)


def purse_of(
    ledger: Ledger, connection: sa.Connection, account: str, *, keep: float = 0.0
) -> Purse | None:
    """Who pays for what is read of an account; None where nothing is charged."""
    return purse_in(ledger, policies(connection), account, keep=keep)


def purse_in(
    ledger: Ledger, known: Mapping[str, Policy], account: str, *, keep: float = 0.0
) -> Purse | None:
    """The same by policies that are at hand, such as those of brand files."""
    policy = money.payer(account, known, bills=ledger.clock is None)
    return Purse(ledger, policy, keep) if policy else None
