"""The week of a brand at a glance: what is out, what is planned, what waits for a person."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import polars as pl
import sqlalchemy as sa

from content.media.contact_sheets import calendar_sheet
from domain.brand import Brand, zone_of
from domain.errors import StoreError
from domain.posts import ContentPost, PostStatus
from domain.text import find_links
from domain.wordings import wordings
from storage.blobs import Blobs
from storage.ledger import approvals, posts

_STATES = {PostStatus.GENERATED: "held"}


def week_of(connection: sa.Connection, brand: Brand, *, now: datetime) -> list[ContentPost]:
    """The brand's posts from this local Monday on, as far as any is planned, soonest first.

    Drafts that nothing was decided about, and those that were left over, are no posts yet.
    """
    today = now.astimezone(zone_of(brand.accounts[0]))
    monday = (today - timedelta(days=today.weekday())).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    found = posts.find(connection, brand=brand.name, since=monday)
    return [post for post in found if _is_chosen(connection, post)]


def week_frame(brand: Brand, found: Sequence[ContentPost]) -> pl.DataFrame:
    """One row per text of a post: local day and time of its first slot, where it goes, as what."""
    rows = [
        (
            f"{at:%a %d %b}",
            f"{at:%H:%M}",
            brand.name,
            ", ".join(each.platforms),
            _shown_as(post),
            _STATES.get(post.status, str(post.status)),
            each.text,
        )
        for post in found
        for each in wordings(post)
        for at in (_local(brand, post),)
    ]
    names = ("day", "at", "brand", "platforms", "shown as", "state", "text")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()), orient="row")


def week_sheet(brand: Brand, found: Iterable[ContentPost], blobs: Blobs) -> bytes | None:
    """A row of pictures per local day; None without any post.

    A post shows the picture that says most (a carousel's cover is its topic) and its clip, or its
    words where it has neither.
    """
    days: dict[str, list[bytes | str]] = defaultdict(list)
    for post in found:
        at = _local(brand, post)
        days[f"{at:%a} {at.day}"] += _shots(post, blobs) or [_words(post.text)]
    return calendar_sheet([*days.items()]) if days else None


def _words(text: str) -> str:
    """The post without the lines that lead to its link: a small tile would break it anywhere."""
    return "\n".join(line for line in text.splitlines() if not find_links(line)) or text


def _shots(post: ContentPost, blobs: Blobs) -> list[bytes]:
    by_words = sorted(post.media, key=lambda asset: len(asset.alt_text))
    telling = {asset.kind: asset.thumbnail for asset in by_words if asset.thumbnail}
    try:
        return [blobs.read(telling[kind]) for kind in sorted(telling)]
    except StoreError:  # what is gone from the store is no reason to hide the week
        return []


def _is_chosen(connection: sa.Connection, post: ContentPost) -> bool:
    if post.status is not PostStatus.GENERATED:
        return post.status is not PostStatus.ARCHIVED
    return approvals.decision(connection, post.id, version=post.version) is not None


def _local(brand: Brand, post: ContentPost) -> datetime:
    at = post.scheduled_for or post.published_at
    if at is None:
        raise ValueError(f"post {post.id} has no instant; it cannot be in a week")
    return at.astimezone(zone_of(brand.accounts[0]))


def _shown_as(post: ContentPost) -> str:
    kinds = dict.fromkeys("clip" if asset.kind == "video" else "picture" for asset in post.media)
    return " and ".join(kinds) or "words"
