"""An edit of a post that shows its own words: cards and clips are drawn anew from the new text."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from content.media.direction import storyboard_of, visual_of
from content.media.pictures import Studio
from domain.brand import Brand, Fact
from domain.errors import InputError
from domain.media import MediaAsset
from domain.platforms import Platform
from domain.posts import ContentPost
from storage.blobs import Blobs
from storage.ledger import brands, briefs, posts
from storage.ledger.database import Ledger

DRAWN = ("card", "clip")
"""`made_by` of what is drawn from a post's words; what people bring and models make has none."""
_LONGEST = 280
Media = tuple[MediaAsset, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """Another text for one version of a post, and what the post shows with it.

    `trouble` says what could not be drawn; the post then goes without, or a rule holds it back.
    With a `platform` the text is that of this platform alone, and what the post shows stays.
    """

    text: str
    of_version: int
    media: Media = ()
    trouble: str = ""
    platform: Platform | None = None


def edit_of(
    ledger: Ledger, post_id: str, text: str, *, blobs: Blobs, platform: Platform | None = None
) -> Edit:
    """The edit with its cards and clips drawn, outside of any transaction. Raises StoreError."""
    with ledger.reading() as connection:
        post = posts.load(connection, post_id)
        brand = brands.load(connection, post.brand)
        brief = briefs.load(connection, post.brief_id) if post.brief_id else None
    if platform is not None:
        return Edit(text, post.version, post.media, platform=platform)
    if text == post.text or not any(asset.made_by in DRAWN for asset in post.media):
        return Edit(text, post.version, post.media)
    facts = brief.facts if brief else brand.facts
    try:
        formats = brief.formats if brief else {}
        paged = [platform for platform, shown in formats.items() if shown == "carousel"]
        drawn = _drawn(post, text, facts, brand=brand, studio=Studio(brand, blobs), paged=paged)
    except InputError as exc:
        return Edit(text, post.version, without_words(post), f"its pictures are left out: {exc}")
    return Edit(text, post.version, (*without_words(post), *drawn))


def adapted_for(ledger: Ledger, post_id: str) -> tuple[Platform, ...]:
    """The platforms that have a text of their own of a post. Raises StoreError."""
    with ledger.reading() as connection:
        return tuple(posts.load(connection, post_id).adaptations)


def without_words(post: ContentPost) -> Media:
    """What the post shows that says nothing in words of its own."""
    return tuple(asset for asset in post.media if asset.made_by not in DRAWN)


def _drawn(
    post: ContentPost,
    text: str,
    facts: Sequence[Fact],
    *,
    brand: Brand,
    studio: Studio,
    paged: Collection[Platform],
) -> Media:
    topic = post.topic or ""
    cards, clips = (_shown_on(post, made_by) for made_by in DRAWN)
    drawn: Media = ()
    if cards:
        here = [platform for platform in cards if platform in paged]
        visual, pages = (
            visual_of(
                text,
                facts,
                language=post.language,
                topic=topic,
                paged=as_pages,
                shown_as=post.shown_as,
            )
            for as_pages in (False, bool(here))
        )
        drawn = studio.cards(visual, cards, pages=pages, paged=here)
    if clips:
        board = storyboard_of(
            (_told(text, facts),), brand=brand, language=post.language, topic=topic
        )
        drawn = (*drawn, studio.clip(board, clips))
    return drawn


def _shown_on(post: ContentPost, made_by: str) -> list[Platform]:
    assets = [asset for asset in post.media if asset.made_by == made_by]
    return sorted({platform for asset in assets for platform in asset.platforms})


def _told(text: str, facts: Sequence[Fact]) -> Fact:
    """What a clip may say: the first fact that the text still states, or else its own beginning."""
    said = next((fact for fact in facts if fact.text in text), None)
    if said is not None:
        return said
    slide = visual_of(text, (), language="").slides[0]
    words = " ".join((slide.headline, slide.body)).strip()
    return Fact(id="edited", topic=facts[0].topic, text=words[:_LONGEST])
