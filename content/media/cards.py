"""Cards: a slide as a picture in the brand's look, in any size, with text that never overflows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from PIL import Image, ImageDraw

from content.media.fonts import Face
from content.media.grounds import Size, ground
from content.media.typesetting import Box, Style, draw_line, draw_setting, fit, width_of
from domain.look import LEAST_CONTRAST, Look, contrast, mixed
from domain.visuals import Bar, Slide

PORTRAIT, SQUARE, WIDE, TALL = (1080, 1350), (1080, 1080), (1600, 900), (1080, 1920)
HD = (1280, 720)
"""A wide clip: more pixels than these X does not take."""
_CLOSE = ("°", "%")
"""Units that stand at the figure, as large as it is."""
_OPENING = {"de": "„", "en": "“", "fr": "«"}


@dataclass(frozen=True)
class Sheet:
    """A card in the making: where its words go, and by how much lengths are scaled.

    On tall cards the words keep clear of what the apps lay over a clip: their buttons at the right,
    their texts at the foot.
    """

    image: Image.Image
    look: Look
    language: str = "en"

    @property
    def unit(self) -> float:
        """Pixels of the sheet for a pixel of a card that is 1080 wide."""
        return min(self.image.size) / 1080

    def px(self, length: float) -> int:
        """A length of the 1080 card on this one."""
        return round(length * self.unit)

    @property
    def box(self) -> Box:
        """Where the words go, kicker and foot left out."""
        wide, tall = self.image.size
        is_tall = tall > wide * 1.6
        top = self.px(330 if is_tall else 190)
        foot = self.px(560 if is_tall else 190)
        side, right = self.px(96), self.px(150 if is_tall else 96)
        return Box(side, top, wide - side - right, tall - top - foot)

    @property
    def muted(self) -> str:
        """Ink for what is said by the way: softer, and still dark or light enough to be read."""
        for share in (0.28, 0.2, 0.1):
            colour = mixed(self.look.ink, self.look.ground, share)
            if contrast(colour, self.look.ground) >= LEAST_CONTRAST:
                return colour
        return self.look.ink

    def style(self, weight: int, largest: float, smallest: float, leading: float = 1.12) -> Style:
        """A style in pixels of the 1080 card."""
        wide, tall = self.image.size
        # a wide card is read beside others, on a small screen: its words are set larger
        scale = self.unit * (1.25 if wide > tall * 1.3 else 1.0)
        face = Face(self.look.typeface, weight)
        return Style(face, round(largest * scale), round(smallest * scale), leading)


@dataclass(frozen=True, slots=True)
class Block:
    """One text of a card as it was fitted, or room for something drawn, with the gap above it."""

    height: int
    gap: int
    draw: Callable[[Box], None]


def render_card(
    slide: Slide, *, look: Look, title: str, size: Size = PORTRAIT, place: str = "",
    language: str = "en",
) -> Image.Image:  # fmt: skip
    """The slide in the brand's look; `title` stands at the foot, `place` (`2/4`) at its right.

    A text that is too long is cut with `…`; the same slide is the same picture.

    Raises:
        InputError: no font has some of its signs.
    """
    sheet = Sheet(backdrop(look, title=title, size=size, place=place), look, language)
    return write_on(sheet, slide)


def write_on(sheet: Sheet, slide: Slide) -> Image.Image:
    """The sheet's picture with the words of a slide on it. Raises as `render_card`."""
    blocks = _BLOCKS[slide.kind](sheet, slide)
    free = sheet.box.height - sum(block.height + block.gap for block in blocks)
    top = sheet.box.top + max(0, round(free * 0.44))
    if slide.kicker:
        _kicker(sheet, slide.kicker, above=top)
    for block in blocks:
        top += block.gap
        block.draw(Box(sheet.box.left, top, sheet.box.width, block.height))
        top += block.height
    return sheet.image


def backdrop(look: Look, *, title: str, size: Size, place: str = "") -> Image.Image:
    """A card without its words: the ground, and who speaks at the foot."""
    sheet = Sheet(ground(look, size), look)
    _foot(sheet, title, place)
    return sheet.image


def _statement(sheet: Sheet, slide: Slide) -> list[Block]:
    share = 0.62 if slide.body else 1.0
    blocks = [_text(sheet, slide.headline, sheet.style(700, 132, 34, 1.06), share)]
    return blocks + _body(sheet, slide, blocks)


def _figure(sheet: Sheet, slide: Slide) -> list[Block]:
    number, _, unit = slide.figure.partition(" ")
    if unit in _CLOSE:
        number, unit = f"{number}{unit}", ""
    face, small = Face(sheet.look.typeface, 800), sheet.px(88)
    beside = width_of(unit, face, small) + sheet.px(22) if unit else 0
    below = beside > sheet.box.width * 0.45
    room = sheet.box.width - (0 if below else beside)
    size = min(sheet.px(340), int(room / width_of(number, face, 200) * 196))
    size = min(size, round(sheet.box.height * 0.4))

    def draw(at: Box) -> None:
        pen, baseline = ImageDraw.Draw(sheet.image), at.top + at.height * 0.94
        style = Style(face, size, size)
        draw_line(pen, number, (at.left, baseline), style, size, sheet.look.accent)
        if unit and not below:
            after = at.left + width_of(number, face, size) + sheet.px(22)
            draw_line(pen, unit, (after, baseline), style, small, sheet.look.accent)

    blocks = [Block(round(size * 0.8), 0, draw)]
    if below:
        style = Style(face, small, sheet.px(34))
        blocks.append(_text(sheet, unit, style, 0.12, gap=14, colour=sheet.look.accent))
    blocks.append(_text(sheet, slide.headline, sheet.style(600, 66, 34, 1.16), 0.4, gap=48))
    return blocks + _body(sheet, slide, blocks)


def _quote(sheet: Sheet, slide: Slide) -> list[Block]:
    mark = _OPENING.get(sheet.language, "“")
    style = sheet.style(800, 260, 260)

    def draw(at: Box) -> None:
        low = mark == "„"
        baseline = at.top + at.height * (0.78 if low else 1.55)
        pen = ImageDraw.Draw(sheet.image)
        left = at.left - sheet.px(8)
        draw_line(pen, mark, (left, baseline), style, style.largest, sheet.look.accent)

    blocks = [Block(sheet.px(130), 16, draw)]
    blocks.append(_text(sheet, slide.headline, sheet.style(500, 84, 34, 1.18), 0.62, gap=24))
    if slide.by:
        blocks.append(
            _text(sheet, slide.by, sheet.style(600, 40, 30), 0.1, gap=44, colour=sheet.muted)
        )
    return blocks


def _chart(sheet: Sheet, slide: Slide) -> list[Block]:
    blocks = [_text(sheet, slide.headline, sheet.style(700, 72, 30, 1.12), 0.42)]
    most = max(bar.value for bar in slide.bars)
    row = min(sheet.px(140), round(sheet.box.height * 0.52 / len(slide.bars)))
    for number, bar in enumerate(slide.bars):
        draw = partial(_bar, sheet, bar, bar.value / most)
        blocks.append(Block(round(row * 0.74), sheet.px(28) if number == 0 else 0, draw))
        blocks[-1] = replace(blocks[-1], gap=blocks[-1].gap + round(row * 0.26))
    return blocks


def _bar(sheet: Sheet, bar: Bar, share: float, at: Box) -> None:
    """A name at the left, its figure at the right, the bar below."""
    face, large = Face(sheet.look.typeface, 600), round(at.height * 0.4)
    style, line = Style(face, large, large // 2, 1.3), round(large * 1.35)
    shown = fit(bar.shown, Box(0, 0, round(at.width * 0.38), line), style)
    wide = round(width_of(shown.lines[0], face, shown.size))
    draw_setting(
        sheet.image, shown, Box(at.left + at.width - wide, at.top, wide, line), sheet.look.ink
    )
    name = Box(at.left, at.top, at.width - wide - sheet.px(30), line)
    draw_setting(sheet.image, fit(bar.label, name, style), name, sheet.look.ink)
    top, foot = at.top + line, at.top + at.height
    pen, radius = ImageDraw.Draw(sheet.image), (foot - top) // 2
    track = mixed(sheet.look.ground, sheet.look.ink, 0.14)
    for long, colour in ((1.0, track), (share, sheet.look.accent)):
        end = at.left + max(2 * radius, round(at.width * long))
        pen.rounded_rectangle((at.left, top, end, foot), radius, fill=colour)


def _body(sheet: Sheet, slide: Slide, blocks: list[Block]) -> list[Block]:
    if not slide.body:
        return []
    used = sum(block.height + block.gap for block in blocks) + sheet.px(40)
    share = max(0.05, (sheet.box.height - used) / sheet.box.height)
    style = sheet.style(450, 48, 32, 1.36)
    return [_text(sheet, slide.body, style, share, gap=40, colour=sheet.muted)]


def _text(
    sheet: Sheet, text: str, style: Style, share: float, *, gap: int = 0, colour: str = ""
) -> Block:
    setting = fit(text, _room(sheet, 1.0, sheet.box.height * share), style)

    def draw(at: Box) -> None:
        draw_setting(sheet.image, setting, at, colour or sheet.look.ink)

    return Block(setting.height, sheet.px(gap), draw)


def _room(sheet: Sheet, width: float, height: float) -> Box:
    return Box(0, 0, round(sheet.box.width * width), round(height))


def _kicker(sheet: Sheet, text: str, *, above: int) -> None:
    style = sheet.style(600, 36, 26)
    height, bar, gap = sheet.px(46), sheet.px(56), sheet.px(22)
    top = max(sheet.px(64), above - sheet.px(44) - height)
    left, middle = sheet.box.left, top + height // 2
    pen, half = ImageDraw.Draw(sheet.image), sheet.px(3)
    pen.rectangle((left, middle - half, left + bar, middle + half), sheet.look.accent)
    beside = Box(left + bar + gap, top, sheet.box.width - bar - gap, height)
    draw_setting(sheet.image, fit(text, beside, style), beside, sheet.muted)


def _foot(sheet: Sheet, title: str, place: str) -> None:
    box, style = sheet.box, sheet.style(700, 38, 26)
    pen = ImageDraw.Draw(sheet.image)
    baseline = box.top + box.height + sheet.px(106)
    room = Box(0, 0, round(box.width * 0.7), round(style.largest * 1.3))
    setting = fit(title, room, style)
    size = setting.size
    pen.ellipse(
        (box.left, baseline - size * 0.62, box.left + size * 0.5, baseline - size * 0.12),
        fill=sheet.look.accent,
    )
    after = box.left + size * 0.5 + sheet.px(18)
    draw_line(pen, setting.lines[0], (after, baseline), style, size, sheet.look.ink)
    if place:
        wide = width_of(place, style.face, size)
        draw_line(pen, place, (box.left + box.width - wide, baseline), style, size, sheet.muted)


_BLOCKS: dict[str, Callable[[Sheet, Slide], list[Block]]] = {
    "statement": _statement,
    "figure": _figure,
    "quote": _quote,
    "chart": _chart,
}
