"""Clips: a storyboard as H.264 and AAC, its captions burnt in and beside it."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from PIL import Image

from content.media.captions import webvtt
from content.media.cards import TALL, Sheet, backdrop, write_on
from content.media.grounds import Size
from content.media.motion import Shot, frames
from content.media.sound import add_track, score, silence, write_sound
from content.media.typesetting import starts_right
from domain.look import Look
from domain.visuals import Scene, Storyboard

FPS = 24
CODER = {"preset": "ultrafast", "tune": "zerolatency", "qp": "19"}
"""Cards hardly move, so that the quickest coder keeps their edges within a few hundred kB."""
THREADS = 2
"""A fixed number, so that the same storyboard is the same file on every machine."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip as an MP4 file, the picture that stands for it, and its captions as WebVTT."""

    content: bytes
    poster: Image.Image
    captions: str


def render_clip(
    storyboard: Storyboard, *, look: Look, title: str, size: Size = TALL, music: bytes | None = None
) -> Clip:
    """The storyboard's cards, written line by line; the same storyboard is the same file.

    Raises:
        InputError: no font has some of the signs, or the music cannot be read.
    """
    shots = shots_of(storyboard, look=look, title=title, size=size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
            bare = backdrop(look, title=title, size=size)
            encode(container, frames(bare, shots, fps=FPS), size=size)
            _sound(container, storyboard.seconds, music)
        content = path.read_bytes()
    longest = max(shots, key=lambda shot: shot.seconds)
    return Clip(content, longest.card, webvtt(storyboard))


def shots_of(storyboard: Storyboard, *, look: Look, title: str, size: Size) -> list[Shot]:
    """Each scene as it is when all is written. Raises InputError as `render_clip` does."""
    bare = backdrop(look, title=title, size=size)
    return [
        _shot(scene, Sheet(bare.copy(), look, storyboard.language)) for scene in storyboard.scenes
    ]


def encode(container: OutputContainer, pictures: Iterable[av.VideoFrame], *, size: Size) -> None:
    """Write the frames as the first stream of a file, and declare the second for its sound."""
    stream = container.add_stream("libx264", rate=FPS, options=CODER)
    stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
    stream.time_base = stream.codec_context.time_base = Fraction(1, FPS)
    stream.thread_count = THREADS
    colours = stream.codec_context
    colours.color_primaries = colours.color_trc = colours.colorspace = 1  # BT.709
    colours.color_range = 1
    add_track(container)
    for number, frame in enumerate(pictures):
        frame.pts, frame.time_base = number, Fraction(1, FPS)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _shot(scene: Scene, sheet: Sheet) -> Shot:
    card = write_on(sheet, scene.slide)
    return Shot(card, scene.seconds, from_right=starts_right(scene.slide.headline))


def _sound(container: OutputContainer, seconds: float, music: bytes | None) -> None:
    (track,) = container.streams.audio
    sound = silence(seconds) if music is None else score(music, seconds=seconds)
    write_sound(container, track, sound)
