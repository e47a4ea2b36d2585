"""Fonts: the faces of our typefaces, and which font has which sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import regex
from fontTools.ttLib import TTFont
from PIL import ImageFont

from domain.errors import InputError

DISPLAY = {
    "grotesk": "fontpkg_bricolage_grotesque/files/BricolageGrotesque[opsz,wdth,wght].ttf",
    "serif": "fontpkg_fraunces/files/Fraunces[SOFT,WONK,opsz,wght].ttf",
}
EMOJI = "manimgx_fonts/NotoEmoji[wght].ttf"
_SCRIPTS = (
    "", "Arabic", "Hebrew", "Devanagari", "Bengali", "Thai", "Tamil", "Telugu", "Georgian",
    "Armenian", "Gujarati", "Gurmukhi", "Kannada", "Malayalam", "Oriya", "Sinhala", "Ethiopic",
    "Khmer", "Lao", "Myanmar", "Symbols",
)  # fmt: skip
SYMBOLS = "matplotlib/mpl-data/fonts/ttf/DejaVuSans.ttf"
"""The one font that comes in a single cut."""
FALLBACKS = (*(f"manimgx_fonts/NotoSans{script}[wght].ttf" for script in _SCRIPTS), SYMBOLS)
_UNSEEN = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\u00ad\ufeff")
"""Signs that steer how others are drawn and need no glyph themselves."""
_CLUSTERS = regex.compile(r"\X")
_IS_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3")
_HEADLINES = 600
_AXES = {"Width": 100, "Softness": 0, "Wonky": 0}


@dataclass(frozen=True, slots=True)
class Face:
    """One cut of a typeface: which family, and how heavy (100 to 900)."""

    typeface: str
    weight: int

    @property
    def fonts(self) -> tuple[str, ...]:
        """The font of the family, then those that stand in for signs that it lacks."""
        return (DISPLAY[self.typeface], *FALLBACKS)

    @property
    def optical_size(self) -> int:
        """Heavy cuts are for headlines, light ones for reading; widths then grow with the size."""
        return 72 if self.weight >= _HEADLINES else 18


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring signs that one font draws."""

    text: str
    font: str


@lru_cache(maxsize=4096)  # a text is measured at several sizes before it is drawn
def runs_of(text: str, face: Face) -> tuple[Run, ...]:
    """The text in runs of one font each, in the order of reading.

    A sign is never torn apart: letters with their accents and emojis of several parts stay whole.

    Raises:
        InputError: no font has a glyph for some of it; the message names the signs.
    """
    runs: list[Run] = []
    lacking: list[str] = []
    for cluster in _CLUSTERS.findall(text):
        font = _font_for(cluster, face.fonts, before=runs[-1].font if runs else None)
        if font is None:
            lacking.append(cluster)
        elif runs and runs[-1].font == font:
            runs[-1] = Run(runs[-1].text + cluster, font)
        else:
            runs.append(Run(cluster, font))
    if lacking:
        shown = " ".join(dict.fromkeys(lacking))[:40]
        raise InputError(
            f"no font here has the signs {shown}; write them otherwise, or add a picture yourself"
        )
    return tuple(runs)


@lru_cache(maxsize=256)
def font_at(path: str, size: int, face: Face) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels, in the face's weight where it has several."""
    package, _, name = path.partition("/")
    font = ImageFont.truetype(str(files(package) / name), size)
    if path == SYMBOLS:
        return font
    values = []
    for axis in font.get_variation_axes():
        called = axis["name"].decode().title()
        wanted = {"Weight": face.weight, "Optical Size": face.optical_size}.get(called)
        wanted = _AXES.get(called) if wanted is None else wanted
        value = axis["default"] if wanted is None else wanted
        values.append(min(max(value, axis["minimum"]), axis["maximum"]))
    font.set_variation_by_axes(values)
    return font


def _font_for(cluster: str, fonts: Sequence[str], *, before: str | None) -> str | None:
    needed = {ord(sign) for sign in cluster if sign not in _UNSEEN}
    if _IS_EMOJI.search(cluster):
        return EMOJI if all(code in _signs_of(EMOJI) for code in needed) else None
    if (cluster.isspace() or not needed) and before not in (None, EMOJI):
        return before
    return next((font for font in fonts if needed <= _signs_of(font)), None)


@cache
def _signs_of(path: str) -> frozenset[int]:
    package, _, name = path.partition("/")
    with TTFont(str(files(package) / name), lazy=True) as font:
        return frozenset(font.getBestCmap())
