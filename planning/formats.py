"""A clip, a carousel or pictures where a platform shows either: drawn by what each brought."""

from datetime import datetime

import polars as pl

from domain.brand import Brand
from domain.platforms import Platform
from domain.writing import Brief, Format
from planning.draws import SOFTMAX, draw, drawn_in_words, odds_by
from planning.forms import by_media
from storage.ledger.choices import Choice

KIND = "format"
MIXED = (Platform.INSTAGRAM,)
"""Where a clip stands beside pictures."""
USUAL: dict[Format, float] = {"clip": 1 / 3, "carousel": 1 / 6, "pictures": 1 / 2}
"""The share of each before anything was measured."""
_KINDS: dict[Format, tuple[str]] = {
    "clip": ("video",),
    "carousel": ("carousel",),
    "pictures": ("image",),
}


def format_odds(past: pl.DataFrame, brand: Brand) -> dict[Platform, dict[str, float]]:
    """The odds of each format on each platform of the brand that shows them all.

    `past` holds rows of the lake table `engagement_features` or none.
    """
    found = {}
    for platform in MIXED:
        own = {account.id for account in brand.accounts if account.platform == platform}
        if own:
            results = by_media(past, own, _KINDS)
            found[platform] = odds_by(results, exploration=brand.posting.exploration, usual=USUAL)
    return found


def draw_formats(
    brief: Brief, odds: dict[Platform, dict[str, float]], now: datetime
) -> tuple[Brief, list[Choice]]:
    """The brief with the format of each such platform and the reasons, and the draws as logged."""
    drawn = {
        platform: draw(brief, KIND, odds[platform], policy=SOFTMAX, at=now, where=platform)
        for platform in brief.platforms
        if platform in odds
    }
    formats = {platform: choice.chosen for platform, choice in drawn.items()}
    why = " ".join((brief.why, *(drawn_in_words(choice) for choice in drawn.values())))
    return brief.model_copy(update={"formats": formats, "why": why}), [*drawn.values()]
