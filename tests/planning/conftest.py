"""A ledger on both databases, on a clock that stands still, and the two example brands."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.brand import Brand
from storage.brand_files import load_brands
from storage.ledger.database import Ledger
from tests.clock import SteppingClock
from tests.openai_wire import openai_spec, overheard  # noqa: F401 - fixtures

MORNING = datetime(2026, 3, 2, 5, tzinfo=UTC)
BRANDS = Path(__file__).resolve().parents[2] / "brands"


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock(MORNING)


@pytest.fixture
def ledger(ledger_url: str, clock: SteppingClock) -> Iterator[Ledger]:
    ledger = Ledger(ledger_url, clock=clock)
    yield ledger
    ledger.close()


@pytest.fixture
def brand(ledger_url: str) -> Brand:
    return brand_on(ledger_url)


def seldom(brand: Brand) -> Brand:
    """The brand with a post a day for two accounts, where how many there are does not matter."""
    posting = brand.posting.model_copy(update={"posts_per_day": 1})
    fewer = {"posting": posting, "accounts": brand.accounts[:2], "duties": ()}
    return brand.model_copy(update=fewer)


def brand_on(ledger_url: str) -> Brand:
    """The German example brand on SQLite, the English one on PostgreSQL."""
    name = "bergquell" if ledger_url.startswith("sqlite") else "northloom"
    return load_brands(BRANDS)[name]
