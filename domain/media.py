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


class Attachment(Entity):
    """One file of a post as it goes to one platform; the blob's name is its SHA-256.

    `seconds` is the length of a clip, None for a picture.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    mime_type: str = Field(pattern=r"^(image|video)/[a-z0-9.+-]+$")
    bytes: int = Field(gt=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    seconds: float | None = Field(default=None, gt=0)
    alt_text: str = ""

    @property
    def is_video(self) -> bool:
        """Whether it moves; a GIF counts as a picture."""
        return self.mime_type.startswith("video/")


class MediaAsset(Entity):
    """A picture or clip with its alt text and its variants."""

    id: str
    kind: Literal["image", "video"]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    alt_text: str
    made_by: str
    variants: tuple[MediaVariant, ...] = ()
