"""Contact sheets: many pictures at a glance, small enough for a page or an event log."""

import io
from collections.abc import Sequence
from contextlib import suppress

from PIL import Image

from content.media.fonts import Face
from content.media.typesetting import Box, Style, draw_setting, fit
from domain.errors import InputError

HEIGHT, GAP, ACROSS = 170, 8, 6
_COLOURS, _FEW = 64, 12
_LOW = 112
"""Pixels of a picture where a whole week is to be seen."""
_TEXT_WIDTH, _LABEL_WIDTH = 150, 64
_INK, _PAPER = "#1d2430", "#f1f3f6"
_LABEL = Style(Face("grotesk", 700), largest=15, smallest=11)
_WORDS = Style(Face("grotesk", 400), largest=13, smallest=9)


def contact_sheet(pictures: Sequence[bytes]) -> bytes:
    """The pictures in rows, in their order, as a PNG in few colours; many are shown smaller.

    Raises:
        InputError: there is none.
    """
    if not pictures:
        raise InputError("a contact sheet needs at least one picture; draw one first")
    few = len(pictures) <= _FEW
    height, across = (HEIGHT, ACROSS) if few else (_LOW, 2 * ACROSS)
    small = [_scaled(content, height) for content in pictures]
    rows = [small[at : at + across] for at in range(0, len(small), across)]
    wide = max(sum(image.width + GAP for image in row) for row in rows) + GAP
    sheet = Image.new("RGB", (wide, len(rows) * (height + GAP) + GAP), "#ffffff")
    for number, row in enumerate(rows):
        left = GAP
        for image in row:
            sheet.paste(image, (left, GAP + number * (height + GAP)))
            left += image.width + GAP
    return _as_png(sheet, _COLOURS if few else _COLOURS // 2)


def calendar_sheet(days: Sequence[tuple[str, Sequence[bytes | str]]]) -> bytes:
    """A row per day with its name, pictures, and the words of what has none, as a PNG.

    Raises:
        InputError: there is no day.
    """
    if not days:
        raise InputError("a calendar needs at least one day; plan one first")
    rows = [[_tile(one) for one in shown] for _, shown in days]
    wide = max(sum(image.width + GAP for image in row) for row in rows) + GAP + _LABEL_WIDTH
    sheet = Image.new("RGB", (wide, len(rows) * (_LOW + GAP) + GAP), "#ffffff")
    for number, (row, (name, _)) in enumerate(zip(rows, days, strict=True)):
        top, left = GAP + number * (_LOW + GAP), GAP + _LABEL_WIDTH
        box = Box(GAP, top, _LABEL_WIDTH - GAP, _LOW)
        draw_setting(sheet, fit(name, box, _LABEL), box, _INK)
        for image in row:
            sheet.paste(image, (left, top))
            left += image.width + GAP
    return _as_png(sheet, _COLOURS // 2)


def _tile(shown: bytes | str) -> Image.Image:
    if isinstance(shown, bytes):
        return _scaled(shown, _LOW)
    tile = Image.new("RGB", (_TEXT_WIDTH, _LOW), _PAPER)
    box = Box(GAP, GAP, _TEXT_WIDTH - 2 * GAP, _LOW - 2 * GAP)
    with suppress(InputError):  # signs that no font here has: the tile stays empty
        draw_setting(tile, fit(shown, box, _WORDS), box, _INK)
    return tile


def _as_png(sheet: Image.Image, colours: int) -> bytes:
    out = io.BytesIO()
    # a figure in the accent's colour is small, and must not turn grey among large grounds
    few = sheet.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(out, "PNG", optimize=True)
    return out.getvalue()


def _scaled(content: bytes, height: int) -> Image.Image:
    with Image.open(io.BytesIO(content)) as image:
        size = (max(1, round(image.width * height / image.height)), height)
        return image.convert("RGB").resize(size, Image.Resampling.BICUBIC)
