"""What an order is shown as on each platform: drawn by what words, pictures and clips brought."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import polars as pl

from domain.brand import Brand
from domain.media_limits import JPEG, MP4
from domain.platforms import Platform
from domain.plugins import media_limit, text_limit
from domain.writing import Brief, Format
from planning.draws import SOFTMAX, draw, drawn_in_words, odds_by
from storage.ledger.choices import Choice

KIND = "format"
CLIPS = (Platform.TIKTOK,)
"""Where a clip is what people come for, and nothing else is shown."""
USUAL: dict[Format, float] = {"clip": 0.05, "carousel": 0.1, "pictures": 0.4, "words": 0.45}
"""The share of each before anything was measured: a clip costs seconds, a card a tenth of one."""
USUAL_WITHOUT_WORDS: dict[Format, float] = {"clip": 1 / 3, "carousel": 1 / 6, "pictures": 1 / 2}
"""The same where a platform has no posts of words alone."""
_KINDS: dict[Format, tuple[str, ...]] = {
    "clip": ("video",),
    "carousel": ("carousel",),
    "pictures": ("image",),
    "words": ("text", "link"),
}


def formats_of(platform: Platform) -> tuple[Format, ...]:
    """What can be shown on a platform, in the order of `USUAL`; raises KeyError as its limits."""
    if platform in CLIPS:
        return ("clip",)
    pictures = media_limit(platform).pictures if takes(platform, JPEG) else 0
    shows: dict[Format, bool] = {
        "clip": takes(platform, MP4),
        "carousel": pictures > 1,
        "pictures": pictures > 0,
        "words": can_do_without(platform),
    }
    return tuple(name for name in USUAL if shows[name])


def format_odds(past: pl.DataFrame, brand: Brand) -> dict[Platform, dict[Format, float]]:
    """The odds of each format on each platform of the brand, by what each brought there.

    `past` holds rows of the lake table `engagement_features` or none. A platform that shows but one
    is left out, and one that can do without pictures where the brand has settled by itself what
    gets them.
    """
    found = {}
    for platform in dict.fromkeys(account.platform for account in brand.accounts):
        shown, settled = formats_of(platform), brand.pictures != "where_better"
        if len(shown) < 2 or (settled and can_do_without(platform)):
            continue
        usual = USUAL if "words" in shown else USUAL_WITHOUT_WORDS
        found[platform] = odds_by(
            _results(past, brand, platform, shown), exploration=brand.posting.exploration,
            usual=usual,
        )  # fmt: skip
    return found


def draw_formats(
    brief: Brief, odds: Mapping[Platform, Mapping[Format, float]], now: datetime
) -> tuple[Brief, list[Choice]]:
    """The brief with the format of each such platform and the reasons, and the draws as logged.

    One throw of the dice decides for all platforms of an order, so that what is made for one is
    shared with the others: each has its own odds, but their draws go together.
    """
    drawn = {
        platform: draw(
            brief, KIND, odds[platform], policy=SOFTMAX, at=now, where=platform, together=True
        )
        for platform in brief.platforms
        if platform in odds
    }
    formats = {platform: choice.chosen for platform, choice in drawn.items()}
    shown = any(can_do_without(one) and form != "words" for one, form in formats.items())
    why = " ".join((brief.why, *(drawn_in_words(choice) for choice in drawn.values())))
    update = {"formats": formats, "form": "picture" if shown else brief.form, "why": why}
    return brief.model_copy(update=update), [*drawn.values()]


def clip_platforms(brief: Brief, platforms: Sequence[Platform]) -> list[Platform]:
    """Those of the platforms on which the order is to be seen as a clip."""
    return [
        p for p in platforms if takes(p, MP4) and (p in CLIPS or brief.formats.get(p) == "clip")
    ]


def picture_platforms(
    brief: Brief, platforms: Sequence[Platform], *, watched: Collection[Platform]
) -> list[Platform]:
    """Those that may show pictures: neither those where a clip is `watched`, nor words alone."""
    return [
        p
        for p in platforms
        if takes(p, JPEG) and p not in watched and brief.formats.get(p) != "words"
    ]


def is_needed(platforms: Sequence[Platform]) -> bool:
    """Whether one of the platforms cannot do without pictures or clips."""
    return not all(can_do_without(platform) for platform in platforms)


def is_wished(brief: Brief, brand: Brand) -> bool:
    """Whether the brand wants the order shown where it could do without."""
    wished = {"where_telling": True, "where_better": brief.form == "picture"}
    return wished.get(brand.pictures, False)


def can_do_without(platform: Platform) -> bool:
    """Whether a platform takes words alone."""
    return text_limit(platform).text_only


def takes(platform: Platform, mime_type: str) -> bool:
    """Whether a platform takes files of that type."""
    limit = media_limit(platform)
    return limit.pictures > 0 and mime_type in limit.of(mime_type).formats


def _results(
    past: pl.DataFrame, brand: Brand, platform: Platform, shown: tuple[Format, ...]
) -> dict[Format, list[float]]:
    """What each format brought on the brand's accounts there."""
    if not past.width:
        return {name: [] for name in shown}
    own = [account.id for account in brand.accounts if account.platform == platform]
    rows = past.filter(pl.col("account").is_in(own)).drop_nulls("y")
    return {
        name: rows.filter(pl.col("media_type").is_in(_KINDS[name]))["y"].to_list() for name in shown
    }
