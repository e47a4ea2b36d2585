"""Brands in the ledger, and who else can read them while an upgrade goes on."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.errors import StoreError
from storage.brand_files import load_brand
from storage.ledger import brands, tables
from storage.ledger.database import Ledger

EXAMPLES = sorted((Path(__file__).parents[3] / "brands").glob("*.yaml"))


def document_of(ledger: Ledger, name: str) -> dict:
    with ledger.reading() as connection:
        query = sa.select(tables.brands.c.document).where(tables.brands.c.name == name)
        return dict(connection.execute(query).scalar_one())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_brand_comes_back_as_it_was_loaded(ledger, now, path):
    brand = load_brand(path)
    with ledger.transaction() as connection:
        brands.save(connection, brand, now=now)
    with ledger.reading() as connection:
        assert brands.load(connection, brand.name) == brand
        assert brands.all(connection) == [brand]


def test_a_brand_is_kept_without_what_it_leaves_to_defaults(ledger, brand, now):
    with ledger.transaction() as connection:
        brands.save(connection, brand, now=now)
    kept = document_of(ledger, brand.name)
    assert kept["schema_version"] == 1
    assert kept["topics"] == ["water"]
    assert "voice" not in kept
    assert "unread" not in str(kept)


def test_what_only_a_newer_version_knows_does_not_stop_an_older_one(ledger, brand, now):
    with ledger.transaction() as connection:
        brands.save(connection, brand, now=now)
    voice = {"emojis": False, "accent": "soft"}
    newer = document_of(ledger, brand.name) | {"voice": voice, "to_come": [1]}
    with ledger.transaction() as connection:
        connection.execute(tables.brands.update().values(document=newer))
    with ledger.reading() as connection:
        read = brands.load(connection, brand.name)
    quiet = brand.voice.model_copy(update={"emojis": False})
    assert read == brand.model_copy(update={"voice": quiet})


def test_the_same_brand_again_is_no_new_version(ledger, brand, now):
    with ledger.transaction() as connection:
        first = brands.save(connection, brand, now=now)
        assert brands.save(connection, brand, now=now) == first
        other = brand.model_copy(update={"about": "A brewery that moved."})
        assert brands.save(connection, other, now=now) != first


def test_an_unknown_brand_is_named(ledger):
    with ledger.reading() as connection, pytest.raises(StoreError, match="knows no brand 'amsel'"):
        brands.load(connection, "amsel")
