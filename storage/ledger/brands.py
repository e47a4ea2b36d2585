"""Brands in the ledger: each file as it was last loaded."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.brand import Brand
from domain.deliveries import DeliveryState
from domain.errors import StoreError
from domain.events import DomainEvent, EventType
from storage.ledger import events
from storage.ledger.documents import upsert
from storage.ledger.legibility import GARBLED, is_garbled, is_ledger_newer, is_newer
from storage.ledger.tables import brands, deliveries, in_state

UNREAD = "what the ledger holds of its brand cannot be read"
"""Why a delivery waits whose brand is such a one."""
_read: dict[str, tuple[str, Brand]] = {}


@dataclass(frozen=True, slots=True)
class Known:
    """The brands of the ledger, each version read once a process.

    Attributes:
        brands: those that can be read, by name.
        unread: what reading the others ended in, by name.
        newer: those of them that a newer version can read.
        nameless: what reading a row ended in whose very name cannot be read.
        versions: names and versions of all, where all can be read.
    """

    brands: Mapping[str, Brand]
    unread: Mapping[str, Exception] = field(default_factory=dict)
    newer: frozenset[str] = frozenset()
    nameless: Exception | None = None
    versions: tuple[tuple[str, str], ...] = ()

    def is_unread(self, name: str) -> bool:
        """Whether the brand is there and cannot be read, as far as can be told."""
        return name in self.unread or (self.nameless is not None and name not in self.brands)


_last = {"known": Known({})}


def save(connection: sa.Connection, brand: Brand, *, now: datetime, actor: str = "file") -> str:
    """Keep the brand as loaded and return its version; the same content changes nothing.

    Where nobody could read what was kept of it, what waits for that goes on.
    """
    document = _document(brand)
    version = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    is_legible, kept = _kept(connection, brand.name)
    if is_legible and kept == version:
        return version
    row = {"name": brand.name, "version": version, "document": document, "loaded_at": now}
    upsert(connection, brands, key=("name",), **row)
    events.append(
        connection,
        DomainEvent(
            type=EventType.BRAND_LOADED,
            occurred_at=now,
            correlation=brand.name,
            actor=actor,
            payload={"brand": brand.name, "version": version},
        ),
    )
    if not is_legible:
        _wake(connection, brand.name, now=now)
    return version


def load(connection: sa.Connection, name: str) -> Brand:
    """The brand of that name; raises StoreError where there is none that can be read."""
    query = sa.select(brands.c.document).where(brands.c.name == name)
    try:
        document = connection.scalar(query)
        brand = None if document is None else _brand(document)
    except GARBLED as exc:
        if not is_garbled(exc):
            raise
        raise StoreError(
            f"what the ledger holds of brand {name!r} cannot be read; {remedy_of(name)}"
        ) from exc
    if brand is None:
        raise _unknown(name)
    return brand


def has(connection: sa.Connection, name: str) -> bool:
    """Whether there is such a brand, even where nobody can read it."""
    return connection.scalar(sa.select(sa.literal(1)).where(brands.c.name == name)) is not None


def must_have(connection: sa.Connection, name: str) -> None:
    """Raise StoreError where there is no such brand; one that nobody can read is one."""
    if not has(connection, name):
        raise _unknown(name)


def served(connection: sa.Connection, names: Collection[str]) -> dict[str, Brand]:
    """Those of the brands that the ledger knows and this version can read."""
    found = known(connection).brands if names else {}
    return {name: found[name] for name in names if name in found}


def all(connection: sa.Connection) -> list[Brand]:
    """Every brand that can be read, by name."""
    return [*known(connection).brands.values()]


def known(connection: sa.Connection) -> Known:
    """All brands, by name; one that cannot be read stops no other.

    Raises:
        StoreError: the ledger refused.
    """
    query = sa.select(brands.c.name, brands.c.version).order_by(brands.c.name)
    try:
        versions = tuple((str(one.name), str(one.version)) for one in connection.execute(query))
    except GARBLED as exc:
        if not is_garbled(exc):
            raise
        return _told_apart(connection, [*_versions(connection)], nameless=exc)
    last = _last["known"]
    if last.versions == versions:
        return last
    found = _told_apart(connection, versions)
    if found.versions:
        _last["known"] = found
    return found


def remedy_of(name: str) -> str:
    """What mends a brand that nobody can read."""
    return f"see that brands/{name}.yaml is sound, then let `amsel review` load it anew"


def _unknown(name: str) -> StoreError:
    return StoreError(f"the ledger knows no brand {name!r}; load brands/{name}.yaml first")


def _told_apart(
    connection: sa.Connection,
    versions: Collection[tuple[str, str]],
    *,
    nameless: Exception | None = None,
) -> Known:
    unread: dict[str, Exception] = {}
    for name, version in versions:
        if _read.get(name, ("",))[0] == version:
            continue
        try:
            document = connection.scalar(sa.select(brands.c.document).where(brands.c.name == name))
            _read[name] = (version, _brand(document or {}))
        except GARBLED as exc:
            if not is_garbled(exc):
                raise
            unread[name] = exc
    found = {name: _read[name][1] for name, _ in versions if name not in unread}
    if not unread and nameless is None:
        return Known(found, versions=tuple(versions))
    is_all_newer = is_ledger_newer(connection)
    newer = {name for name, error in unread.items() if is_all_newer or is_newer(error)}
    return Known(found, unread, frozenset(newer), nameless)


def _versions(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Names and versions where some of them are bytes that are no text: those are left out."""
    raw = [sa.cast(column, sa.LargeBinary) for column in (brands.c.name, brands.c.version)]
    rows: Any = connection.execute(sa.select(*raw).order_by(brands.c.name))
    for name, version in rows:
        try:
            readable = bytes(name or b"").decode()
        except ValueError:
            continue
        yield readable, bytes(version or b"").decode("utf-8", "backslashreplace")


def _kept(connection: sa.Connection, name: str) -> tuple[bool, str | None]:
    """Whether this or a newer version can read what is kept of that name, and its version."""
    mine = sa.select(brands.c.version, brands.c.document).where(brands.c.name == name)
    try:
        row = connection.execute(mine).one_or_none()
        if row is not None:
            _brand(row.document or {})
    except GARBLED as exc:
        if not is_garbled(exc):
            raise
        return is_newer(exc), None
    return True, row.version if row else None


def _wake(connection: sa.Connection, name: str, *, now: datetime) -> None:
    waits = in_state(DeliveryState.WAITING, DeliveryState.UNKNOWN)
    mine = sa.and_(waits, deliveries.c.brand == name, deliveries.c.reason == UNREAD)
    free = sa.select(deliveries.c.id).where(mine).with_for_update(skip_locked=True)
    connection.execute(
        deliveries.update().where(deliveries.c.id.in_(free)).values(next_at=now, updated_at=now)
    )


def _document(brand: Brand) -> dict[str, Any]:
    """The brand without what it leaves to defaults.

    While an upgrade goes on, workers of the version before read it too: they must meet only keys
    that the brand file uses.
    """
    said = brand.model_dump(mode="json", exclude_defaults=True)
    return {"schema_version": brand.schema_version, **said}


def _brand(document: Mapping[str, Any]) -> Brand:
    """A brand as it was kept; what only a newer version knows is left out."""
    return Brand.model_validate(document, extra="ignore")
