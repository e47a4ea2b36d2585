"""What the brand files say about an account, as the ledger holds them: read at the door."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import sqlalchemy as sa

from domain.brand import Account, Brand
from storage.ledger import brands


@dataclass(frozen=True, slots=True)
class Policy:
    """One account with its brand."""

    brand: Brand
    account: Account

    @property
    def place(self) -> str:
        """What goes down as one: the platform, or the server that the account names."""
        platform = str(self.account.platform)
        if self.account.base_url is None:
            return platform
        return f"{platform} at {urlsplit(self.account.base_url).netloc}"


def policies(connection: sa.Connection) -> Mapping[str, Policy]:
    """Account id to its policy, of every brand that the ledger knows and somebody can read."""
    found = brands.known(connection)
    known = _KNOWN.get(found.versions) if found.versions else None
    if known is None:
        known = by_account(found.brands.values())
        _KNOWN.clear()
        _KNOWN[found.versions] = known
    return known


def place_of(account: str, known: Mapping[str, Policy]) -> str:
    """What goes down as one with this account."""
    policy = known.get(account)
    return policy.place if policy else account.partition(":")[0]


_KNOWN: dict[tuple[tuple[str, str], ...], Mapping[str, Policy]] = {}
"""The last brands that were read, by name and version: a file changes seldom."""


def by_account(every: Iterable[Brand]) -> Mapping[str, Policy]:
    """Account id to its policy, of these brands."""
    return {account.id: Policy(brand, account) for brand in every for account in brand.accounts}
