"""How an audience answers a post: expected engagement, its growth in time, and the split."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import regex

from sandbox.audience import DAYS, Account, Brand

HOURS_PER_WEEK = 168
HOURS_PER_MONTH = 24 * 365.25 / 12
_LINK = regex.compile(r"https?://\S+")
_EMOJI = regex.compile(r"\p{Extended_Pictographic}")
_PLAIN_LENGTH = 120
TELLS_IMPRESSIONS = frozenset({"x", "instagram", "facebook", "linkedin", "tiktok"})
"""Platforms that tell how often a post was shown, under whatever name."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a post has gathered at one instant; `impressions` 0 where none exist."""

    likes: int
    comments: int
    reposts: int
    quotes: int
    saves: int
    impressions: int

    @property
    def shares(self) -> int:
        """Reposts and quotes together."""
        return self.reposts + self.quotes


class Fate(Counts):
    """What a post will have gathered in the end."""

    __slots__ = ()


def slot_effect(account: Account, at: datetime, *, origin: datetime | None = None) -> float:
    """What the hour of the week adds (log), where the audience lives; smooth around the week.

    Without an `origin` the audience has neither moved nor drifted yet.
    """
    zone, drifted = account.zone, 0.0
    if origin is not None:
        zone = zone_on(account, _days(at, origin))
        drifted = account.drift_hours_per_month * _months(at, origin)
    local = at.astimezone(zone)
    return hills(account, local.weekday() * 24 + local.hour + local.minute / 60 - drifted)


def hills(account: Account, hour: float) -> float:
    """What an hour of the audience's own week adds (log); 0 is Monday 00:00."""
    total = 0.0
    for peak in account.activity:
        for day in DAYS[peak.days]:
            apart = abs(hour - (day * 24 + peak.hour)) % HOURS_PER_WEEK
            apart = min(apart, HOURS_PER_WEEK - apart) / peak.width
            if apart < 6:
                total += peak.height * math.exp(-0.5 * apart * apart)
    return total


def zone_on(account: Account, day: int) -> ZoneInfo:
    """Where the audience lives on a day counted from the file's start."""
    moved = [move for move in account.moves if move.on_day <= day]
    return ZoneInfo(max(moved, key=lambda move: move.on_day).timezone) if moved else account.zone


def shock_effect(account: Account, day: int) -> float:
    """What happened to everybody (log) on a day counted from the file's start."""
    return sum(
        shock.effect for shock in account.shocks if shock.on_day <= day < shock.on_day + shock.days
    )


def topics_of(brand: Brand, text: str) -> list[str]:
    """Which topics of the brand a text touches, by its keywords, in the order of the file."""
    low = text.lower()
    return [n for n, topic in brand.topics.items() if any(w.lower() in low for w in topic.keywords)]


def topic_effect(account: Account, brand: Brand, text: str) -> float:
    """What the subject adds (log): the mean over the topics that the text touches, else 0."""
    logs = [math.log(account.topic_factors.get(name, 1.0)) for name in topics_of(brand, text)]
    return sum(logs) / len(logs) if logs else 0.0


def form_effect(account: Account, text: str, *, media: bool) -> float:
    """What the form adds (log): question, number, emoji, hashtag, link, media, length."""
    form, bare = account.form, _LINK.sub("", text)
    shown = (
        (form.question, "?" in bare),
        (form.number, any(c.isdigit() for c in bare)),
        (form.emoji, _EMOJI.search(bare) is not None),
        (form.hashtag, "#" in bare),
        (form.link, bare != text),
        (form.media, media),
    )
    effect = sum(math.log(factor) for factor, present in shown if present)
    return effect + math.log(form.per_100_characters) * (len(bare) - _PLAIN_LENGTH) / 100


def penalty(account: Account, gap_hours: float) -> float:
    """How much (log) two posts so far apart take from each other: linear down to 0."""
    saturation = account.saturation
    return saturation.strength * max(0.0, 1 - gap_hours / saturation.hours)


def trend_effect(account: Account, at: datetime, *, origin: datetime) -> float:
    """The slow trend (log), 0 at `origin`."""
    return math.log1p(account.trend_percent_per_month / 100) * _months(at, origin)


def _months(at: datetime, origin: datetime) -> float:
    return (at - origin).total_seconds() / 3600 / HOURS_PER_MONTH


def _days(at: datetime, origin: datetime) -> int:
    return (at - origin) // timedelta(days=1)


def expected_log_engagement(
    account: Account, brand: Brand, text: str, *, at: datetime, media: bool, origin: datetime
) -> float:
    """The planted log1p(likes + comments + shares) without crowding and noise."""
    return (
        account.level
        + slot_effect(account, at, origin=origin)
        + shock_effect(account, _days(at, origin))
        + topic_effect(account, brand, text)
        + form_effect(account, text, media=media)
        + trend_effect(account, at, origin=origin)
    )


def draw_fate(account: Account, mean: float, *, rng: Random) -> Fate:
    """Draw what one post will gather, given its expected log engagement."""
    total = max(0, round(math.expm1(mean + rng.gauss(0.0, account.noise_sd))))
    comments = min(_binomial(rng, total, account.reply_propensity), account.max_comments)
    shares = _binomial(rng, total - comments, account.share_propensity)
    quotes = _binomial(rng, shares, 0.2)
    seen = total * account.impressions_per_engagement * math.exp(rng.gauss(0.0, 0.2))
    return Fate(
        likes=total - comments - shares,
        comments=comments,
        reposts=shares - quotes,
        quotes=quotes,
        saves=_binomial(rng, total, 0.04),
        impressions=(
            round(seen + 0.04 * account.followers) if account.platform in TELLS_IMPRESSIONS else 0
        ),
    )


def reply_fate(account: Account, *, rng: Random) -> Fate:
    """What a brand's reply gathers: a like or two, never an answer."""
    likes = rng.choice((0, 0, 1, 1, 2, 3))
    seen = 20 + 30 * likes if account.platform in TELLS_IMPRESSIONS else 0
    return Fate(likes=likes, comments=0, reposts=0, quotes=0, saves=0, impressions=seen)


def grown(
    age_hours: float, *, half_life: float, later: Iterable[tuple[float, float]] = ()
) -> float:
    """The share of the final counts reached at an age: half at `half_life`, 97 % at 24 of them.

    Args:
        age_hours: hours since publishing.
        half_life: hours until half is there.
        later: (age in hours, penalty) of own posts that came afterwards; each slows what remains.

    Returns:
        0 to 1, never falling with age.
    """
    total, before, rate = 0.0, 0.0, 1.0
    for gap, loss in later:
        if gap >= age_hours:
            break
        here = _share(gap, half_life)
        total, before, rate = total + rate * (here - before), here, rate * math.exp(-loss)
    return total + rate * (_share(age_hours, half_life) - before)


def age_at_share(share: float, *, half_life: float) -> float:
    """The age in hours at which `share` (0 up to below 1) of the final counts is there."""
    return half_life * math.log2(1 / (1 - share)) ** 2


def counts_at(fate: Fate, share: float, *, comments: int | None = None) -> Counts:
    """The counts once `share` of them is there; `comments` counted one by one where they exist."""
    return Counts(
        likes=round(fate.likes * share),
        comments=round(fate.comments * share) if comments is None else comments,
        reposts=round(fate.reposts * share),
        quotes=round(fate.quotes * share),
        saves=round(fate.saves * share),
        impressions=round(fate.impressions * share),
    )


def _share(age_hours: float, half_life: float) -> float:
    return 0.0 if age_hours <= 0 else 1.0 - 2.0 ** -math.sqrt(age_hours / half_life)


def _binomial(rng: Random, n: int, p: float) -> int:
    if n > 200:
        return min(n, max(0, round(rng.gauss(n * p, math.sqrt(n * p * (1 - p))))))
    return sum(rng.random() < p for _ in range(n))
