"""Builds the virtual environment `.venv` that requirements.lock describes, unless it stands."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "complete.json"
# this script may itself run on the environment's Python, which it is about to delete
PYTHON = getattr(sys, "_base_executable", None) or sys.executable


def main() -> int:
    """Leave a complete environment behind; the exit code is 1 when that could not be done."""
    if sys.version_info[:2] != (3, 11):
        return _refuse(f"Python 3.11 is needed and this is {sys.version.split()[0]}; install it")
    if _recorded() == wanted():
        return 0
    checkout = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(checkout, fcntl.LOCK_EX)  # a second make waits here instead of mixing in
        build(have=_recorded(), want=wanted())
    except subprocess.CalledProcessError as failure:
        command = f"{Path(failure.cmd[0]).name} {' '.join(failure.cmd[1:3])} ..."
        return _refuse(
            f"`{command}` failed, see above; mend that (does the package index of `pip config list`"
            " answer? is there room on the disk? on Debian, is python3.11-venv installed?) and run"
            " the same command again"
        )
    finally:
        os.close(checkout)
    return 0


def wanted() -> dict[str, str]:
    """What a complete environment is made from: a change of any of these calls for work."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = [pyproject["project"], pyproject["build-system"], pyproject["tool"]["hatch"]]
    return {
        "place": str(ROOT),  # programs in .venv/bin name their interpreter by full path
        "packages": _digest(LOCK.read_bytes()),
        "project": _digest(json.dumps(project, sort_keys=True).encode()),
    }


def build(*, have: dict[str, str], want: dict[str, str]) -> None:
    """Do what is missing between two states and record the new one.

    Packages are never mended in place: whatever an interrupted or an older installation left is
    thrown away, so that two machines with one lock hold the same files.
    """
    if have == want:
        return
    started = time.monotonic()
    STAMP.unlink(missing_ok=True)
    if {**have, "project": ""} != {**want, "project": ""}:
        print("Setting up .venv from requirements.lock, once: one to three minutes ...", flush=True)
        _install_packages()
    _run(*_pip(), "install", "-qq", "--no-deps", "--no-build-isolation", "--editable", ROOT)
    fresh = STAMP.with_suffix(".new")
    fresh.write_text(json.dumps(want, indent=2), encoding="utf-8")
    fresh.replace(STAMP)
    print(f"Set up in {time.monotonic() - started:.0f} s.", flush=True)


def _install_packages() -> None:
    if shutil.which("uv"):
        try:
            _fresh("uv", "venv", "--quiet", "--seed", "--python", PYTHON, VENV)
            _run(*_locked("uv", "pip", "install", "--python", VENV / "bin" / "python"))
        except subprocess.CalledProcessError:
            # uv does not read pip's configuration, where the machine may name its index
            print("uv could not do it; trying pip.", flush=True)
        else:
            return _compile()
    _fresh(PYTHON, "-m", "venv", VENV)
    _run(*_locked(*_pip(), "install", "--no-compile", "--progress-bar", "off"))
    return _compile()


def _fresh(*command: str | Path) -> None:
    if VENV.exists():
        shutil.rmtree(VENV)
    _run(*command)


def _pip() -> tuple[str | Path, ...]:
    return VENV / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--no-input"


def _locked(*install: str | Path) -> list[str | Path]:
    """Exactly what the lock names, byte for byte, and no code of a package runs meanwhile."""
    exactly: list[str | Path] = [
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "-r",
        LOCK,
    ]
    return [*install, "-qq", *exactly]


def _compile() -> None:
    """Byte-compile once, on all cores; else every process of every run compiles all imports."""
    command = [str(VENV / "bin/python"), "-m", "compileall", "-qq", "-j0", str(VENV / "lib")]
    # a few packages carry templates that are not Python yet; those files alone are left out
    subprocess.run(command, check=False, cwd=ROOT, env=_variables())


def _run(*command: str | Path) -> None:
    arguments = [str(part) for part in command]
    subprocess.run(arguments, check=True, cwd=ROOT, env=_variables(), stdin=subprocess.DEVNULL)


def _variables() -> dict[str, str]:
    unwanted = {"PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def _recorded() -> dict[str, str]:
    """The state on record, empty when there is none or the interpreter is gone."""
    try:
        record: dict[str, str] = json.loads(STAMP.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return {}
    return record if (VENV / "bin" / "python").exists() else {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _refuse(reason: str) -> int:
    print(f"Set-up stopped: {reason}.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
