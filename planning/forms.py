"""Words alone or with a picture: drawn for each order by what either brought, and logged."""

from collections.abc import Collection, Mapping
from datetime import datetime

import polars as pl

from domain.brand import Brand
from domain.platforms import Platform
from domain.plugins import text_limit
from domain.writing import FORMS, Brief
from planning.draws import SOFTMAX, draw, drawn_in_words, odds_by
from storage.ledger.choices import Choice

KIND = "form"
_KINDS = dict(zip(FORMS, (("text", "link"), ("image", "carousel")), strict=True))


def form_odds(past: pl.DataFrame, brand: Brand) -> dict[str, float]:
    """The odds of each form on the platforms that take words alone, by what either brought there.

    `past` holds rows of the lake table `engagement_features` or none. None where the brand has
    settled by itself what gets a picture.
    """
    if brand.pictures != "where_better":
        return {}
    own = {account.id for account in brand.accounts if can_do_without(account.platform)}
    return odds_by(by_media(past, own, _KINDS), exploration=brand.posting.exploration)


def by_media(
    past: pl.DataFrame, accounts: Collection[str], kinds: Mapping[str, Collection[str]]
) -> dict[str, list[float]]:
    """What each way brought on these accounts, a way being some types of media."""
    if not past.width or not accounts:
        return {way: [] for way in kinds}
    rows = past.filter(pl.col("account").is_in([*accounts])).drop_nulls("y")
    return {
        way: rows.filter(pl.col("media_type").is_in([*types]))["y"].to_list()
        for way, types in kinds.items()
    }


def draw_form(brief: Brief, odds: dict[str, float], now: datetime) -> tuple[Brief, Choice | None]:
    """The brief with its form and the reason, and the draw as it is logged.

    Without odds, and where a platform of the order needs a picture, there is nothing to draw.
    """
    if not odds or not all(can_do_without(platform) for platform in brief.platforms):
        return brief, None
    choice = draw(brief, KIND, odds, policy=SOFTMAX, at=now)
    why = f"{brief.why} {drawn_in_words(choice)}"
    return brief.model_copy(update={"form": choice.chosen, "why": why}), choice


def can_do_without(platform: Platform) -> bool:
    """Whether a platform takes words alone."""
    return text_limit(platform).text_only
