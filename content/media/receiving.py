"""What comes in from outside, opened: run by `content.media.confinement` out of our own process."""

import io
from pathlib import Path

import av
from PIL import Image, ImageOps

from content.media.anonymous import anonymous
from content.media.fitting import LARGEST, fitted_picture
from content.media.likeness import likeness_of
from content.media.probing import probe
from content.media.received import Received
from domain.errors import InputError
from domain.platforms import Platform


def receive(content: bytes, *, name: str, platform: Platform | None) -> Received:
    """Measure a file, take out what it tells; a picture is fitted to the platform, if one is named.

    Raises:
        InputError: it is neither picture nor clip, broken, or cannot be made to fit.
    """
    file = probe(content, name=name)
    bare = anonymous(content, file.mime_type)
    if bare != content:
        file = probe(bare, name=name)
    if file.is_video:
        return Received(file, bare)
    with Image.open(io.BytesIO(bare)) as image:
        likeness = likeness_of(image)
    made = fitted_picture(bare, file, platform, name=name) if platform else bare
    if made is bare:
        return Received(file, bare, likeness)
    return Received(file, bare, likeness, made, probe(made, name=name))


def pixels(content: bytes, *, name: str) -> Image.Image:
    """The picture upright in RGB, no side longer than a platform shows.

    Raises:
        InputError: it is no picture, or broken.
    """
    if probe(content, name=name).is_video:
        raise InputError(f"{name} is a clip; give a picture of it")
    with Image.open(io.BytesIO(content)) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGB")
    image.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    return image


def middle_of(path: Path, *, name: str) -> Image.Image:
    """The frame in the middle of a clip, in RGB.

    Raises:
        InputError: it has none that can be shown.
    """
    try:
        with av.open(str(path)) as clip:
            (video,) = clip.streams.video
            clip.seek((clip.duration or 0) // 2)
            return next(clip.decode(video)).to_image()
    except (av.FFmpegError, StopIteration) as exc:
        raise InputError(f"{name} shows no picture in its middle; export it again") from exc
