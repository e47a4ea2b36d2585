"""Uploads: what a person brings, made fit for the platform that it is meant for."""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from content.media.anonymous import anonymous
from content.media.confinement import probe_confined, transcode_confined
from content.media.fitting import fitted_picture
from content.media.pictures import likeness_of
from content.media.probing import is_picture, probe
from domain.errors import InputError
from domain.media import Attachment, MediaAsset, MediaFile, MediaVariant
from domain.media_limits import MP4
from domain.platforms import Platform
from domain.plugins import media_limit
from domain.preflight import media_refusals


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as an asset, and what was made of it where the platform wants another form."""

    asset: MediaAsset
    made: bytes | None = None


def upload(path: Path, *, name: str, alt: str, platform: Platform) -> Upload:
    """Measure a file, take out what it tells, and make a variant where the platform wants one.

    Clips are opened in a process of their own that may take only so much memory and time.

    Raises:
        InputError: it is no picture or clip, it is broken, or it cannot be made to fit.
    """
    content = _read(path)
    picture = is_picture(content)
    file = probe(content, name=name) if picture or not content else probe_confined(path, name=name)
    bare = anonymous(content, file.mime_type)
    if bare != content:
        file = probe(bare, name=name)
    made = fitted_picture if picture else _fitted_clip
    fitted = made(bare, file, platform, name=name)
    asset = MediaAsset(
        **_fields(file),
        id=file.sha256[:16],
        kind="video" if file.is_video else "image",
        alt_text=alt,
        made_by="person",
        likeness=_likeness(bare) if picture else None,
    )
    if fitted is bare:
        return Upload(asset)
    variant = MediaVariant(**_fields(probe(fitted, name=name)), platform=platform)
    return Upload(asset.model_copy(update={"variants": (variant,)}), fitted)


def likeness_of_file(path: Path) -> str:
    """The perceptual hash of a picture. Raises InputError where it is none."""
    content = _read(path)
    if probe(content, name=path.name).is_video:
        raise InputError(f"{path.name} is a clip; give a picture of it")
    return _likeness(content)


def _fitted_clip(content: bytes, file: MediaFile, platform: Platform, *, name: str) -> bytes:
    """The clip as it is, or coded anew where a coding, a size or a rate is refused."""
    limit = media_limit(platform).clip
    refused = list(media_refusals(platform, [Attachment(**_fields(file))]))
    if not refused or MP4 not in limit.formats or not limit.ratio.holds(file.width / file.height):
        return content
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in", Path(folder) / "out.mp4"
        source.write_bytes(content)
        transcode_confined(source, target, limit, name=name)
        return target.read_bytes()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise InputError(f"media: {path} cannot be read: {exc.strerror}; check the path") from exc


def _likeness(content: bytes) -> str:
    with Image.open(io.BytesIO(content)) as image:
        return likeness_of(image)


def _fields(file: MediaFile) -> dict[str, object]:
    return {name: getattr(file, name) for name in MediaFile.model_fields}
