"""The past: a year of posts by a person with fixed hours, and the counts that were seen then."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from domain.canonical import POST_COLUMNS
from sandbox.audience import Account, Audience, Brand
from sandbox.clock import iso
from sandbox.store import Post
from sandbox.truth import (
    Counts,
    Fate,
    counts_at,
    draw_fate,
    expected_log_engagement,
    grown,
    penalty,
)

OBSERVED_AFTER = (timedelta(hours=1), timedelta(hours=24), timedelta(days=7))
_IMAGE_SHARE = 0.35
_WEEKEND = 5


@dataclass(frozen=True, slots=True)
class PastPost:
    """One post of the past before a protocol gives it its id."""

    text: str
    created: datetime
    media_type: str
    fate: Fate


def invent_history(audience: Audience, account: Account) -> list[PastPost]:
    """All past posts of an account, oldest first, `history_days` back from the start.

    Depends on nothing but the audience file.
    """
    rng = Random(f"{audience.seed}|history|{account.key}")  # noqa: S311 - a simulation
    brand = audience.brand_of(account)
    times = sorted(_times(audience, account, brand, rng))
    past: list[PastPost] = []
    for at in times:
        text = _text(brand, rng)
        media = rng.random() < _IMAGE_SHARE
        mean = expected_log_engagement(
            account, brand, text, at=at, media=media, origin=audience.starts_at
        )
        mean -= crowding(account, at, (p.created for p in past[-8:]))
        media_type = "image" if media else "link" if "https://" in text else "text"
        past.append(PastPost(text, at, media_type, draw_fate(account, mean, rng=rng)))
    return past


def crowding(account: Account, at: datetime, earlier: Iterable[datetime]) -> float:
    """What the account's earlier posts take (log) from one published at `at`."""
    return sum(penalty(account, (at - other).total_seconds() / 3600) for other in earlier)


def later_posts(
    account: Account, at: datetime, others: Iterable[datetime]
) -> list[tuple[float, float]]:
    """(age in hours, penalty) of the posts that came after `at` within the saturation window."""
    gaps = sorted((other - at).total_seconds() / 3600 for other in others if other > at)
    return [(gap, penalty(account, gap)) for gap in gaps if gap < account.saturation.hours]


def history_csv(audience: Audience, account: Account, posts: list[Post]) -> str:
    """The past as a canonical posts CSV: one row per post and observation (1 h, 24 h, 7 d).

    Only observations from before the sandbox's start are given. What the platform does not tell
    is empty.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(POST_COLUMNS), lineterminator="\n")
    writer.writeheader()
    language = audience.brand_of(account).language
    created = [p.created for p in posts]
    for i, post in enumerate(posts):
        later = later_posts(account, post.created, created[i + 1 : i + 9])
        for after in OBSERVED_AFTER:
            if post.created + after > audience.starts_at or post.fate is None:
                continue
            share = grown(
                after.total_seconds() / 3600, half_life=account.half_life_hours, later=later
            )
            writer.writerow(
                {
                    "platform": account.platform,
                    "account": account.key,
                    "post_id": post.id,
                    "published_at": iso(post.created),
                    "text": post.text,
                    "media_type": post.wire["media_type"],
                    "language": language,
                    "followers": account.followers,
                    "observed_at": iso(post.created + after),
                    **_metrics(account, counts_at(post.fate, share)),
                }
            )
    return out.getvalue()


def _metrics(account: Account, counts: Counts) -> dict[str, int | None]:
    return {
        "impressions": counts.impressions if account.platform in ("x", "linkedin") else None,
        "likes": counts.likes,
        "comments": counts.comments,
        "shares": counts.shares,
        "saves": counts.saves,
    }


def _times(audience: Audience, account: Account, brand: Brand, rng: Random) -> Iterator[datetime]:
    start = audience.starts_at.astimezone(account.zone)
    days = audience.history_days
    if account.history_days is not None:
        days = min(days, account.history_days)
    for back in range(days, -1, -1):
        day = start.date() - timedelta(days=back)
        weekend = day.weekday() >= _WEEKEND
        hours = rng.sample(brand.fixed_hours, min(brand.weekend_posts, len(brand.fixed_hours)))
        for usual in hours if weekend else brand.fixed_hours:
            at = _moment(day, usual, brand, rng).replace(tzinfo=account.zone)
            if at < start - timedelta(minutes=5) and not (weekend and rng.random() < 0.1):
                yield at.astimezone(audience.starts_at.tzinfo)


def _moment(day: date, usual: time, brand: Brand, rng: Random) -> datetime:
    if rng.random() < brand.other_hours_share:
        first, last = brand.awake
        minute = rng.uniform(first * 60, last * 60)
    else:
        minute = usual.hour * 60 + usual.minute + rng.gauss(0, 4)
    minute = min(max(minute, 0), 24 * 60 - 1)
    return datetime.combine(day, time()) + timedelta(minutes=int(minute), seconds=rng.randrange(60))


def _text(brand: Brand, rng: Random) -> str:
    topic = rng.choice(list(brand.topics.values()))
    slots = {name: rng.choice(values) for name, values in brand.slots.items()}
    return rng.choice(topic.history_texts).format(**slots)
