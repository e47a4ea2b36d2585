"""Drafts get their pictures and clips, each in a transaction of its own."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import polars as pl
import sqlalchemy as sa

from content.drafts import illustrated, rejudged
from content.media.contact_sheets import contact_sheet
from content.media.pictures import Studio
from domain.brand import Brand
from domain.commissions import MEDIA
from domain.compliance import Verdict, worst
from domain.events import DomainEvent, EventType
from domain.media import MediaAsset, attachments
from domain.posts import ContentPost, PostStatus
from domain.writing import Brief
from planning.commissioning import Atelier
from planning.easel import Easel, Shown
from planning.formats import can_do_without
from planning.repetition import shown_lately
from storage.blobs import Blobs
from storage.ledger import approvals, briefs, events, posts, stops
from storage.ledger.database import Ledger

STUDIO = "studio"
_ON_A_SHEET = 36
_BRANDS_AT_ONCE = 2
"""Coders and filters of pictures let other threads run meanwhile; more would hold more memory."""


def illustrate(
    ledger: Ledger, brand: Brand, *, blobs: Blobs, atelier: Atelier | None = None
) -> list[Shown]:
    """Draw what the brand's open drafts should show, and keep each as the draft's next version.

    A draft that is decided, that a rule blocks, or that has something to show already, is left as
    it is; so a run that dies is made good by the next. Pictures are drawn outside the ledger's
    transactions. `atelier` is asked where the brand's look wants what models of others make; where
    one is still at work the draft waits. An emergency stop freezes it. What comes back is without
    its verdicts: they stand in the ledger, and are most of what a draft weighs.
    """
    with ledger.reading() as connection:
        if stops.active(connection, brand.name):
            return []
        waiting = posts.each(connection, status=PostStatus.GENERATED, brand=brand.name)
        undecided = [post.id for post in waiting if _is_open(connection, post)]
    easel = Easel(brand, Studio(brand, blobs), atelier)
    done = []
    for post_id in undecided:
        with ledger.reading() as connection:
            post = posts.load(connection, post_id)
            brief = briefs.load(connection, post.brief_id) if post.brief_id else None
            if brief is None or not _is_open(connection, post):
                continue
        shown = easel.show(post, brief)
        if shown.media:
            _keep(ledger, shown, brief, brand)
        elif shown.trouble and not shown.waits and awaits_media(post):
            _give_up(ledger, post, brief, brand)
        if shown.media or shown.trouble:
            done.append(replace(shown, post=post.model_copy(update={"compliance_checks": ()})))
    return done


@dataclass
class Drawn:
    """What was drawn for several brands: a row per picture or clip, and each brand's sheet."""

    frame: pl.DataFrame = field(default_factory=lambda: media_frame([]))
    sheets: dict[str, bytes] = field(default_factory=dict)


def illustrate_in_turn(
    ledger: Ledger, brands: Collection[Brand], *, blobs: Blobs, atelier: Atelier | None = None
) -> Drawn:
    """What `illustrate` does for each brand; of what is done its rows are kept, in their order.

    Two brands are drawn at a time. Where models of others are asked it is one after the other, so
    that what is paid goes on as far as the first trouble and no further.
    """
    drawn = Drawn()
    for frame, sheets in _turns(ledger, brands, blobs, atelier):
        drawn.frame = drawn.frame.vstack(frame)
        drawn.sheets |= sheets
    return drawn


def _turns(
    ledger: Ledger, brands: Collection[Brand], blobs: Blobs, atelier: Atelier | None
) -> Iterator[tuple[pl.DataFrame, dict[str, bytes]]]:
    draw = partial(_illustrated, ledger, blobs=blobs, atelier=atelier)
    if atelier and any(atelier.is_wanted(kind, brand) for kind in MEDIA for brand in brands):
        yield from map(draw, brands)
        return
    pool = ThreadPoolExecutor(_BRANDS_AT_ONCE, thread_name_prefix="studio")
    try:
        yield from pool.map(draw, brands)
    finally:
        pool.shutdown(cancel_futures=True)


def _illustrated(
    ledger: Ledger, brand: Brand, *, blobs: Blobs, atelier: Atelier | None
) -> tuple[pl.DataFrame, dict[str, bytes]]:
    shown = illustrate(ledger, brand, blobs=blobs, atelier=atelier)
    return media_frame(shown), contact_sheets(shown, blobs)


def _is_open(connection: sa.Connection, post: ContentPost) -> bool:
    """Whether something may still be drawn for it."""
    if post.media or post.brief_id is None or worst(post.compliance_checks) is Verdict.BLOCK:
        return False
    if post.status is not PostStatus.GENERATED:
        return False
    return approvals.decision(connection, post.id, version=post.version) is None


def awaits_media(post: ContentPost) -> bool:
    """Whether a platform of the post has no posts without pictures, and there are none yet."""
    return any(
        not can_do_without(platform) and not attachments(post.media, platform)
        for platform in post.platforms
    )


def media_frame(shown: Sequence[Shown]) -> pl.DataFrame:
    """One row per picture or clip of a draft; a draft for which nothing could be drawn has one."""
    rows = [row for one in shown for row in _rows(one)]
    schema = {
        "post_id": pl.String(),
        "brand": pl.String(),
        "media_type": pl.String(),
        "platforms": pl.String(),
        "bytes": pl.Int64(),
        "files": pl.Int64(),
        "alt_text": pl.String(),
        "trouble": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def contact_sheets(shown: Sequence[Shown], blobs: Blobs) -> dict[str, bytes]:
    """For each brand what was drawn, at a glance, as a PNG; a brand without pictures has none."""
    drawn: dict[str, dict[str, None]] = {}
    for one in shown:
        names = (asset.thumbnail for asset in one.media if asset.thumbnail)
        drawn.setdefault(one.post.brand, {}).update(dict.fromkeys(names))
    return {
        brand: contact_sheet([blobs.read(name) for name in [*names][:_ON_A_SHEET]])
        for brand, names in drawn.items()
        if names
    }


def _rows(one: Shown) -> Iterator[tuple[object, ...]]:
    post = one.post
    for asset in one.media:
        where, files = ", ".join(asset.platforms), {asset.sha256, *_files(asset)}
        kind = "image" if asset.kind == "image" else "video"
        yield post.id, post.brand, kind, where, asset.bytes, len(files), asset.alt_text, ""
    if one.trouble:
        yield post.id, post.brand, "", ", ".join(post.platforms), None, 0, "", one.trouble


def _files(asset: MediaAsset) -> Iterator[str]:
    yield from (variant.sha256 for variant in asset.variants)


def _keep(ledger: Ledger, shown: Shown, brief: Brief, brand: Brand) -> None:
    before: tuple[tuple[str, str], ...] = ()
    if any(asset.prompt_sha256 for asset in shown.media):
        since = brief.due_at - brand.posting.repeat_after
        with ledger.reading() as connection:
            others = posts.find(connection, brand=brand.name, since=since)
        before = shown_lately(others, shown.post, brand=brand, at=brief.due_at)
    post = illustrated(shown.post, shown.media, brief=brief, brand=brand, shown_lately=before)
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        posts.save(connection, post, key=post.id, actor=STUDIO, now=now)
        events.append(connection, _created(post, now))


def _give_up(ledger: Ledger, post: ContentPost, brief: Brief, brand: Brand) -> None:
    """Let the rules say that the picture is lacking, so that the batch can decide."""
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        bare = rejudged(post, brief=brief, brand=brand)
        posts.save(connection, bare, key=post.id, actor=STUDIO, now=now)


def _created(post: ContentPost, now: datetime) -> DomainEvent:
    payload = {
        "post_id": post.id,
        "version": post.version,
        "brand": post.brand,
        "media": [{"sha256": one.sha256, "made_by": one.made_by} for one in post.media],
    }
    return DomainEvent(
        type=EventType.MEDIA_CREATED,
        occurred_at=now,
        correlation=post.id,
        actor=STUDIO,
        payload=payload,
    )
