"""What each platform takes as pictures and clips: data, with its source."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.platforms import Platform

JPEG, PNG, GIF, WEBP = "image/jpeg", "image/png", "image/gif", "image/webp"
BMP, TIFF = "image/bmp", "image/tiff"
MP4, MOV, WEBM = "video/mp4", "video/quicktime", "video/webm"
H264, HEVC, VP8, VP9 = "h264", "hevc", "vp8", "vp9"
MB = 1_000_000
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Span:
    """From the least to the most that is taken, both included; None is no bound."""

    least: float | None = None
    most: float | None = None

    def holds(self, value: float) -> bool:
        """Whether the value lies within."""
        over = self.least is None or value >= self.least
        return over and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        match self.least, self.most:
            case None, most:
                return f"at most {most:g}"
            case least, None:
                return f"at least {least:g}"
        return f"{self.least:g} to {self.most:g}"


ANY = Span()


@dataclass(frozen=True, slots=True)
class FileLimit:
    """What one file may be.

    Attributes:
        formats: MIME types.
        bytes: its size.
        ratio: width by height.
        width: in pixels.
        height: in pixels.
        pixels: width times height.
        seconds: length of a clip.
        fps: its frames a second, in whole numbers.
        codecs: how its picture may be coded; None is anyhow.
    """

    formats: frozenset[str]
    bytes: Span
    ratio: Span = ANY
    width: Span = ANY
    height: Span = ANY
    pixels: Span = ANY
    seconds: Span = ANY
    fps: Span = ANY
    codecs: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class MediaLimit:
    """What a post may carry.

    Attributes:
        pictures: the most in one post; a clip always stands alone, save in a carousel.
        picture: what a picture may be; None where there are none.
        clip: what a clip may be.
        gif: what a GIF may be, where it is no picture like the others: it stands alone.
        alt_text: the most characters of a description; None where there is none.
        clip_alt_text: whether a clip may have one too.
        crops_to_first: whether every file is cropped to the proportions of the first.
        clip_bytes: the size of a clip where the account's option `video` names that way.
        mixed: whether pictures and a clip may stand in one post.
        source: where the figures stand, with the version; `assumed` marks what is not confirmed.
    """

    pictures: int
    picture: FileLimit
    clip: FileLimit
    alt_text: int | None
    source: str
    mixed: bool = False
    gif: FileLimit | None = None
    clip_alt_text: bool = True
    crops_to_first: bool = False
    clip_bytes: Mapping[str, Span] = field(default_factory=dict)

    def of(self, mime_type: str) -> FileLimit:
        """What a file of that kind may be."""
        if mime_type.startswith("video/"):
            return self.clip
        return self.gif if self.gif and mime_type == GIF else self.picture


NO_FILE = FileLimit(frozenset(), Span(most=0))
NO_MEDIA = MediaLimit(0, NO_FILE, NO_FILE, alt_text=None, source="the platform takes texts only")

MEDIA_LIMITS: dict[Platform, MediaLimit] = {
    Platform.X: MediaLimit(
        4,
        FileLimit(frozenset({JPEG, PNG, WEBP}), Span(most=5 * MB)),
        FileLimit(
            frozenset({MP4, MOV}),
            Span(most=512 * MB),
            ratio=Span(1 / 3, 3),
            width=Span(32, 1280),
            height=Span(32, 1280),
            seconds=Span(0.5, 140),
            fps=Span(most=60),
            codecs=frozenset({H264}),
        ),
        gif=FileLimit(
            frozenset({GIF}), Span(most=15 * MB), width=Span(most=1280), height=Span(most=1080)
        ),
        alt_text=1000,
        source="X API v2 media best practices, 2026-08",
    ),
    Platform.INSTAGRAM: MediaLimit(
        10,
        FileLimit(
            frozenset({JPEG}), Span(most=8 * MB), ratio=Span(4 / 5, 1.91), width=Span(least=320)
        ),
        FileLimit(
            frozenset({MP4, MOV}),
            Span(most=300 * MB),
            width=Span(most=1920),
            seconds=Span(3, 900),
            fps=Span(23, 60),
            codecs=frozenset({H264, HEVC}),
        ),
        alt_text=1000,
        mixed=True,
        clip_alt_text=False,
        crops_to_first=True,
        source="Instagram content publishing, v25",
    ),
    Platform.FACEBOOK: MediaLimit(
        10,
        FileLimit(frozenset({JPEG, PNG, GIF, BMP, TIFF}), Span(most=10 * MB)),
        FileLimit(frozenset({MP4, MOV}), Span(most=10_000 * MB), seconds=Span(most=14_400)),
        alt_text=1000,
        clip_alt_text=False,
        source="Pages API, v25; number of photos, alt text and clip sizes assumed",
    ),
    Platform.LINKEDIN: MediaLimit(
        20,
        FileLimit(frozenset({JPEG, PNG, GIF}), Span(), pixels=Span(most=36_152_319)),
        FileLimit(frozenset({MP4}), Span(75_000, 500 * MB), seconds=Span(3, 1800)),
        alt_text=4086,
        source="LinkedIn Images and Videos API, 202607; alt text assumed",
    ),
    Platform.TIKTOK: MediaLimit(
        35,
        FileLimit(
            frozenset({JPEG, WEBP}),
            Span(most=20 * MB),
            width=Span(most=1920),
            height=Span(most=1920),
            pixels=Span(most=1080 * 1920),
        ),
        FileLimit(
            frozenset({MP4, MOV, WEBM}),
            Span(most=4_000 * MB),
            width=Span(360, 4096),
            height=Span(360, 4096),
            seconds=Span(1, 600),
            fps=Span(23, 60),
            codecs=frozenset({H264, HEVC, VP8, VP9}),
        ),
        alt_text=None,
        source="TikTok Content Posting API v2; the shortest clip assumed",
    ),
    Platform.BLUESKY: MediaLimit(
        4,
        FileLimit(frozenset({JPEG, PNG, GIF, WEBP}), Span(most=1 * MB)),
        FileLimit(frozenset({MP4}), Span(most=50 * MIB), seconds=Span(most=180)),
        alt_text=2000,
        clip_bytes={"service": Span(most=100 * MB)},
        source="app.bsky.embed.*; the older, smaller sizes that every server takes, of a clip that "
        "of the reference PDS; the longest clip and alt text assumed",
    ),
    Platform.MASTODON: MediaLimit(
        4,
        FileLimit(
            frozenset({JPEG, PNG, GIF, WEBP}), Span(most=16_777_216), pixels=Span(most=33_177_600)
        ),
        FileLimit(
            frozenset({MP4, MOV, WEBM}),
            Span(most=103_809_024),
            pixels=Span(most=8_294_400),
            fps=Span(most=120),
        ),
        alt_text=1500,
        source="Mastodon 4.x instance defaults; an instance may say otherwise",
    ),
}
