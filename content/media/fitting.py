"""Fitting: a picture from outside as a platform takes it, where it does not take it as it is."""

import io
from dataclasses import replace

from PIL import Image, ImageFilter

from content.media.probing import probe
from content.media.quality import pressed
from domain.errors import InputError
from domain.media import Attachment, MediaFile
from domain.media_limits import JPEG, FileLimit, Span
from domain.platforms import Platform
from domain.plugins import media_limit
from domain.preflight import media_refusals

LARGEST = 2048
"""Pixels of the longer side; more no platform shows."""
_SMOOTH = frozenset({"L", "LA", "RGB", "RGBA"})
"""Of these the mean of some pixels is a pixel; others are converted first."""
_SLACK = 1.002
"""Whole pixels miss a ratio by a little: it is aimed at inside of its bounds."""


def fitted_picture(content: bytes, file: MediaFile, platform: Platform, *, name: str) -> bytes:
    """The picture in a form that the platform takes; unchanged where it does already.

    It is scaled and coded anew, never cropped: where its proportions are refused, it is set on a
    blurred enlargement of itself.

    Raises:
        InputError: the platform takes no pictures, or none that small.
    """
    if not _refused(file, platform):
        return content
    limit = media_limit(platform).picture
    if JPEG not in limit.formats:
        raise InputError(f"{name}: {platform} takes no pictures; leave it out there")
    with Image.open(io.BytesIO(content)) as image:
        image.seek(0)
        fitted = _scaled(_set_in_ratio(_on_white(_halved(image)), limit.ratio), limit)
    made = pressed(fitted, most_bytes=limit.bytes.most, name=name)
    refusals = _refused(probe(made, name=name), platform)
    if refusals:
        raise InputError(f"{name}: {refusals[0]}; take a larger picture")
    return made


def _refused(file: MediaFile, platform: Platform) -> list[str]:
    shown = {key: getattr(file, key) for key in MediaFile.model_fields}
    return [one.evidence for one in media_refusals(platform, [Attachment(**shown)])]


def _halved(image: Image.Image) -> Image.Image:
    """A far larger picture at a half, a third and so on, so that few pixels are worked on."""
    factor = max(image.size) // (2 * LARGEST)
    return image.reduce(factor) if factor > 1 and image.mode in _SMOOTH else image


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency, which a JPEG does not have."""
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    ground = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(ground, clear).convert("RGB")


def _set_in_ratio(image: Image.Image, ratio: Span) -> Image.Image:
    own = image.width / image.height
    if ratio.holds(own):
        return image
    least, most = (ratio.least or own) * _SLACK, (ratio.most or own) / _SLACK
    size = (
        (round(image.height * least), image.height)
        if own < least
        else (image.width, round(image.width / most))
    )
    # small first: a blur that wide is the same, and far quicker
    ground = image.resize((64, max(2, round(64 * size[1] / size[0]))), Image.Resampling.BOX)
    ground = ground.filter(ImageFilter.GaussianBlur(4)).resize(size, Image.Resampling.BICUBIC)
    ground.paste(image, ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
    return ground


def _scaled(image: Image.Image, limit: FileLimit) -> Image.Image:
    bound = replace(limit, width=_within(limit.width), height=_within(limit.height))
    shares = (
        1.0,
        (bound.width.most or LARGEST) / image.width,
        (bound.height.most or LARGEST) / image.height,
        ((limit.pixels.most or LARGEST**2) / (image.width * image.height)) ** 0.5,
    )
    share = max(min(shares), (limit.width.least or 0) / image.width)
    if share == 1.0:
        return image
    size = (max(1, int(image.width * share)), max(1, int(image.height * share)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _within(span: Span) -> Span:
    return Span(span.least, min(span.most or LARGEST, LARGEST))
