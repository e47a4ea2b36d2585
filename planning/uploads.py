"""Uploads: what a person brings, made fit for the platform that it is meant for."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from content.media.confinement import receive_confined, transcode_confined
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

    It is opened in a process of its own that may take only so much memory and time; here no
    decoder ever sees it.

    Raises:
        InputError: it is no picture or clip, it is broken, or it cannot be made to fit.
    """
    _check(path)
    received = receive_confined(path, name=name, platform=platform)
    file, made, variant = received.file, received.made, received.made_file
    if file.is_video:
        made, variant = _fitted_clip(received.content, file, platform, name=name)
    asset = MediaAsset(
        **_fields(file),
        id=file.sha256[:16],
        kind="video" if file.is_video else "image",
        alt_text=alt,
        made_by="person",
        likeness=received.likeness,
    )
    if variant is None:
        return Upload(asset)
    fitted = MediaVariant(**_fields(variant), platform=platform)
    return Upload(asset.model_copy(update={"variants": (fitted,)}), made)


def likeness_of_file(path: Path) -> str:
    """The perceptual hash of a picture. Raises InputError where it is none."""
    _check(path)
    likeness = receive_confined(path, name=path.name).likeness
    if likeness is None:
        raise InputError(f"{path.name} is a clip; give a picture of it")
    return likeness


def _fitted_clip(
    content: bytes, file: MediaFile, platform: Platform, *, name: str
) -> tuple[bytes, MediaFile] | tuple[None, None]:
    """The clip coded anew where a coding, a size or a rate is refused; None where it is not."""
    limit = media_limit(platform).clip
    refused = list(media_refusals(platform, [Attachment(**_fields(file))]))
    if not refused or MP4 not in limit.formats or not limit.ratio.holds(file.width / file.height):
        return None, None
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in", Path(folder) / "out.mp4"
        source.write_bytes(content)
        coded = transcode_confined(source, target, limit, name=name)
        return target.read_bytes(), coded


def _check(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as exc:
        raise InputError(f"media: {path} cannot be read: {exc.strerror}; check the path") from exc


def _fields(file: MediaFile) -> dict[str, object]:
    return {name: getattr(file, name) for name in MediaFile.model_fields}
