# ruff: noqa: RUF001 - it is about letters that look like others
"""Signs that look like ordinary letters and digits, and which ones a reader takes them for.

What Unicode itself calls the same (mathematical, full-width, circled, raised) is left to NFKC.
"""

import unicodedata

import regex

_SMALL_CAPITALS = {
    "ᴀ": "A", "ᴁ": "Æ", "ʙ": "B", "ᴃ": "B", "ᴄ": "C", "ᴅ": "D", "ᴆ": "Ð", "ᴇ": "E", "ꜰ": "F",
    "ɢ": "G", "ʛ": "G", "ʜ": "H", "ɪ": "I", "ᴊ": "J", "ᴋ": "K", "ʟ": "L", "ᴌ": "L", "ᴍ": "M",
    "ɴ": "N", "ᴎ": "N", "ᴏ": "O", "ɶ": "Œ", "ᴐ": "O", "ᴘ": "P", "ꞯ": "Q", "ʀ": "R", "ᴙ": "R",
    "ᴚ": "R", "ʁ": "R", "ꜱ": "S", "ᴛ": "T", "ᴜ": "U", "ᴠ": "V", "ᴡ": "W", "ʏ": "Y", "ᴢ": "Z",
    "ɑ": "a", "ɡ": "g", "ɯ": "m", "ɐ": "a", "ɟ": "f", "ɥ": "h", "ᴉ": "i", "ɾ": "j", "ʞ": "k",
    "ɹ": "r", "ʇ": "t", "ʍ": "w", "ʎ": "y",
}  # fmt: skip
"""Small capitals look like capitals; round and turned letters like small ones."""
_LAID_OUT = (
    (0x249C, "a"),  # in brackets
    (0x1F110, "A"),  # in brackets
    (0x1F130, "A"),  # in squares
    (0x1F150, "A"),  # in black circles
    (0x1F170, "A"),  # in black squares
)
"""Where an alphabet of 26 signs begins that NFKC leaves as it is, or takes for several signs."""
_DIGITS = ((0x2474, 1), (0x2776, 1), (0x2780, 1), (0x278A, 1), (0x24F5, 1))
"""Where 1 to 9 begin: in brackets, in black circles (three times), in two circles."""
_ALIKE = {ord(sign): letter for sign, letter in _SMALL_CAPITALS.items()}
_ALIKE |= {first + at: chr(ord(a) + at) for first, a in _LAID_OUT for at in range(26)}
_ALIKE |= {first + at: str(one + at) for first, one in _DIGITS for at in range(9)}
_ALIKE |= {0x24FF: "0", 0x24EA: "0", 0x1F10B: "0", 0x1F10C: "0"}
_DRESSED = frozenset(_ALIKE)
_FLAG_LETTERS = regex.compile(r"\p{RI}\p{RI}|(?P<alone>\p{RI})")
_FIRST_FLAG_LETTER = 0x1F1E6
_INVISIBLE = regex.compile(
    r"[\p{Cf}\p{Variation_Selector}\u034F\u115F\u1160\u17B4\u17B5\u3164\uFFA0]"
)
_OVER = regex.compile(r"[\p{Me}\u0334-\u0338]")  # rings, keycaps, and lines through a letter


def undressed(text: str) -> str:
    """The text with ordinary letters and digits for those that only look like them.

    Invisible signs are left out. Two letters of flags in a row are a flag and stay.
    """
    if text.isascii():
        return text
    text = _OVER.sub("", _INVISIBLE.sub("", _FLAG_LETTERS.sub(_letter, text)))
    return unicodedata.normalize("NFKC", text.translate(_ALIKE))


def is_dressed(sign: str) -> bool:
    """Whether a screen reader reads one sign out by its long name, or not at all as its letter."""
    if ord(sign) in _DRESSED:
        return not unicodedata.category(sign).startswith("N")
    if sign.isascii() or (not sign.isalpha() and unicodedata.category(sign) != "So"):
        return False
    plain = unicodedata.normalize("NFKC", sign)
    return len(plain) == 1 and plain.isascii() and plain.isalpha() and sign not in "ªºſ"


def _letter(match: regex.Match[str]) -> str:
    alone = match["alone"]
    return chr(ord("A") + ord(alone) - _FIRST_FLAG_LETTER) if alone else match.group()
