"""A brand, a ledger and messages for the tests of the community."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time

import pytest

from domain.brand import Account, Brand, BrandVoice, Fact, Posting, Window
from domain.community import InboundMessage
from domain.platforms import Platform
from storage.ledger import brands
from storage.ledger.database import Ledger

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def brand() -> Brand:
    facts = {
        "price": ("flasche", "Die Glasflasche mit 0,75 Litern kostet 1,29 Euro."),
        "source": ("quelle", "Unser Wasser kommt aus einer Quelle im Harz."),
        "deposit": ("flasche", "Auf jede Flasche gibt es 15 Cent Pfand zurück."),
        "shipping": ("shop", "Der Versand in Deutschland dauert zwei Tage."),
        "vegan": ("quelle", "Unsere Limonaden sind vegan und ohne Zuckerzusatz."),
    }
    return Brand(
        name="bergquell",
        title="Bergquell",
        about="Mineralwasser aus dem Harz, in Glas gefüllt.",
        voice=BrandVoice(language="de"),
        facts=tuple(Fact(id=key, topic=topic, text=text) for key, (topic, text) in facts.items()),
        topics=("flasche", "quelle", "shop"),
        accounts=(
            Account(platform=Platform.X, handle="bergquell", time_zone="Europe/Berlin"),
            Account(platform=Platform.BLUESKY, handle="bergquell.test", time_zone="Europe/Berlin"),
        ),
        posting=Posting(
            windows=(Window(start=time(8), end=time(20)),), default_times=(time(9), time(18))
        ),
    )


@pytest.fixture
def ledger(ledger_url: str, brand: Brand) -> Iterator[Ledger]:
    opened = Ledger(ledger_url)
    with opened.transaction() as connection:
        brands.save(connection, brand, now=NOW)
    yield opened
    opened.close()


@pytest.fixture
def message() -> Callable[..., InboundMessage]:
    def write(text: str, *, number: int = 1, **changes: object) -> InboundMessage:
        values: dict[str, object] = {
            "platform": Platform.X,
            "account": "x:bergquell",
            "message_id": f"{1000 + number}",
            "platform_ref": f"{1000 + number}",
            "author": f"guest_{number}",
            "text": text,
            "created_at": NOW,
            "received_at": NOW,
            "in_reply_to": f"{500 + number}",
            "thread_root": f"{500 + number}",
        }
        return InboundMessage.model_validate(values | changes)

    return write
