"""Brands in the ledger: each file as it was last loaded."""

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.brand import Brand
from domain.errors import StoreError
from domain.events import DomainEvent, EventType
from storage.ledger import events
from storage.ledger.documents import upsert
from storage.ledger.tables import brands

_read: dict[str, tuple[str, Brand]] = {}


def save(connection: sa.Connection, brand: Brand, *, now: datetime, actor: str = "file") -> str:
    """Keep the brand as loaded and return its version; the same content changes nothing."""
    document = _document(brand)
    version = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    if connection.scalar(sa.select(brands.c.version).where(brands.c.name == brand.name)) == version:
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
    return version


def load(connection: sa.Connection, name: str) -> Brand:
    """The brand of that name; raises StoreError where there is none."""
    document = connection.scalar(sa.select(brands.c.document).where(brands.c.name == name))
    if document is None:
        raise StoreError(f"the ledger knows no brand {name!r}; load brands/{name}.yaml first")
    return _brand(document)


def served(connection: sa.Connection, names: Collection[str]) -> dict[str, Brand]:
    """Those of the brands that the ledger knows; each version is read once a process."""
    if not names:
        return {}
    query = sa.select(brands.c.name, brands.c.version).where(brands.c.name.in_(names))
    versions = {row.name: row.version for row in connection.execute(query)}
    for name, version in versions.items():
        if _read.get(name, ("",))[0] != version:
            _read[name] = (version, load(connection, name))
    return {name: _read[name][1] for name in versions}


def all(connection: sa.Connection) -> list[Brand]:
    """Every brand, by name."""
    query = sa.select(brands.c.document).order_by(brands.c.name)
    return [_brand(document) for document in connection.scalars(query)]


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
