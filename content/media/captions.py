"""Captions as a file: what is to be read in a clip, with its times."""

from domain.visuals import Storyboard


def webvtt(storyboard: Storyboard) -> str:
    """The captions as WebVTT, the form that Bluesky and browsers take."""
    cues = [f"{_clock(start)} --> {_clock(end)}\n{text}" for start, end, text in _cues(storyboard)]
    return "\n\n".join(["WEBVTT", *cues]) + "\n"


def subrip(storyboard: Storyboard) -> str:
    """The captions as SubRip, the form that Facebook and LinkedIn take."""
    cues = [
        f"{number}\n{_clock(start)} --> {_clock(end)}\n{text}".replace(".", ",", 2)
        for number, (start, end, text) in enumerate(_cues(storyboard), start=1)
    ]
    return "\n\n".join(cues) + "\n"


def _cues(storyboard: Storyboard) -> list[tuple[float, float, str]]:
    """Where a scene has no caption of its own, its headline is one."""
    cues, now = [], 0.0
    for scene in storyboard.scenes:
        text = " ".join((scene.caption or scene.slide.headline).split())
        # an arrow would be taken for the line of times
        cues.append((now, now + scene.seconds, text.replace("-->", "→")))
        now += scene.seconds
    return cues


def _clock(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
