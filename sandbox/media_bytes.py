"""What an uploaded file really is, judged by its bytes and not by what it is called."""

from dataclasses import dataclass
from io import BytesIO

import av
from PIL import Image, UnidentifiedImageError

_QUICKTIME = b"ftypqt  "
_MATROSKA = b"\x1a\x45\xdf\xa3"


@dataclass(frozen=True, slots=True)
class Kind:
    """A file's true type and its measures: length, coding and frames a second of a clip."""

    mime: str
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    codec: str | None = None
    fps: float | None = None

    @property
    def is_video(self) -> bool:
        """Whether it is a clip."""
        return self.mime.startswith("video/")


def kind_of(content: bytes) -> Kind | None:
    """The kind of a file; None where it is no picture or clip, or is broken.

    A clip must show its first frame; the others are not looked at.
    """
    if content[4:8] == b"ftyp":
        return _clip(content, "video/quicktime" if content[4:12] == _QUICKTIME else "video/mp4")
    if content.startswith(_MATROSKA):
        return _clip(content, "video/webm")
    try:
        with Image.open(BytesIO(content)) as picture:
            picture.verify()
            mime = Image.MIME.get(picture.format or "")
            return Kind(mime, *picture.size) if mime else None
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
        return None


def _clip(content: bytes, mime: str) -> Kind | None:
    try:
        with av.open(BytesIO(content)) as container:
            shown = next(container.decode(video=0), None)
            if shown is None or container.duration is None:
                return None
            size = (shown.width, shown.height)
            stream = container.streams.video[0]
            return Kind(
                mime,
                *(size[::-1] if shown.rotation % 180 else size),
                seconds=container.duration / av.time_base,
                codec=stream.codec.canonical_name,
                fps=float(stream.average_rate or 0),
            )
    except (av.FFmpegError, IndexError):
        return None
