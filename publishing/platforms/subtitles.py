"""The captions of a clip as platforms take them beside it: SubRip out of WebVTT, and a language.

They are sent besides: a clip goes out without them where that fails.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape

import structlog

from domain.errors import LeaseLost, NetworkError, Rejected

MIME = "application/x-subrip"
USUAL = "en"
"""The language of a post that names none."""
_LANGUAGES = {
    "de": ("DE", "Deutsch"), "en": ("US", "English"), "es": ("ES", "Español"),
    "fr": ("FR", "Français"), "it": ("IT", "Italiano"), "nl": ("NL", "Nederlands"),
    "pl": ("PL", "Polski"), "pt": ("PT", "Português"), "da": ("DK", "Dansk"),
    "sv": ("SE", "Svenska"), "cs": ("CZ", "Čeština"), "uk": ("UA", "Українська"),
    "tr": ("TR", "Türkçe"), "ar": ("AR", "العربية"), "he": ("IL", "עברית"),
}  # fmt: skip
_CLOCK = r"(?:(\d{2,}):)?(\d{2}):(\d{2})\.(\d{3})"
_TIMES = re.compile(rf"{_CLOCK}[ \t]+-->[ \t]+{_CLOCK}")
_MARKS = re.compile(r"<[^>]*>")
_log = structlog.get_logger(__name__)


def subrip(webvtt: bytes) -> bytes:
    """WebVTT as SubRip: cues with their times; marks, notes, styles and places are left out.

    Raises:
        Rejected: there is no cue in it.
    """
    text = webvtt.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    cues = [cue for block in re.split(r"\n{2,}", text) if (cue := _cue(block))]
    if not cues:
        raise Rejected("the captions hold no cue; give them as WebVTT")
    blocks = (f"{number}\n{cue}\n" for number, cue in enumerate(cues, start=1))
    return "\n".join(blocks).encode()


def locale_of(language: str | None) -> tuple[str, str]:
    """Language and country of a post's language: `de`, `DE`. A country that it names is kept."""
    tag, _, region = (language or USUAL).replace("_", "-").partition("-")
    usual, _ = _LANGUAGES.get(tag.lower(), (tag.upper(), ""))
    return tag.lower(), region.upper() if len(region) == 2 else usual


def name_of_language(language: str | None) -> str:
    """What those who speak it call it; the tag where nobody here knows."""
    tag, _ = locale_of(language)
    return _LANGUAGES.get(tag, ("", tag))[1]


@contextmanager
def besides(account: str, *, give_up: Callable[[], None]) -> Iterator[None]:
    """Whatever captions may fail of, save that the delivery is somebody else's by now.

    `give_up` writes down that they failed, so that no later attempt loses time with them.
    """
    try:
        yield
    except LeaseLost:
        raise
    except NetworkError as exc:
        _log.warning("captions are left out", account=account, why=str(exc))
        give_up()


def _cue(block: str) -> str:
    lines = block.strip("\n").split("\n")
    at = next((at for at, line in enumerate(lines[:2]) if _TIMES.match(line)), None)
    if at is None:
        return ""
    found = _TIMES.match(lines[at])
    parts = found.groups() if found else ()
    start, end = (_clock(*parts[first : first + 4]) for first in (0, 4))
    said = (unescape(_MARKS.sub("", line)).strip() for line in lines[at + 1 :])
    words = "\n".join(line for line in said if line)
    return f"{start} --> {end}\n{words}" if words else ""


def _clock(hours: str | None, minutes: str, seconds: str, thousandths: str) -> str:
    return f"{hours or '00'}:{minutes}:{seconds},{thousandths}"
