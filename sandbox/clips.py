"""What the platforms refuse about a clip, by what its bytes say; figures from their documents."""

from dataclasses import dataclass
from enum import StrEnum

from sandbox.media_bytes import Kind

Span = tuple[float, float]
MB = 1_000_000
_ANY: Span = (0, float("inf"))


class Objection(StrEnum):
    """The measure that a clip does not keep."""

    FORMAT = "format"
    BYTES = "bytes"
    DURATION = "duration"
    FRAME_RATE = "frame rate"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class Taken:
    """What one platform takes; the first and the last that it does.

    Attributes:
        mimes: containers.
        codecs: how the picture is coded; none is anyhow.
        bytes: of the file.
        seconds: how long it plays.
        fps: frames a second, rounded.
        side: the shorter and the longer side in pixels.
        pixels: width times height.
        ratio: width by height.
    """

    mimes: tuple[str, ...] = ("video/mp4", "video/quicktime")
    codecs: tuple[str, ...] = ()
    bytes: Span = _ANY
    seconds: Span = _ANY
    fps: Span = _ANY
    side: Span = _ANY
    pixels: Span = _ANY
    ratio: Span = _ANY


X = Taken(
    codecs=("h264",),
    bytes=(1, 512 * MB),
    seconds=(0.5, 140),
    fps=(1, 60),
    side=(32, 1280),
    ratio=(1 / 3, 3),
)
REEL_ON_INSTAGRAM = Taken(
    codecs=("h264", "hevc"), bytes=(1, 300 * MB), seconds=(3, 900), fps=(23, 60), side=(1, 1920)
)
REEL_ON_FACEBOOK = Taken(
    mimes=("video/mp4",), seconds=(3, 90), fps=(24, 60), side=(540, 1e9), ratio=(0.55, 0.575)
)
VIDEO_ON_FACEBOOK = Taken(
    mimes=("video/mp4", "video/quicktime", "video/webm"),
    bytes=(1, 10_000 * MB),
    seconds=(0, 14_400),
)
LINKEDIN = Taken(mimes=("video/mp4",), bytes=(75_000, 500 * MB), seconds=(3, 1800))
TIKTOK = Taken(
    mimes=("video/mp4", "video/quicktime", "video/webm"),
    codecs=("h264", "hevc", "vp8", "vp9"),
    bytes=(1, 4_000 * MB),
    seconds=(1, 600),
    fps=(23, 60),
    side=(360, 4096),
)
MASTODON = Taken(
    mimes=("video/mp4", "video/quicktime", "video/webm"),
    bytes=(1, 103_809_024),
    fps=(0, 120),
    pixels=(1, 8_294_400),
)


def objection(kind: Kind | None, size: int, taken: Taken) -> Objection | None:
    """What stands against a clip of so many bytes; None where it is taken."""
    if kind is None or kind.mime not in taken.mimes:
        return Objection.FORMAT
    if taken.codecs and kind.codec not in taken.codecs:
        return Objection.FORMAT
    width, height = kind.width or 0, kind.height or 1
    measures = (
        (Objection.BYTES, size, taken.bytes),
        (Objection.DURATION, kind.seconds or 0, taken.seconds),
        (Objection.FRAME_RATE, round(kind.fps or 0), taken.fps),
        (Objection.SIZE, min(width, height), taken.side),
        (Objection.SIZE, max(width, height), taken.side),
        (Objection.SIZE, width * height, taken.pixels),
        (Objection.SIZE, width / height, taken.ratio),
    )
    wrong = (name for name, value, (least, most) in measures if not least <= value <= most)
    return next(wrong, None)
