"""What a file really is: measured from its bytes, never from its name."""

import hashlib
import io
import warnings

import av
from av.container import InputContainer
from av.video.stream import VideoStream
from PIL import Image, ImageOps, UnidentifiedImageError

from domain.errors import InputError
from domain.media import MediaFile

PICTURES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
}
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*")
BROKEN = (OSError, SyntaxError, ValueError)
"""What Pillow raises at a picture of a known kind that is damaged."""
SLACK = 1.0
"""Seconds by which the last frame of a whole clip may lie before its stated end."""


def probe(content: bytes, *, name: str) -> MediaFile:
    """Measure a picture or clip; `name` is for the messages only.

    A picture is decoded whole and a clip read to its end, so that a cut-off file is found here and
    not by the platform.

    Raises:
        InputError: the file is empty, broken, too large to be looked at, or neither.
    """
    if not content:
        raise InputError(f"{name} is empty; add the file again")
    picture = _picture(content, name)
    if picture is not None:
        return picture
    return _clip(content, name)


def is_picture(content: bytes) -> bool:
    """Whether its first bytes are those of a picture, whole or not; no decoder is asked."""
    return content.startswith(_BEGINNINGS) or (content[:4], content[8:12]) == (b"RIFF", b"WEBP")


def _picture(content: bytes, name: str) -> MediaFile | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content))
    except UnidentifiedImageError:
        return None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as exc:
        raise InputError(f"{name} has too many pixels to be opened; scale it down") from exc
    except BROKEN as exc:
        raise InputError(f"{name} is broken ({exc}); export it again") from exc
    with image:
        if image.format not in PICTURES:
            raise InputError(f"{name} is {image.format}; save it as JPEG or PNG")
        try:
            upright = ImageOps.exif_transpose(image)
            upright.load()
        except BROKEN as exc:
            raise InputError(f"{name} is broken ({exc}); export it again") from exc
        return MediaFile(
            sha256=hashlib.sha256(content).hexdigest(),
            mime_type=PICTURES[image.format],
            bytes=len(content),
            width=upright.width,
            height=upright.height,
        )


def _clip(content: bytes, name: str) -> MediaFile:
    try:
        with av.open(io.BytesIO(content)) as container:
            return _measured_clip(container, content, name)
    except av.FFmpegError as exc:
        raise InputError(
            f"{name} is neither a picture nor a clip that can be read ({exc.strerror}); "
            "save it as JPEG, PNG or MP4"
        ) from exc


def _measured_clip(container: InputContainer, content: bytes, name: str) -> MediaFile:
    if not container.streams.video or container.duration is None:
        raise InputError(f"{name} holds no moving picture; export it again as MP4")
    stream = container.streams.video[0]
    _read_to_its_end(container, stream, name)
    return MediaFile(
        **_size(container, stream, name),
        sha256=hashlib.sha256(content).hexdigest(),
        mime_type=_mime(container),
        bytes=len(content),
        seconds=container.duration / av.time_base,
        codec=stream.codec.canonical_name,
        fps=round(float(stream.average_rate), 2) if stream.average_rate else None,
    )


def _read_to_its_end(container: InputContainer, stream: VideoStream, name: str) -> None:
    seconds = (container.duration or 0) / av.time_base
    end = 0.0
    for packet in container.demux(stream):
        if packet.is_corrupt:
            raise InputError(f"{name} is broken at {end:.1f} s; export it again")
        if packet.pts is not None and packet.time_base is not None:
            end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    if end + SLACK < seconds:
        raise InputError(f"{name} ends at {end:.1f} s of {seconds:.1f} s; it is cut off")


def _size(container: InputContainer, stream: VideoStream, name: str) -> dict[str, int]:
    """Width and height as they are seen: a telephone films lying and notes how it was held."""
    container.seek(0)
    first = next(container.decode(stream), None)
    if first is None:
        raise InputError(f"{name} holds no picture that can be shown; export it again")
    if first.rotation % 180:
        return {"width": first.height, "height": first.width}
    return {"width": first.width, "height": first.height}


def _mime(container: InputContainer) -> str:
    if "webm" in container.format.name:
        return "video/webm"
    if "mp4" in container.format.name:
        is_quicktime = container.metadata.get("major_brand", "").strip() == "qt"
        return "video/quicktime" if is_quicktime else "video/mp4"
    return f"video/x-{container.format.name.split(',')[0]}"
