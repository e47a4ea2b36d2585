"""Files from strangers are opened in a process of their own that may take only so much."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from domain.errors import InputError
from domain.media import MediaFile
from domain.media_limits import FileLimit, Span

MEMORY = 2_500_000_000
"""Bytes of address space, libraries included; a decoder of 8K pictures needs less."""
SECONDS = 120
"""Of processor time; a clip that takes longer is for a video editor."""
FILE = 4_000_000_000
ROOT = Path(__file__).resolve().parents[2]


def probe_confined(path: Path, *, name: str, memory: int = MEMORY) -> MediaFile:
    """Measure a clip as `probing.probe` does, out of our own process.

    Raises:
        InputError: it is broken, or takes more memory or time than a whole one would.
    """
    return MediaFile.model_validate(_asked(["probe", str(path), name], name, memory=memory))


def transcode_confined(
    source: Path, target: Path, limit: FileLimit, *, name: str, memory: int = MEMORY
) -> MediaFile:
    """Code a clip anew as `transcoding.transcode` does, out of our own process; what came of it.

    Raises:
        InputError: it is broken, cannot be made to fit, or takes too much memory or time.
    """
    command = ["transcode", str(source), name, str(target), _written(limit)]
    return MediaFile.model_validate(_asked(command, name, memory=memory))


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
            f"{name} takes more memory or time than a whole clip would (exit code "
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


def _probe(path: str, name: str) -> MediaFile:
    from content.media.probing import probe

    return probe(Path(path).read_bytes(), name=name)


def _transcode(path: str, name: str, target: str, limit: str) -> MediaFile:
    from content.media.probing import probe
    from content.media.transcoding import transcode

    transcode(Path(path), Path(target), _read(limit), name=name)
    return probe(Path(target).read_bytes(), name=name)


def main() -> None:
    """Do what the command line asks, within the limits that it names first; answers as JSON."""
    memory, what, *rest = sys.argv[1:]
    _limited(int(memory))
    tasks: dict[str, Callable[..., MediaFile]] = {"probe": _probe, "transcode": _transcode}
    try:
        answer = tasks[what](*rest).model_dump(mode="json")
    except InputError as exc:
        answer = {"error": str(exc)}
    except MemoryError:
        sys.exit(1)
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
