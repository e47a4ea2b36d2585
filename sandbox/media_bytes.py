"""What an uploaded file really is, judged by its bytes and not by what it is called."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, UnidentifiedImageError

_BRANDS = {b"qt  ": "video/quicktime"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A file's true type; width and height of a picture, None for a clip."""

    mime: str
    width: int | None = None
    height: int | None = None

    @property
    def is_video(self) -> bool:
        """Whether it is a clip."""
        return self.mime.startswith("video/")


def kind_of(content: bytes) -> Kind | None:
    """The kind of a file; None where it is no picture or clip, or is broken.

    Of a clip only the container's first box is read, no frame of it.
    """
    if content[4:8] == b"ftyp":
        return Kind(_BRANDS.get(content[8:12], "video/mp4"))
    try:
        with Image.open(BytesIO(content)) as picture:
            picture.verify()
            mime = Image.MIME.get(picture.format or "")
            return Kind(mime, *picture.size) if mime else None
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
        return None
