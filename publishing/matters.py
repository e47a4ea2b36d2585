"""What waits for a person: accounts, posts that failed, and posts whose fate nobody can look up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from domain.deliveries import DeliveryState
from storage.ledger import brands, overview, tokens
from storage.ledger.tables import deliveries, in_state

RECENT = timedelta(days=1)
"""What failed longer ago is told by `amsel status` and `amsel deliveries` only."""
MOST = 500
"""So many of a kind are looked at, the newest ones."""
LONGEST = 300
"""Characters of a reason."""
COLUMNS = [
    deliveries.c[name]
    for name in ("id", "brand", "account", "kind", "key", "fence", "reason", "remedy")
]


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """Something that goes no further without a person.

    Attributes:
        name: the same as long as it is the same matter.
        what: `account`, `brand`, `failed`, `unknown` or `waiting`.
        remedy: what to do, with the command to type.
        deliveries: how many wait for it, or are it.
    """

    name: str
    what: str
    brand: str
    account: str
    reason: str
    remedy: str
    deliveries: int

    @property
    def words(self) -> str:
        """One sentence with what to do."""
        return f"{self.account}: {self.reason}; {self.remedy}"


def open_matters(connection: sa.Connection, *, now: datetime) -> list[OpenMatter]:
    """Every open matter: accounts, brands, then what waits, is unknown, and failed within a day.

    What waits for an account or a brand that is named itself, and what is about to be tried, is
    left out.
    """
    accounts = [_account(one) for one in tokens.attention(connection)]
    named = {one.account for one in accounts}
    held_up = overview.held_up(connection, not_before=now)
    unknown = _rows(connection, in_state(DeliveryState.UNKNOWN), deliveries.c.next_at.is_(None))
    failed = _rows(
        connection, in_state(DeliveryState.FAILED), deliveries.c.updated_at > now - RECENT
    )
    unread, waiting = _unread_brands(connection), []
    for row in held_up:
        if row.reason == brands.UNREAD:
            unread[row.brand] = unread.get(row.brand, 0) + row.count
        elif row.account not in named:
            waiting.append(_waits(row))
    return [
        *accounts,
        *(_brand(name, count) for name, count in sorted(unread.items())),
        *waiting,
        *(_unknown(row) for row in unknown),
        *(_failed(row) for row in failed),
    ]


def _account(one: tokens.Attention) -> OpenMatter:
    name = f"account:{one.account}:{one.since.timestamp():.0f}"
    return OpenMatter(name, "account", one.brand, one.account, _short(one.reason), one.remedy, 0)


def _unread_brands(connection: sa.Connection) -> dict[str, int]:
    """The brands that no version can read, each with nothing that waits for it so far."""
    known = brands.known(connection)
    return dict.fromkeys(known.unread.keys() - known.newer, 0)


def _brand(name: str, count: int) -> OpenMatter:
    what = f"what the ledger holds of brand {name} cannot be read"
    return OpenMatter(f"brand:{name}", "brand", name, name, what, brands.remedy_of(name), count)


def _waits(row: Any) -> OpenMatter:
    name = f"waiting:{row.account}:{sha256(row.remedy.encode()).hexdigest()[:16]}"
    remedy = f"{row.remedy} (`amsel deliveries show {row.first}` tells more)"
    reason = _short(row.reason)
    return OpenMatter(name, "waiting", row.brand, row.account, reason, remedy, row.count)


def _unknown(row: Any) -> OpenMatter:
    # the row's own reason holds the text of the post
    reason = f"nobody but a person can tell whether the {row.kind} {row.key} is out"
    remedy = f"look there, then `amsel deliveries settle {row.id} --sent ID`, or `--absent`"
    return OpenMatter(_name("unknown", row), "unknown", row.brand, row.account, reason, remedy, 1)


def _failed(row: Any) -> OpenMatter:
    reason = f"the {row.kind} {row.key} did not go out: {_short(row.reason)}"
    remedy = f"{row.remedy or 'see why'} (`amsel deliveries show {row.id}` tells more)"
    return OpenMatter(_name("failed", row), "failed", row.brand, row.account, reason, remedy, 1)


def _name(what: str, row: Any) -> str:
    # the fence grows with each claim: what fails once more is another matter
    return f"{what}:{row.id}:{row.fence}"


def _rows(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Any]:
    query = sa.select(*COLUMNS).where(*where).order_by(deliveries.c.updated_at.desc())
    return list(connection.execute(query.limit(MOST)))


def _short(reason: str | None) -> str:
    words = " ".join((reason or "no reason was given").split())
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"
