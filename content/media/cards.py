"""Cards: a brand's words as a picture, for platforms that show no text alone."""

import io
from functools import cache
from hashlib import sha256
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

from domain.brand import Brand
from domain.text import find_emojis, find_hashtags, find_links, without

SIZE = (1080, 1350)
"""Pixels, 4:5: the tallest picture that every platform takes."""
MARGIN = 108
LARGEST, SMALLEST = 76, 30
PALETTES = (
    ("#0b3d2e", "#f4f1e8", "#e0a458"),
    ("#12355b", "#f5f3ee", "#e4572e"),
    ("#3d2645", "#f7f0f5", "#f0b67f"),
    ("#2b2d42", "#edf2f4", "#ef8354"),
    ("#5b3a29", "#fbf5ec", "#9cc5a1"),
)
"""Ground, ink and accent; ink on ground has a contrast above 7:1 (WCAG 2.2, AAA)."""


def render_card(text: str, *, brand: Brand) -> bytes:
    """A JPEG with the text of a post in the brand's colours; the same text is the same file.

    Links, hashtags and emojis stay out of the picture: they stand in the post itself, and the font
    has no emojis.
    """
    ground, ink, accent = PALETTES[_number(brand.name) % len(PALETTES)]
    image = Image.new("RGB", SIZE, ground)
    draw = ImageDraw.Draw(image)
    words = card_text(text)
    width, height = SIZE[0] - 2 * MARGIN, SIZE[1] - 4 * MARGIN
    lines, font = _fitted(draw, words, width, height)
    step = int(font.size * 1.32)
    top = 2 * MARGIN + (height - step * len(lines)) // 2
    draw.rectangle((MARGIN, top - MARGIN // 2, MARGIN + 96, top - MARGIN // 2 + 10), fill=accent)
    for number, line in enumerate(lines):
        draw.text((MARGIN, top + number * step), line, font=font, fill=ink)
    draw.text((MARGIN, SIZE[1] - MARGIN), brand.title, font=_font(34), fill=accent, anchor="ls")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()


def card_text(text: str) -> str:
    """What stands on the card, and in its description."""
    for find in (find_links, find_hashtags):
        text = without(text, find(text))
    for emoji in find_emojis(text):
        text = text.replace(emoji, " ")
    return " ".join(text.split())


def _fitted(
    draw: ImageDraw.ImageDraw, words: str, width: int, height: int
) -> tuple[list[str], ImageFont.FreeTypeFont]:
    """The text in lines at the largest size at which it fits; at the smallest it is cut."""
    for size in range(LARGEST, SMALLEST - 1, -2):
        font = _font(size)
        lines = _wrapped(draw, words, font, width)
        if len(lines) * size * 1.32 <= height:
            return lines, font
    most = int(height / (SMALLEST * 1.32))
    return [*lines[: most - 1], f"{lines[most - 1]}…"], font


def _wrapped(
    draw: ImageDraw.ImageDraw, words: str, font: ImageFont.FreeTypeFont, width: int
) -> list[str]:
    lines = [""]
    for word in words.split():
        for piece in _pieces(draw, word, font, width):
            longer = f"{lines[-1]} {piece}".strip()
            if draw.textlength(longer, font=font) <= width:
                lines[-1] = longer
            else:
                lines.append(piece)
    return lines


def _pieces(
    draw: ImageDraw.ImageDraw, word: str, font: ImageFont.FreeTypeFont, width: int
) -> list[str]:
    """A word that is wider than the line, cut into pieces that are not."""
    pieces = [""]
    for letter in word:
        if draw.textlength(pieces[-1] + letter, font=font) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    # it comes with matplotlib, so that no machine needs fonts of its own
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return ImageFont.truetype(str(path), size)


def _number(name: str) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:4], "big")
