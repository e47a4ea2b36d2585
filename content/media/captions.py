"""Captions as a file: what is to be read in a clip, with its times."""

from html import escape

from domain.visuals import Storyboard


def webvtt(storyboard: Storyboard) -> str:
    """The captions as WebVTT, the form that Bluesky and browsers take."""
    cues = [f"{_clock(start)} --> {_clock(end)}\n{text}" for start, end, text in _cues(storyboard)]
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def _cues(storyboard: Storyboard) -> list[tuple[float, float, str]]:
    """What stands on a card is its caption: the headline, with who said it."""
    cues, now = [], 0.0
    for scene in storyboard.scenes:
        slide = scene.slide
        shown = f"{slide.by}: {slide.headline}" if slide.by else slide.headline
        text = " ".join(shown.split())
        # an arrow would be taken for the line of times, and some signs for marks
        cues.append((now, now + scene.seconds, escape(text.replace("-->", "→"), quote=False)))
        now += scene.seconds
    return cues


def _clock(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
