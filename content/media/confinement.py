"""Files from strangers are opened in a process of their own that may take only so much."""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from content.media.received import Received
from domain.errors import InputError
from domain.media import MediaFile
from domain.media_limits import FileLimit, Span
from domain.platforms import Platform

MEMORY = 2_500_000_000
"""Bytes of address space, libraries included; a decoder of 8K pictures needs less."""
SECONDS = 120
"""Of processor time; a clip that takes longer is for a video editor."""
FILE = 4_000_000_000
ROOT = Path(__file__).resolve().parents[2]


def probe_confined(content: bytes, *, name: str, memory: int = MEMORY) -> MediaFile:
    """Measure a picture or clip as `probing.probe` does, out of our own process.

    Raises:
        InputError: it is broken, or takes more memory or time than a whole one would.
    """
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in"
        source.write_bytes(content)
        return MediaFile.model_validate(_asked(["probe", str(source), name], name, memory=memory))


def receive_confined(
    path: Path, *, name: str, platform: Platform | None = None, memory: int = MEMORY
) -> Received:
    """Measure a file, take out what it tells, and fit a picture to `platform`: all elsewhere.

    Raises:
        InputError: it is neither picture nor clip, broken, cannot be made to fit, or takes too
            much memory or time.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = ["receive", str(path.absolute()), name, folder, platform or ""]
        answer = _asked(command, name, memory=memory)
        made = answer.get("made_file")
        return Received(
            MediaFile.model_validate(answer["file"]),
            (Path(folder) / "bare").read_bytes(),
            answer.get("likeness"),
            (Path(folder) / "made").read_bytes() if made else None,
            MediaFile.model_validate(made) if made else None,
        )


def open_confined(content: bytes, *, name: str, memory: int = MEMORY) -> Image.Image:
    """The pixels of a picture from outside, upright and scaled to fit a screen: RGB.

    Raises:
        InputError: it is no picture, broken, or takes too much memory or time.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in", Path(folder) / "pixels"
        source.write_bytes(content)
        answer = _asked(["open", str(source), name, str(target)], name, memory=memory)
        return _pixels(target, answer, name)


def transcode_confined(
    source: Path, target: Path, limit: FileLimit, *, name: str, memory: int = MEMORY
) -> MediaFile:
    """Code a clip anew as `transcoding.transcode` does, out of our own process; what came of it.

    Raises:
        InputError: it is broken, cannot be made to fit, or takes too much memory or time.
    """
    command = ["transcode", str(source), name, str(target), _written(limit)]
    return MediaFile.model_validate(_asked(command, name, memory=memory))


def develop_confined(
    source: Path, target: Path, limit: FileLimit, *, name: str, memory: int = MEMORY
) -> tuple[MediaFile, Image.Image]:
    """As `transcode_confined`, and the middle frame of what came of it: RGB.

    Raises:
        InputError: as `transcode_confined` does.
    """
    with tempfile.TemporaryDirectory() as folder:
        pixels = Path(folder) / "pixels"
        command = ["develop", str(source), name, str(target), _written(limit), str(pixels)]
        answer = _asked(command, name, memory=memory)
        return MediaFile.model_validate(answer["file"]), _pixels(pixels, answer, name)


def _pixels(path: Path, size: dict[str, Any], name: str) -> Image.Image:
    """What the other process wrote: bare pixels, which no decoder reads."""
    try:
        return Image.frombytes("RGB", (int(size["width"]), int(size["height"])), path.read_bytes())
    except (OSError, ValueError) as exc:
        raise InputError(f"{name} cannot be opened; export it again") from exc


def _asked(arguments: list[str], name: str, *, memory: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "content.media.confinement", str(memory), *arguments]
    single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    # nothing of our keys is told to a process that a hostile file may take over
    shown = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            command,
            cwd=ROOT,
            env=shown | single,
            capture_output=True,
            timeout=SECONDS * 2,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise InputError(f"{name} takes too long to be read; export it again") from exc
    try:
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError) as exc:
        raise InputError(
            f"{name} takes more memory or time than a whole file would (exit code "
            f"{done.returncode}); it is broken or made to do harm, so export it again"
        ) from exc
    if "error" in answer:
        raise InputError(answer["error"])
    return answer


def _written(limit: FileLimit) -> str:
    spans = ("bytes", "ratio", "width", "height", "pixels", "seconds", "fps")
    fields = {key: [getattr(limit, key).least, getattr(limit, key).most] for key in spans}
    return json.dumps(fields | {"formats": sorted(limit.formats)})


def _read(written: str) -> FileLimit:
    fields = json.loads(written)
    formats = frozenset(fields.pop("formats"))
    return FileLimit(formats=formats, **{key: Span(*span) for key, span in fields.items()})


def _limited(memory: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _probe(path: str, name: str) -> dict[str, Any]:
    from content.media.probing import probe

    return probe(Path(path).read_bytes(), name=name).model_dump(mode="json")


def _receive(path: str, name: str, folder: str, platform: str) -> dict[str, Any]:
    from content.media.receiving import receive

    where = Platform(platform) if platform else None
    found = receive(Path(path).read_bytes(), name=name, platform=where)
    (Path(folder) / "bare").write_bytes(found.content)
    if found.made is not None:
        (Path(folder) / "made").write_bytes(found.made)
    return {
        "file": found.file.model_dump(mode="json"),
        "likeness": found.likeness,
        "made_file": found.made_file.model_dump(mode="json") if found.made_file else None,
    }


def _open(path: str, name: str, target: str) -> dict[str, Any]:
    from content.media.receiving import pixels

    return _laid_out(pixels(Path(path).read_bytes(), name=name), target)


def _laid_out(image: Image.Image, target: str) -> dict[str, Any]:
    Path(target).write_bytes(image.tobytes())
    return {"width": image.width, "height": image.height}


def _transcode(path: str, name: str, target: str, limit: str) -> dict[str, Any]:
    from content.media.probing import probe
    from content.media.transcoding import transcode

    transcode(Path(path), Path(target), _read(limit), name=name)
    return probe(Path(target).read_bytes(), name=name).model_dump(mode="json")


def _develop(path: str, name: str, target: str, limit: str, pixels: str) -> dict[str, Any]:
    from content.media.receiving import middle_of

    file = _transcode(path, name, target, limit)
    return {"file": file, **_laid_out(middle_of(Path(target), name=name), pixels)}


def main() -> None:
    """Do what the command line asks, within the limits that it names first; answers as JSON."""
    memory, what, *rest = sys.argv[1:]
    _limited(int(memory))
    tasks: dict[str, Callable[..., dict[str, Any]]] = {
        "probe": _probe, "receive": _receive, "open": _open, "transcode": _transcode,
        "develop": _develop,
    }  # fmt: skip
    try:
        answer = tasks[what](*rest)
    except InputError as exc:
        answer = {"error": str(exc)}
    except MemoryError:
        sys.exit(1)
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
