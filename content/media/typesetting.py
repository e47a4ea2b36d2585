"""Typesetting: text in lines that fit a box, in any script, in either direction."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import regex
from PIL import Image, ImageDraw

from content.media.fonts import EMOJI, Face, Run, font_at, runs_of

_RTL = frozenset({"R", "AL"})
_CLUSTERS = regex.compile(r"\X")
_WITH_FIGURES = regex.compile(r"\d[\d.,:]*\s\p{L}\S*|\S+")
_REFERENCE = 200
"""Pixels at which widths are measured once; at other sizes they follow in proportion."""
_NARROWER = (1.0, 0.97, 0.93, 0.88, 0.8)
"""Shares of the width that are tried: what is measured word by word may be wider as a whole."""
_HEADLINE = 700
_KEPT_OF_HEADLINES, _KEPT = 0.74, 0.9
"""The share of the size that must be left where a line can be saved by setting it smaller."""
_KEPT_UNBROKEN = 0.5
"""The same, where a word would be broken otherwise."""
_MOST_WEIGHED = 60
"""Pieces of a text whose breaks are weighed against each other; longer ones are filled in turn."""
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Box:
    """Room for a text, in pixels."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is set: between which sizes it may be chosen, and how far its lines lie apart."""

    face: Face
    largest: int
    smallest: int
    leading: float = 1.15


@dataclass(frozen=True, slots=True)
class Setting:
    """A text that fits its box: its lines, their size, and whether its end was cut off."""

    lines: tuple[str, ...]
    size: int
    style: Style
    cut: bool = False

    @property
    def height(self) -> int:
        """Pixels from the top of the first line to the foot of the last."""
        return round(len(self.lines) * self.size * self.style.leading)


def fit(text: str, box: Box, style: Style) -> Setting:
    """The text at the largest size at which it fits; at the smallest its end is cut, with `…`.

    The lines are made about equally long. A text is set smaller before a word is broken, but not
    below half of the largest size.

    Raises:
        InputError: no font has some of its signs.
    """
    paragraphs = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    low, high = style.smallest, _largest_unbroken(paragraphs, box.width, style)
    while low < high:
        size = (low + high + 1) // 2
        fits = _tall(_lines(paragraphs, size, box.width, style.face), size, style) <= box.height
        low, high = (size, high) if fits else (low, size - 1)
    low = _in_fewer_lines(paragraphs, low, box.width, style)
    for narrower in _NARROWER:
        setting = _set(paragraphs, low, round(box.width * narrower), box.height, style)
        if all(width_of(line, style.face, low) <= box.width for line in setting.lines):
            break
    return setting


def draw_line(
    draw: ImageDraw.ImageDraw, line: str, at: tuple[float, float], style: Style, size: int,
    colour: str,
) -> None:  # fmt: skip
    """Draw one line with its left end and baseline at a point."""
    left, baseline = at
    for run in in_order_of_sight(runs_of(line, style.face)):
        font = font_at(run.font, _size(run, size), style.face)
        direction = "rtl" if _is_rtl(run.text) else "ltr"
        draw.text(
            (left, baseline), run.text, font=font, fill=colour, anchor="ls", direction=direction
        )
        left += font.getlength(run.text, direction=direction)


def draw_setting(
    image: Image.Image, setting: Setting, box: Box, colour: str, *, align: str = "start"
) -> None:
    """Draw the lines from the top of a box; text that is read from the right stands at the right.

    `align` is `start` or `middle`.
    """
    draw = ImageDraw.Draw(image)
    step = setting.size * setting.style.leading
    baseline = box.top + step / 2 + setting.size * 0.35
    rtl = starts_right(" ".join(setting.lines))
    for line in setting.lines:
        free = box.width - width_of(line, setting.style.face, setting.size)
        left = box.left + (free / 2 if align == "middle" else free if rtl else 0)
        draw_line(draw, line, (left, baseline), setting.style, setting.size, colour)
        baseline += step


def width_of(text: str, face: Face, size: int) -> float:
    """Pixels that a line takes, from its runs as they are drawn."""
    return sum(
        font_at(run.font, _size(run, size), face).getlength(run.text) for run in runs_of(text, face)
    )


def starts_right(text: str) -> bool:
    """Whether the first letter with a direction is read from right to left."""
    kinds = (unicodedata.bidirectional(sign) for sign in text)
    return next((kind in _RTL for kind in kinds if kind == "L" or kind in _RTL), False)


def in_order_of_sight(runs: Sequence[Run]) -> list[Run]:
    """The runs of a line from left to right (UAX #9, by runs; within one the shaper does it)."""
    base = int(starts_right("".join(run.text for run in runs)))
    runs = [part for run in runs for part in _apart(run)]
    levels = [_level(run.text, base) for run in runs]
    for at in range(1, len(levels) - 1):
        # what has no direction stands with its neighbours where they agree
        if levels[at] is None and levels[at - 1] == levels[at + 1]:
            levels[at] = levels[at - 1]
    known = [base if level is None else level for level in levels]
    order = list(range(len(runs)))
    for level in range(max(known, default=0), 0, -1):
        order = _turned(order, [known[at] >= level for at in order])
    return [runs[at] for at in order]


def _apart(run: Run) -> list[Run]:
    """The run without the space around it, which belongs to neither side of a change of way."""
    text = run.text.strip()
    if not text:
        return [run]
    before, _, after = run.text.partition(text)
    return [Run(part, run.font) for part in (before, text, after) if part]


def _level(text: str, base: int) -> int | None:
    kinds = {unicodedata.bidirectional(sign) for sign in text}
    if kinds & _RTL:
        return 1
    if kinds & {"L", "EN", "AN"}:
        return 2 if base else 0
    return None


def _turned(order: list[int], chosen: list[bool]) -> list[int]:
    """Every unbroken stretch of chosen places in reverse."""
    result: list[int] = []
    stretch: list[int] = []
    for place, is_chosen in zip(order, chosen, strict=True):
        if is_chosen:
            stretch.append(place)
            continue
        result += [*reversed(stretch), place]
        stretch = []
    return [*result, *reversed(stretch)]


def _is_rtl(text: str) -> bool:
    return any(unicodedata.bidirectional(sign) in _RTL for sign in text)


def _size(run: Run, size: int) -> int:
    return round(size * 0.9) if run.font == EMOJI else size


@lru_cache(maxsize=8192)
def _reference_width(text: str, face: Face) -> float:
    return width_of(text, face, _REFERENCE) / _REFERENCE


def _largest_unbroken(paragraphs: Sequence[str], width: int, style: Style) -> int:
    """The largest size at which the widest word has room; the style's where that is too small."""
    words = (word for paragraph in paragraphs for word in paragraph.split())
    widest = max((_reference_width(word, style.face) for word in words), default=0.0)
    size = min(style.largest, int(width / widest)) if widest else style.largest
    is_readable = size >= max(style.smallest, round(style.largest * _KEPT_UNBROKEN))
    return size if is_readable else style.largest


def _in_fewer_lines(paragraphs: Sequence[str], size: int, width: int, style: Style) -> int:
    """A little smaller, where that saves a line; otherwise the same size."""
    count = len(_lines(paragraphs, size, width, style.face))
    is_headline = style.face.weight >= _HEADLINE and count <= 3
    kept = _KEPT_OF_HEADLINES if is_headline else _KEPT
    for smaller in range(size - 1, max(style.smallest, round(size * kept)) - 1, -2):
        if len(_lines(paragraphs, smaller, width, style.face)) < count:
            return smaller
    return size


def _set(paragraphs: Sequence[str], size: int, width: int, height: int, style: Style) -> Setting:
    lines = _lines(paragraphs, size, width, style.face)
    most = max(1, int(height / (size * style.leading)))
    if len(lines) > most:
        return Setting(_cut(lines[:most], size, width, style.face), size, style, cut=True)
    return Setting(_balanced(paragraphs, size, width, style.face), size, style)


def _tall(lines: Sequence[str], size: int, style: Style) -> float:
    return len(lines) * size * style.leading


def _lines(paragraphs: Sequence[str], size: int, width: float, face: Face) -> tuple[str, ...]:
    lines: list[str] = []
    room = width / size
    space = _reference_width("n n", face) - _reference_width("nn", face)
    for paragraph in paragraphs:
        lines.append("")
        used = 0.0
        for piece in _pieces(paragraph, room, face):
            wide = _reference_width(piece, face)
            if lines[-1] and used + space + wide > room:
                lines.append(piece)
                used = wide
            else:
                used += wide + (space if lines[-1] else 0)
                lines[-1] = f"{lines[-1]} {piece}".strip()
    return tuple(lines)


def _pieces(paragraph: str, room: float, face: Face) -> list[str]:
    """The words of a paragraph, a figure together with what it counts; too wide ones are broken."""
    pieces: list[str] = []
    for word in _whole(paragraph, room, face):
        if _reference_width(word, face) <= room:
            pieces.append(word)
            continue
        part = ""
        for cluster in _CLUSTERS.findall(word):
            if part and _reference_width(part + cluster, face) > room:
                pieces.append(part)
                part = ""
            part += cluster
        pieces.append(part)
    return pieces


def _whole(paragraph: str, room: float, face: Face) -> Iterator[str]:
    for words in _WITH_FIGURES.findall(paragraph):
        yield from [words] if _reference_width(words, face) <= room else words.split()


def _balanced(paragraphs: Sequence[str], size: int, width: int, face: Face) -> tuple[str, ...]:
    """As few lines as in the full width, as equally long as they can be, the last one too."""
    greedy = _lines(paragraphs, size, width, face)
    pieces = _pieces(paragraphs[0], width / size, face) if len(paragraphs) == 1 else []
    if not 2 < len(pieces) <= _MOST_WEIGHED or len(greedy) < 2:
        return greedy
    space = _reference_width("n n", face) - _reference_width("nn", face)
    widths = [_reference_width(piece, face) for piece in pieces]
    return _even(pieces, widths, space, width / size, len(greedy)) or greedy


def _even(
    pieces: Sequence[str], widths: Sequence[float], space: float, room: float, count: int
) -> tuple[str, ...]:
    """The break into that many lines with the least sum of squared gaps; empty where none fits."""
    ends = range(len(pieces) + 1)
    best: list[tuple[float, tuple[int, ...]] | None] = [(0.0, ())] + [None] * len(pieces)
    for _ in range(count):
        following: list[tuple[float, tuple[int, ...]] | None] = [None] * len(ends)
        for start, known in enumerate(best):
            long = -space
            for end in range(start + 1, len(ends) if known else 0):
                long += space + widths[end - 1]
                if long > room:
                    break
                cost = (known or (0.0, ()))[0] + (room - long) ** 2
                found = following[end]
                if found is None or cost < found[0]:
                    following[end] = (cost, (*(known or (0.0, ()))[1], end))
        best = following
    last = best[-1]
    if last is None:
        return ()
    starts = (0, *last[1])
    return tuple(" ".join(pieces[start:end]) for start, end in pairwise(starts))


def _cut(lines: Sequence[str], size: int, width: int, face: Face) -> tuple[str, ...]:
    """The lines with `…` behind the last word that leaves room for it."""
    last = lines[-1]
    while last and _reference_width(last + ELLIPSIS, face) * size > width:
        last = last.rpartition(" ")[0] or last[:-1]
    return (*lines[:-1], last.rstrip(" .,;:!?") + ELLIPSIS)
