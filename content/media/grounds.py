"""Grounds: what lies behind the words of a card, drawn once for each look and size."""

from functools import lru_cache
from hashlib import sha256
from math import cos, pi, sin

from PIL import Image, ImageDraw

from domain.brand import Brand
from domain.look import Look, mixed

LOOKS = (
    Look(ground="#0b3d2e", ink="#f4f1e8", accent="#e0a458", motif="ripples"),
    Look(ground="#12355b", ink="#f5f3ee", accent="#f2a65a", motif="ripples"),
    Look(ground="#f4efe6", ink="#2b2d42", accent="#b4432f", typeface="serif", motif="weave"),
    Look(ground="#3d2645", ink="#f7f0f5", accent="#f0b67f", typeface="serif"),
    Look(ground="#fbf5ec", ink="#33261d", accent="#2f6f5e", motif="weave"),
)
"""For brands whose file says nothing of how they look."""
Size = tuple[int, int]


def look_of(brand: Brand) -> Look:
    """The look of the brand file, or else one that the brand's name always gets."""
    if brand.look is not None:
        return brand.look
    return LOOKS[int.from_bytes(sha256(brand.name.encode()).digest()[:4]) % len(LOOKS)]


def ground(look: Look, size: Size) -> Image.Image:
    """A fresh picture in the ground's colour with the look's motif."""
    return _ground(look, size).copy()


@lru_cache(maxsize=32)
def _ground(look: Look, size: Size) -> Image.Image:
    image = Image.new("RGB", size, look.ground)
    if look.motif == "plain":
        return image
    draw = _ripples if look.motif == "ripples" else _weave
    twice = (size[0] * 2, size[1] * 2)
    mask = Image.new("L", twice, 0)
    draw(ImageDraw.Draw(mask), twice)
    # drawn twice as large, so that the edges come out smooth
    image.paste(mixed(look.ground, look.accent, 0.18), mask=mask.resize(size, Image.Resampling.BOX))
    return image


def _ripples(draw: ImageDraw.ImageDraw, size: Size) -> None:
    """Rings around a point beyond the lower right corner, as a drop leaves them."""
    short = min(size)
    x, y = size[0] * 1.02, size[1] - short * 0.02
    for ring in range(1, 6):
        radius = short * (0.1 * ring + 0.006 * ring * ring)
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(box, outline=255, width=max(2, round(short * (0.0105 - 0.0011 * ring))))


def _weave(draw: ImageDraw.ImageDraw, size: Size) -> None:
    """Threads that cross over and under, in the lower right corner."""
    short = min(size)
    thread, count = short * 0.034, 7
    angle = pi / 4
    for row in range(count):
        for column in range(count):
            if row + column >= count:
                continue
            x = size[0] - (column + 0.5) * thread * 1.5
            y = size[1] - (row + 0.5) * thread * 1.5
            along = angle if (row + column) % 2 else -angle
            dx, dy = cos(along) * thread * 0.55, sin(along) * thread * 0.55
            draw.line((x - dx, y - dy, x + dx, y + dy), fill=255, width=round(thread * 0.42))
