"""The `amsel` command as a process of its own, and a brand that speaks to an address of choice."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-c", "from cli.main import run; run()")

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


@pytest.fixture
def amsel() -> Amsel:
    """Run the command; `before` runs in the new process before it, `typed` is its input."""

    def run(
        *arguments: object,
        before: Callable[[], None] | None = None,
        typed: str = "",
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *(str(each) for each in arguments)],
            cwd=ROOT,
            env=os.environ | variables,
            preexec_fn=before,  # safe: the test has no other thread
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


def state_of(folder: Path) -> dict[str, str]:
    """Every file below a folder with the hash of its content, lock files left out."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in {".lock", ".db-shm"}
    }
