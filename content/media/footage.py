"""Footage: a clip that a model made, coded anew out of our process, and a picture of it."""

import tempfile
from pathlib import Path

from PIL import Image

from content.media.confinement import develop_confined
from domain.errors import InputError
from domain.media import MediaFile
from domain.media_limits import MP4, FileLimit, Span

UPRIGHT = FileLimit(
    frozenset({MP4}), Span(most=250_000_000), ratio=Span(0.5, 1), seconds=Span(3, 60),
    fps=Span(23, 60),
)  # fmt: skip
"""What every place takes where clips are watched; wider ones would stand in black bars."""


def developed(content: bytes, *, name: str) -> tuple[bytes, MediaFile, Image.Image]:
    """The clip as H.264 and AAC, what it measures, and its middle frame.

    Raises:
        InputError: it is broken, too short, not upright, or made to do harm.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in", Path(folder) / "out.mp4"
        source.write_bytes(content)
        file, frame = develop_confined(source, target, UPRIGHT, name=name)
        made = target.read_bytes()
    if not UPRIGHT.ratio.holds(file.width / file.height):
        raise InputError(f"{name} is {file.width}x{file.height}; order an upright one")
    return made, file, frame
