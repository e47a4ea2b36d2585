"""Tokens in the ledger: encrypted, renewed by one process at a time, never lost to an empty answer.

An account is asked for attention once: the event is written with the change that opens the matter.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.brand import Account
from domain.events import DomainEvent, EventType
from domain.tokens import Tokens, renewal_instant
from storage.ledger import events
from storage.ledger.documents import insert_new
from storage.ledger.tables import deliveries, tokens
from storage.secrets import Keyring, Sealed

Keys = Callable[[], Keyring]
"""Gives the keys when something must be opened or sealed, and not before."""
SECRET = ("access", "refresh", "password", "client_id", "client_secret")
"""What of `Tokens` is encrypted; the rest may be read in the ledger."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose tokens: the account, and the brand that speaks through it."""

    account: Account
    brand: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One row, opened.

    Attributes:
        tokens: None where only a refusal of a token from the environment is kept.
        generation: grows with each pair; who saw an older one has missed a renewal.
        in_doubt: the answer to a renewal was lost, so that `tokens.refresh` may be spent.
        retry_at: before this instant no renewal is tried again.
        attention: what a person must mend, and `remedy` how; None where all is well.
    """

    account: str
    tokens: Tokens | None
    generation: int
    obtained_at: datetime | None
    renew_at: datetime | None
    lease_owner: str | None
    lease_until: datetime | None
    in_doubt: bool
    failures: int
    retry_at: datetime | None
    attention: str | None
    remedy: str | None


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that only a person can mend.

    Attributes:
        reason: what is wrong.
        remedy: what to type.
        is_over: whether the access token is of no use any more.
        retry_at: when to try again by itself; None: only a new connection helps.
    """

    reason: str
    remedy: str
    is_over: bool = True
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    """An account that a person must look after, and what to type."""

    account: str
    brand: str
    reason: str
    remedy: str
    since: datetime


def find(connection: sa.Connection, account: str, *, keys: Keys, lock: bool = False) -> Kept | None:
    """The row of an account; None where there is none.

    Raises:
        StoreError: the key is missing or another one, or the row is damaged.
    """
    query = sa.select(tokens).where(tokens.c.account == account)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return None if row is None else _kept(row, keys)


def user_ids(connection: sa.Connection) -> dict[str, str]:
    """Account id to the platform's own name of it, where one is known."""
    query = sa.select(tokens.c.account, tokens.c.user_id).where(tokens.c.user_id.is_not(None))
    return {row.account: row.user_id for row in connection.execute(query)}


def scopes(connection: sa.Connection) -> dict[str, tuple[str, ...]]:
    """Account id to what its platform granted, of every account that is connected."""
    query = sa.select(tokens.c.account, tokens.c.scopes).where(tokens.c.sealed.is_not(None))
    return {row.account: tuple(row.scopes) for row in connection.execute(query)}


def keep(
    connection: sa.Connection, holder: Holder, new: Tokens, *, keys: Keys, now: datetime
) -> Kept:
    """Put a new pair in the place of the old one; what it leaves empty stays as it was.

    The lease, the doubt and the matter that needed attention end with it.
    """
    old = lock(connection, holder, keys=keys, now=now)
    whole = old.tokens.succeeded_by(new) if old.tokens else new
    return _write(connection, holder, whole, keys=keys, now=now)


def connect(
    connection: sa.Connection, holder: Holder, new: Tokens, *, keys: Keys, now: datetime
) -> None:
    """Keep what a person has just connected, whatever was there, and announce it."""
    insert_new(connection, tokens, **_blank(holder, now))
    _write(connection, holder, new, keys=keys, now=now)
    payload = {"scopes": list(new.scopes), "user_id": new.user_id}
    _announce(connection, EventType.ACCOUNT_CONNECTED, holder, payload, now=now)


def lock(connection: sa.Connection, holder: Holder, *, keys: Keys, now: datetime) -> Kept:
    """The row of an account, kept from others until the transaction ends; made where none is."""
    insert_new(connection, tokens, **_blank(holder, now))
    return _found(find(connection, holder.account.id, keys=keys, lock=True))


def take_lease(
    connection: sa.Connection, kept: Kept, *, owner: str, until: datetime, now: datetime
) -> None:
    """Note who renews the tokens from now on, for a row that the caller has locked.

    Somebody whose lease ran out did not come back: whether the refresh token is spent is in doubt.
    """
    _update(
        connection,
        kept.account,
        lease_owner=owner,
        lease_until=until,
        in_doubt=kept.in_doubt or kept.lease_owner is not None,
        updated_at=now,
    )


def drop_lease(
    connection: sa.Connection,
    kept: Kept,
    *,
    in_doubt: bool,
    retry_at: datetime,
    now: datetime,
) -> None:
    """Note that a renewal came to nothing, for a row that the caller has locked."""
    _update(
        connection,
        kept.account,
        lease_owner=None,
        lease_until=None,
        in_doubt=in_doubt,
        failures=kept.failures + 1,
        retry_at=retry_at,
        updated_at=now,
    )


def need_attention(
    connection: sa.Connection, holder: Holder, matter: Matter, *, now: datetime
) -> bool:
    """Open a matter for a person; False where one is open already, so that nobody is told twice."""
    insert_new(connection, tokens, **_blank(holder, now))
    mine = tokens.c.account == holder.account.id
    connection.execute(sa.select(tokens.c.account).where(mine).with_for_update())
    ends = {"expires_at": now, "renew_at": now} if matter.is_over else {}
    free = {"lease_owner": None, "lease_until": None, "retry_at": matter.retry_at}
    _update(connection, holder.account.id, updated_at=now, **free, **ends)
    if connection.execute(sa.select(tokens.c.account).where(mine, _is_open())).first():
        return False
    said = {"attention": matter.reason, "remedy": matter.remedy, "attention_at": now}
    _update(connection, holder.account.id, **said)
    payload = {"reason": matter.reason, "remedy": matter.remedy}
    _announce(connection, EventType.ACCOUNT_NEEDS_ATTENTION, holder, payload, now=now)
    return True


def attention(connection: sa.Connection) -> list[Attention]:
    """Every account that a person must look after, the oldest matter first."""
    query = sa.select(tokens).where(_is_open()).order_by(tokens.c.attention_at)
    return [
        Attention(
            row["account"], row["brand"], row["attention"], row["remedy"], row["attention_at"]
        )
        for row in connection.execute(query).mappings()
    ]


def sealed_before(connection: sa.Connection, version: int) -> list[str]:
    """The accounts whose tokens are sealed with another key than this."""
    query = sa.select(tokens.c.account).where(tokens.c.key_version != version)
    return list(connection.scalars(query.order_by(tokens.c.account)))


def seal_again(connection: sa.Connection, account: str, *, keyring: Keyring) -> bool:
    """Encrypt one row with the newest key; False where it already is. Raises StoreError."""
    query = sa.select(tokens).where(tokens.c.account == account).with_for_update()
    row = connection.execute(query).mappings().one_or_none()
    if row is None or row["sealed"] is None or row["key_version"] == keyring.newest:
        return False
    plain = keyring.open(_sealed(row), about=account)
    _update(connection, account, **_columns(keyring.seal(plain, about=account)))
    return True


def _write(
    connection: sa.Connection, holder: Holder, new: Tokens, *, keys: Keys, now: datetime
) -> Kept:
    account = holder.account.id
    query = sa.select(tokens.c.generation).where(tokens.c.account == account).with_for_update()
    generation = connection.scalars(query).one() + 1
    secret = {name: getattr(new, name) for name in SECRET}
    sealed = keys().seal(json.dumps(secret).encode(), about=account)
    _update(
        connection,
        account,
        brand=holder.brand,
        user_id=new.user_id,
        scopes=list(new.scopes),
        generation=generation,
        obtained_at=now,
        expires_at=new.expires_at,
        refresh_until=new.refresh_until,
        renew_at=renewal_instant(new.expires_at, now=now, luck=_luck(account, generation)),
        updated_at=now,
        **_AT_REST,
        **_columns(sealed),
    )
    return _found(find(connection, account, keys=keys))


_AT_REST = {
    "lease_owner": None,
    "lease_until": None,
    "in_doubt": False,
    "failures": 0,
    "retry_at": None,
    "attention": None,
    "remedy": None,
    "attention_at": None,
}


def _blank(holder: Holder, now: datetime) -> dict[str, Any]:
    return {
        "account": holder.account.id,
        "platform": holder.account.platform,
        "brand": holder.brand,
        "scopes": [],
        "updated_at": now,
    }


def _update(connection: sa.Connection, account: str, **values: Any) -> None:
    connection.execute(tokens.update().where(tokens.c.account == account).values(**values))


def _kept(row: sa.RowMapping, keys: Keys) -> Kept:
    opened = None
    if row["sealed"] is not None:
        secret = json.loads(keys().open(_sealed(row), about=row["account"]))
        opened = Tokens(
            **secret,
            user_id=row["user_id"],
            scopes=tuple(row["scopes"]),
            expires_at=row["expires_at"],
            refresh_until=row["refresh_until"],
        )
    plain = (field.name for field in fields(Kept) if field.name != "tokens")
    return Kept(tokens=opened, **{name: row[name] for name in plain})


def _found(kept: Kept | None) -> Kept:
    assert kept is not None  # noqa: S101 - its row was made in the same transaction
    return kept


def _sealed(row: sa.RowMapping) -> Sealed:
    return Sealed(row["key_version"], row["key_id"], bytes(row["nonce"]), bytes(row["sealed"]))


def _columns(sealed: Sealed) -> dict[str, Any]:
    return {
        "key_version": sealed.key_version,
        "key_id": sealed.key_id,
        "nonce": sealed.nonce,
        "sealed": sealed.data,
    }


def _luck(account: str, generation: int) -> float:
    """The same for all processes, another for each account and pair: who is due when."""
    drawn = hashlib.sha256(f"{account} {generation}".encode()).digest()
    return int.from_bytes(drawn[:4], "big") / 2**32


def _is_open() -> sa.ColumnElement[bool]:
    """A refusal of a token from the environment is over when something went out since."""
    sent = sa.exists().where(
        deliveries.c.account == tokens.c.account, deliveries.c.sent_at > tokens.c.attention_at
    )
    return sa.and_(
        tokens.c.attention.is_not(None), sa.or_(tokens.c.sealed.is_not(None), sa.not_(sent))
    )


def _announce(
    connection: sa.Connection,
    kind: EventType,
    holder: Holder,
    payload: dict[str, Any],
    *,
    now: datetime,
) -> None:
    account = holder.account
    whose = {"account": account.id, "platform": account.platform, "brand": holder.brand}
    events.append(
        connection,
        DomainEvent(
            type=kind,
            occurred_at=now,
            correlation=account.id,
            actor="tokens",
            payload=whose | payload,
        ),
    )
