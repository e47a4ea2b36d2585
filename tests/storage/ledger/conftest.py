"""A ledger with its tables, on both databases, and the entities that fill it."""

from collections.abc import Iterator
from datetime import UTC, datetime, time

import pytest

from domain.brand import Account, Brand, BrandVoice, Budget, Fact, Posting, Window
from domain.platforms import Platform
from domain.posts import ContentPost
from storage.ledger.database import Ledger

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOON


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    made = Ledger(ledger_url)
    yield made
    made.close()


@pytest.fixture
def brand() -> Brand:
    return Brand(
        name="bergquell",
        title="Bergquell",
        about="A small brewery in the hills.",
        facts=(Fact(id="spring", topic="water", text="Our water comes from the spring."),),
        topics=("water",),
        accounts=(
            Account(platform=Platform.X, handle="bergquell", time_zone="Europe/Berlin"),
            Account(platform=Platform.BLUESKY, handle="bergquell.test", time_zone="Europe/Berlin"),
        ),
        posting=Posting(
            windows=(Window(start=time(8), end=time(20)),), default_times=(time(9), time(17))
        ),
        budget=Budget(monthly_cents=100),
    )


@pytest.fixture
def post() -> ContentPost:
    return ContentPost(
        id="p1",
        brand="bergquell",
        text="Fresh from the spring.",
        platforms=(Platform.X, Platform.BLUESKY),
        brand_voice=BrandVoice(),
        generated_by="composer",
    )
