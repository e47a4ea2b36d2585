"""Two small brands, one German and one English, and briefs about them."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest

from domain.brand import (
    Account,
    Brand,
    BrandVoice,
    Budget,
    Disclosure,
    Fact,
    Posting,
    Terms,
    Window,
)
from domain.platforms import Platform
from domain.writing import Brief

POSTING = Posting(windows=(Window(start=time(8), end=time(20)),), default_times=(time(9),))
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def _facts(rows: list[tuple[str, str, str, str | None]]) -> tuple[Fact, ...]:
    return tuple(Fact(id=i, topic=topic, text=text, link=link) for i, topic, text, link in rows)


@pytest.fixture(scope="session")
def spring() -> Brand:
    """A German water brand that says Sie and likes no emojis."""
    return Brand(
        name="quellwerk",
        title="Quellwerk",
        about="Mineralwasser und Limonade aus dem Harz.",
        voice=BrandVoice(language="de", formal_address=True),
        topics=("Herkunft", "Pfand", "Limonade"),
        keywords=("Mineralwasser", "Glasflasche"),
        competitors=("Sprudelkönig",),
        accounts=(
            Account(platform=Platform.X, handle="quellwerk", time_zone="Europe/Berlin"),
            Account(platform=Platform.BLUESKY, handle="quellwerk.test", time_zone="Europe/Berlin"),
        ),
        terms=Terms(
            banned=("billig", "heilen"),
            disclosures=(Disclosure(when=("Gewinnspiel",), labels=("Anzeige", "Werbung")),),
        ),
        budget=Budget(monthly_cents=500),
        posting=POSTING,
        facts=_facts(
            [
                ("depth", "Herkunft", "Unser Wasser kommt aus 180 Metern Tiefe im Harz.",
                 "https://quellwerk.example/quelle"),
                ("since", "Herkunft", "Seit 1921 füllen wir direkt an der Quelle ab.", None),
                ("glass", "Pfand", "Eine Glasflasche wird bei uns bis zu 50-mal befüllt.", None),
                ("deposit", "Pfand", "Auf jede Flasche gibt es 15 Cent Pfand zurück.", None),
                ("lemon", "Limonade", "Die Zitronenlimonade enthält 12 % Saft und kostet 1,19 €.",
                 "https://quellwerk.example/limonade"),
                ("sugar", "Limonade", "Unsere Limonade hat 4,5 g Zucker auf 100 ml.", None),
            ]
        ),
    )  # fmt: skip


@pytest.fixture(scope="session")
def loom() -> Brand:
    """An English brand of blankets that likes an emoji."""
    return Brand(
        name="fellweave",
        title="Fellweave",
        about="Wool blankets woven in Cumbria.",
        voice=BrandVoice(language="en", tone="casual", emojis=True, max_hashtags=2),
        country="GB",
        topics=("wool", "weaving", "care"),
        keywords=("wool blanket", "slow craft"),
        accounts=(
            Account(platform=Platform.X, handle="fellweave", time_zone="Europe/London"),
            Account(platform=Platform.BLUESKY, handle="fellweave.test", time_zone="Europe/London"),
        ),
        terms=Terms(banned=("cheap", "miracle")),
        posting=POSTING,
        facts=_facts(
            [
                ("herdwick", "wool", "Our wool comes from Herdwick sheep on 14 farms.", None),
                ("natural", "wool", "We use undyed wool in 5 natural shades.",
                 "https://fellweave.example/shades"),
                ("loom", "weaving", "Each blanket takes 6 hours on a loom from 1954.", None),
                ("price", "weaving", "The Hearth blanket costs £1,149.50.",
                 "https://fellweave.example/hearth"),
                ("wash", "care", "Wash at 30 °C and dry it flat.", None),
                ("mend", "care", "We mend every blanket free of charge for 10 years.", None),
            ]
        ),
    )  # fmt: skip


@pytest.fixture(scope="session")
def briefs() -> Callable[[Brand, int], list[Brief]]:
    """`briefs(brand, count)`: briefs over the brand's facts in turn, for its two platforms."""

    def make(brand: Brand, count: int) -> list[Brief]:
        made = []
        for number in range(count):
            main = brand.facts[number % len(brand.facts)]
            others = tuple(f for f in brand.facts if f.topic == main.topic and f is not main)
            made.append(
                Brief(
                    id=f"brief-{number}",
                    brand=brand.name,
                    topic=main.topic,
                    why="a test",
                    facts=(main, *others),
                    platforms=tuple(account.platform for account in brand.accounts),
                    language=brand.voice.language,
                    due_at=START + timedelta(hours=number),
                )
            )
        return made

    return make
