"""Words alone or with a picture: drawn for each order by what either brought, and logged."""

from datetime import datetime
from math import exp
from statistics import fmean, pstdev

import polars as pl

from domain.brand import Brand
from domain.platforms import Platform
from domain.plugins import text_limit
from domain.writing import FORMS, Brief
from planning.draws import draw
from storage.ledger.choices import Choice

KIND = "form"
_SHRINK = 10.0
"""Posts that a form must have had for half of its lead to be believed."""
_SHOWN = ("image", "carousel")
_BARE = ("text", "link")


def form_odds(past: pl.DataFrame, brand: Brand) -> dict[str, float]:
    """The odds of each form on the platforms that take words alone.

    `past` holds rows of the lake table `engagement_features` or none. Each form's mean result is
    shrunk towards that of all, taken in standard deviations, and turned into odds by a softmax; the
    brand's exploration is spread evenly. Without a past both are equally likely. None where the
    brand has settled by itself what gets a picture.
    """
    if brand.pictures != "where_better":
        return {}
    results = _results(past, brand)
    every = [result for each in results.values() for result in each]
    spread = pstdev(every) if len(every) > 1 else 0.0
    mean = fmean(every) if every else 0.0
    lifts = {
        form: sum(result - mean for result in own) / (len(own) + _SHRINK) / (spread or 1.0)
        for form, own in results.items()
    }
    total, explore = sum(exp(lift) for lift in lifts.values()), brand.posting.exploration
    return {
        form: explore / len(lifts) + (1 - explore) * exp(lift) / total
        for form, lift in lifts.items()
    }


def draw_form(brief: Brief, odds: dict[str, float], now: datetime) -> tuple[Brief, Choice | None]:
    """The brief with its form, and the draw as it is logged.

    Without odds, and where a platform of the order needs a picture, there is nothing to draw.
    """
    if not odds or not all(can_do_without(platform) for platform in brief.platforms):
        return brief, None
    choice = draw(brief, KIND, odds, policy="softmax-explore", at=now)
    return brief.model_copy(update={"form": choice.chosen}), choice


def can_do_without(platform: Platform) -> bool:
    """Whether a platform takes words alone."""
    return text_limit(platform).text_only


def _results(past: pl.DataFrame, brand: Brand) -> dict[str, list[float]]:
    own = {account.id for account in brand.accounts if can_do_without(account.platform)}
    results: dict[str, list[float]] = {form: [] for form in FORMS}
    if past.width and own:
        rows = past.filter(pl.col("account").is_in([*own])).drop_nulls("y")
        for form, kinds in zip(FORMS, (_BARE, _SHOWN), strict=True):
            results[form] = rows.filter(pl.col("media_type").is_in(kinds))["y"].to_list()
    return results
