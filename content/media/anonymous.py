"""A picture or clip without what it tells of place, device and people; what is seen stays."""

import io
import re
from collections.abc import Iterator
from struct import unpack_from

from PIL import Image, ImageOps, JpegImagePlugin

_ON_ITS_SIDE = range(2, 9)
_ORIENTATION = 0x0112
_JPEG_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""Of the segments for applications: density, colours, and how colours are coded."""
_JPEG_SCAN_ENDS = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP mDCV cLLI sBIT bKGD pHYs hIST sPLT acTL "
    b"fcTL fdAT".split()
)
_WEBP_DROPPED = (b"EXIF", b"XMP ")
_WEBP_FLAGS = 0x08 | 0x04
_GIF_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
"""Applications whose extension says how often a GIF is repeated."""
_CLIP_OPENED = (b"moov", b"trak")
_CLIP_BLANKED = (b"udta", b"meta", b"uuid")


def anonymous(content: bytes, mime_type: str) -> bytes:
    """The file of that kind, measured as whole, without its metadata.

    Nothing is coded anew, so that a file without metadata comes back as it is; except a picture
    that stands on its side, which is turned upright, and TIFF. Colour profiles stay. Tracks of data
    in a clip (the positions of an action camera) stay too.
    """
    match mime_type:
        case "image/tiff":
            return _coded_anew(content)
        case "image/jpeg":
            return b"".join(_jpeg(_upright(content)))
        case "image/png":
            return b"".join(_png(_upright(content)))
        case "image/webp":
            return _webp(_upright(content))
        case "image/gif":
            return b"".join(_gif(content))
        case "video/mp4" | "video/quicktime":
            clip = bytearray(content)
            _blank(clip, 0, len(clip))
            return bytes(clip)
    return content


def _upright(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as image:
        on_its_side = image.getexif().get(_ORIENTATION) in _ON_ITS_SIDE
    return _coded_anew(content) if on_its_side else content


def _coded_anew(content: bytes) -> bytes:
    """The first picture of the file, turned upright; a JPEG keeps its quality."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(content)) as image:
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        options = {"icc_profile": image.info.get("icc_profile")}
        if isinstance(image, JpegImagePlugin.JpegImageFile):
            sampling = max(JpegImagePlugin.get_sampling(image), 0)
            options |= {"qtables": image.quantization, "subsampling": sampling}
        if kind == "WEBP":
            options["quality"] = 95
        upright = ImageOps.exif_transpose(image)
        upright.info.clear()
        upright.save(out, kind, **{name: value for name, value in options.items() if value})
    return out.getvalue()


def _jpeg(content: bytes) -> Iterator[bytes]:
    """What a decoder needs, up to the end of the first picture: others may follow it."""
    at = 0
    while (at := content.find(b"\xff", at)) >= 0 and at + 1 < len(content):
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        end = _jpeg_end(content, at, marker)
        kept = _JPEG_KEPT.get(marker)
        dropped = marker == 0xFE or 0xE0 <= marker <= 0xEF
        if not dropped or (kept and content.startswith(kept, at + 4)):
            yield content[at:end]
        if marker == 0xD9:
            return
        at = end


def _jpeg_end(content: bytes, at: int, marker: int) -> int:
    if marker == 0x01 or 0xD0 <= marker <= 0xD9:
        return at + 2
    end = at + 2 + int.from_bytes(content[at + 2 : at + 4])
    if marker == 0xDA:
        found = _JPEG_SCAN_ENDS.search(content, end)
        return found.start() if found else len(content)
    return end


def _png(content: bytes) -> Iterator[bytes]:
    yield content[:8]
    at = 8
    while at + 8 <= len(content):
        length, kind = unpack_from(">I4s", content, at)
        if kind in _PNG_KEPT:
            yield content[at : at + length + 12]
        if kind == b"IEND":
            return
        at += length + 12


def _webp(content: bytes) -> bytes:
    parts, at = [b"WEBP"], 12
    end = min(len(content), 8 + int.from_bytes(content[4:8], "little"))
    while at + 8 <= end:
        kind, length = unpack_from("<4sI", content, at)
        part = bytearray(content[at : at + 8 + length + length % 2])
        if kind == b"VP8X":
            part[8] &= ~_WEBP_FLAGS
        if kind not in _WEBP_DROPPED:
            parts.append(bytes(part))
        at += len(part)
    body = b"".join(parts)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _gif(content: bytes) -> Iterator[bytes]:
    at = 13 + _gif_colours(content[10])
    yield content[:at]
    while at + 10 < len(content) and content[at] in b"\x21\x2c":
        start, comment = at, False
        if content[at] == 0x2C:
            at += 11 + _gif_colours(content[at + 9])
        else:
            label, said = content[at + 1], content[at + 3 : at + 14]
            comment = label == 0xFE or (label == 0xFF and said not in _GIF_KEPT)
            at += 2
        while at < len(content) and content[at]:
            at += 1 + content[at]
        at += 1
        if not comment:
            yield content[start:at]
    yield b";"


def _gif_colours(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _blank(clip: bytearray, start: int, end: int) -> None:
    """Turn the boxes that hold metadata into free space, so that no offset changes."""
    at = start
    while at + 8 <= end:
        length, kind = unpack_from(">I4s", clip, at)
        head = 8
        if length == 1 and at + 16 <= end:
            length, head = int.from_bytes(clip[at + 8 : at + 16]), 16
        stop = min(end, at + length) if length else end
        if stop < at + head:
            return
        if kind in _CLIP_BLANKED:
            clip[at + 4 : at + 8] = b"free"
            clip[at + head : stop] = bytes(stop - at - head)
        elif kind in _CLIP_OPENED:
            _blank(clip, at + head, stop)
        at = stop
