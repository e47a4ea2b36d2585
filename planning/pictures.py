"""Pictures for drafts that need one: rendered, kept, and measured like any file from outside."""

from content.media.cards import card_text, render_card
from content.media.probing import probe
from domain.brand import Brand
from domain.media import MediaAsset
from domain.platforms import Platform
from domain.plugins import text_limit
from storage.blobs import Blobs

MADE_BY = "card"


def needs_picture(platforms: tuple[Platform, ...]) -> bool:
    """Whether one of the platforms has no posts without a picture or clip."""
    return not all(text_limit(platform).text_only for platform in platforms)


def card_of(text: str, *, brand: Brand, blobs: Blobs) -> MediaAsset:
    """The text of a post as a picture of the brand; the same text is the same picture.

    Raises:
        StoreError: the disk refuses.
    """
    content = render_card(text, brand=brand)
    file = probe(content, name="the card")
    blobs.put(content)
    return MediaAsset(
        **file.model_dump(exclude={"schema_version"}),
        id=file.sha256[:16],
        kind="image",
        alt_text=card_text(text),
        made_by=MADE_BY,
    )
