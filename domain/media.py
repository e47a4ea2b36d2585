"""Pictures and clips, and the variants that each platform wants."""

from typing import Literal

from pydantic import Field

from domain.entity import Entity
from domain.platforms import Platform


class MediaVariant(Entity):
    """One rendering of an asset for one platform; the blob's name is its SHA-256."""

    platform: Platform
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    mime_type: str
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    bytes: int = Field(gt=0)


class MediaAsset(Entity):
    """A picture or clip with its alt text and its variants."""

    id: str
    kind: Literal["image", "video"]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    alt_text: str
    made_by: str
    variants: tuple[MediaVariant, ...] = ()
