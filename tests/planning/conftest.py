"""A ledger on both databases, on a clock that stands still, and the two example brands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.brand import Brand
from storage.brand_files import load_brands
from storage.ledger.database import Ledger

MORNING = datetime(2026, 3, 2, 5, tzinfo=UTC)
BRANDS = Path(__file__).resolve().parents[2] / "brands"


@dataclass
class StandingClock:
    """Tells the instant that the test set."""

    instant: datetime = MORNING

    def now(self) -> datetime:
        return self.instant

    def wait_until(self, instant: datetime) -> None:
        self.instant = max(self.instant, instant)


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def ledger(ledger_url: str, clock: StandingClock) -> Iterator[Ledger]:
    ledger = Ledger(ledger_url, clock=clock)
    ledger.upgrade()
    yield ledger
    ledger.close()


@pytest.fixture(params=["bergquell", "northloom"])
def brand(request: pytest.FixtureRequest) -> Brand:
    return load_brands(BRANDS)[request.param]
