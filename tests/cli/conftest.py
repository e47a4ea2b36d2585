"""The `amsel` command as a process of its own, and a brand that speaks to an address of choice."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.warm import Warm

ROOT = Path(__file__).parents[2]
PROGRAM = "from cli.main import run; run()"
COMMAND = (sys.executable, "-c", PROGRAM)
LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))"

BRAND = """\
name: acme
title: Acme
about: Acme makes soap in a small town.
voice: {{language: en}}
facts:
  - {{id: soap, topic: soap, text: Our soap is made of olive oil., link: "https://acme.example/soap"}}
topics: [soap]
accounts:
  - {{platform: x, handle: acme, time_zone: Europe/Berlin, token_env: ACME_X_TOKEN{base_url}}}
posting:
  windows: [{{start: "07:00", end: "22:00"}}]
  default_times: ["09:00"]
terms: {{banned: [miracle]}}
autonomy: {autonomy}
before_calibration: publish
"""

Amsel = Callable[..., subprocess.CompletedProcess[str]]


def write_brand(folder: Path, *, base_url: str = "", autonomy: str = "guarded") -> Path:
    """A brand file `acme.yaml`; without a base URL the sandbox or the real platform is meant."""
    folder.mkdir(exist_ok=True)
    address = f', base_url: "{base_url}"' if base_url else ""
    path = folder / "acme.yaml"
    path.write_text(BRAND.format(base_url=address, autonomy=autonomy), encoding="utf-8")
    return path


@pytest.fixture
def brands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of brand files that the settings name, with one brand in it."""
    folder = tmp_path / "brands"
    write_brand(folder)
    monkeypatch.setenv("AMSEL_BRANDS", str(folder))
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """AMSEL_HOME, not made yet."""
    monkeypatch.setenv("AMSEL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory, parsed_home: Path) -> Iterator[Warm]:
    """The process from which the programs of these tests are forked."""
    with Warm(tmp_path_factory.mktemp("warm"), parsed_home) as made:
        yield made


@pytest.fixture
def amsel(warm: Warm) -> Amsel:
    """Run the command; `typed` is its input, no file of it may grow beyond `room` bytes."""

    def run(
        *arguments: object, room: int | None = None, typed: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        words = [str(each) for each in arguments]
        program = PROGRAM if room is None else f"{LIMITED.format(room=room)}\n{PROGRAM}"
        warm.begin(program, words, os.environ | variables, typed)
        return subprocess.CompletedProcess(words, *warm.end())

    return run


def state_of(folder: Path) -> dict[str, str]:
    """Every file below a folder with the hash of its content, lock files left out."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in {".lock", ".db-shm"}
    }
