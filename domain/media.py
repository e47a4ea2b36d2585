"""Pictures and clips, and the variants that each platform wants."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from domain.entity import Entity, later
from domain.platforms import Platform


class MediaFile(Entity):
    """One file as it was measured; the blob's name is its SHA-256.

    Width and height are as it is seen, upright. `seconds` is the length of a clip, `codec` (`h264`)
    how its picture is coded, `fps` its frames a second; None for a picture.
    """

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    mime_type: str = Field(pattern=r"^(image|video)/[a-z0-9.+-]+$")
    bytes: int = Field(gt=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    seconds: float | None = Field(default=None, gt=0)
    codec: str | None = None
    fps: float | None = Field(default=None, gt=0)

    @property
    def is_video(self) -> bool:
        """Whether it is a clip; a GIF counts as a picture."""
        return self.mime_type.startswith("video/")


class MediaVariant(MediaFile):
    """One rendering of an asset for one platform."""

    platform: Platform


class Attachment(MediaFile):
    """One file of a post as it goes to one platform; `captions` of a clip is a WebVTT file."""

    alt_text: str = ""
    captions: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")


class MediaAsset(MediaFile):
    """A picture or clip with its alt text and its variants.

    `made_by` is `card`, `clip`, `person`, or the model that made it (`openai/gpt-image-1`), and
    `prompt_sha256` then names the order that it was given. `platforms` are those that it goes to;
    empty is all. `likeness` is its perceptual hash (256 bits as hexadecimal), by which copies are
    found. `thumbnail` (a JPEG), `captions` (WebVTT) and the brand's own `music` in it are blobs.
    """

    id: str
    kind: Literal["image", "video"]
    alt_text: str
    made_by: str
    variants: tuple[MediaVariant, ...] = ()
    platforms: tuple[Platform, ...] = ()
    likeness: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    thumbnail: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    captions: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    music: str | None = later(None, pattern=r"^[0-9a-f]{64}$")
    prompt_sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")

    def attachment(self, platform: Platform) -> Attachment:
        """What goes out on a platform: its own variant, or else the file itself."""
        own = [variant for variant in self.variants if variant.platform is platform]
        file: MediaFile = own[0] if own else self
        values = {name: getattr(file, name) for name in MediaFile.model_fields}
        captions = self.captions if file.is_video else None
        return Attachment(**values, alt_text=self.alt_text, captions=captions)


def is_generated(media: Iterable[MediaAsset], platform: Platform) -> bool:
    """Whether a model made something of what goes to a platform."""
    meant = (asset for asset in media if not asset.platforms or platform in asset.platforms)
    return any(asset.prompt_sha256 is not None for asset in meant)


def attachments(media: Iterable[MediaAsset], platform: Platform) -> tuple[Attachment, ...]:
    """The files of a post that go to a platform, in their order."""
    meant = (asset for asset in media if not asset.platforms or platform in asset.platforms)
    return tuple(asset.attachment(platform) for asset in meant)
