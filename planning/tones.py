"""The tone of a post, where the brand has several: drawn by what each brought, and logged."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl
import sqlalchemy as sa

from domain.brand import Brand, Tone
from domain.writing import Brief
from planning.draws import SOFTMAX, draw, odds_by, record
from planning.measured import measured_orders
from storage.ledger import choices
from storage.ledger.choices import Choice

KIND = "tone"


def tone_results(
    connection: sa.Connection, brand: Brand, past: pl.DataFrame
) -> dict[str, list[float]]:
    """What each tone of the brand brought, an order being one result; none where it has but one.

    `past` holds rows of the lake table `engagement_features` or none.
    """
    if len(brand.voice.tones) < 2:
        return {}
    drawn = {
        choice.id.removesuffix(f":{KIND}"): choice.chosen
        for choice in choices.list(connection, kind=KIND, brand=brand.name)
    }
    found: dict[str, list[float]] = {tone: [] for tone in brand.voice.tones}
    measured = measured_orders(connection, brand, past, orders=drawn)
    for order, result in measured.select("brief_id", "y").iter_rows():
        found.get(drawn[order], []).append(result)
    return found


def draw_tone(
    brief: Brief, results: Mapping[str, Sequence[float]], *, exploration: float, now: datetime
) -> tuple[Brief, Choice | None]:
    """The brief with its tone and the reason, and the draw as it is logged."""
    if not results:
        return brief, None
    choice = draw(brief, KIND, odds_by(results, exploration=exploration), policy=SOFTMAX, at=now)
    tone = Tone(choice.chosen)
    why = f"{brief.why} Tone {tone}: {record(results[tone])}."
    return brief.model_copy(update={"tone": tone, "why": why}), choice
