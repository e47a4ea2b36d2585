"""Contact sheets: many pictures at a glance, small enough for a page or an event log."""

import io
from collections.abc import Sequence

from PIL import Image

from domain.errors import InputError

HEIGHT, GAP, ACROSS = 170, 8, 6
_COLOURS = 64


def contact_sheet(pictures: Sequence[bytes]) -> bytes:
    """The pictures in rows of six, in their order, as a PNG in few colours.

    Raises:
        InputError: there is none.
    """
    if not pictures:
        raise InputError("a contact sheet needs at least one picture; draw one first")
    small = [_scaled(content) for content in pictures]
    rows = [small[at : at + ACROSS] for at in range(0, len(small), ACROSS)]
    wide = max(sum(image.width + GAP for image in row) for row in rows) + GAP
    sheet = Image.new("RGB", (wide, len(rows) * (HEIGHT + GAP) + GAP), "#ffffff")
    for number, row in enumerate(rows):
        left = GAP
        for image in row:
            sheet.paste(image, (left, GAP + number * (HEIGHT + GAP)))
            left += image.width + GAP
    out = io.BytesIO()
    sheet.quantize(_COLOURS, dither=Image.Dither.NONE).save(out, "PNG")
    return out.getvalue()


def _scaled(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as image:
        size = (max(1, round(image.width * HEIGHT / image.height)), HEIGHT)
        return image.convert("RGB").resize(size, Image.Resampling.BICUBIC)
