"""Builds, outside the checkout, the servers that `make peers` tests the adapters against.

One folder per state of the locks: `$XDG_CACHE_HOME/amsel-peers/<digest>`. What is complete is used,
what an interrupted build left is thrown away.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "peers"
CALLED_OFF = 3
"""The exit code where this machine cannot build them: nothing is wrong with the project."""


def folder() -> Path:
    """Where the peers of these locks are, or will be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "amsel-peers" / _state()


def missing() -> str | None:
    """What to do to have them; None where they stand complete."""
    if (folder() / "complete").exists():
        return None
    return "the peers are not built: `make peers` builds them (node 20 or later and a C++ compiler)"


def main() -> int:
    """Leave complete peers behind; the exit code is 3 where that could not be done here."""
    place = folder()
    if missing() is None:
        return 0
    if absent := [name for name in ("node", "npm") if not shutil.which(name)]:
        return _refuse(f"{' and '.join(absent)} cannot be found; install Node 20 or later")
    place.parent.mkdir(parents=True, exist_ok=True)
    with (place.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second make waits here
        return 0 if missing() is None else _build(place)


def _build(place: Path) -> int:
    print(f"Building the peers in {place}, once: one to four minutes ...", flush=True)
    started = time.monotonic()
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(SOURCE, place)
    python = place / "python" / "bin" / "python"
    pip = [python, "-m", "pip", "install", "-q", "--no-input", "--disable-pip-version-check"]
    try:
        _run(place, sys.executable, "-m", "venv", place / "python")
        _run(place, *pip, "--require-hashes", "--only-binary", ":all:", "-r", "requirements.lock")
        _run(place, "npm", "ci", "--no-progress", "--loglevel=error")
    except subprocess.CalledProcessError as failure:
        command = " ".join(map(str, failure.cmd[:4]))
        return _refuse(
            f"`{command} ...` failed, see above; mend that (do the registries of pip and npm "
            "answer? is there a C++ compiler, and room on the disk?) and run the same command again"
        )
    (place / "complete").touch()
    print(f"Built in {time.monotonic() - started:.0f} s.", flush=True)
    return 0


def _run(place: Path, *command: str | Path) -> None:
    arguments = [str(part) for part in command]
    subprocess.run(arguments, check=True, cwd=place, stdin=subprocess.DEVNULL)


def _state() -> str:
    """Names what they are made from: a change of any of it calls for a new build."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(path for path in SOURCE.iterdir() if path.is_file()):
        digest.update(path.name.encode() + path.read_bytes())
    node = shutil.which("node")
    if node:  # what is compiled for one version of node does not run on the next
        digest.update(subprocess.run([node, "--version"], check=False, capture_output=True).stdout)
    return digest.hexdigest()[:16]


def _refuse(reason: str) -> int:
    print(f"No peers: {reason}.", file=sys.stderr)
    return CALLED_OFF


if __name__ == "__main__":
    sys.exit(main())
