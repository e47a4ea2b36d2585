"""Setting up: what stands is left alone, what was interrupted is thrown away and begun anew."""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT = '[project]\nname = "x"\n[build-system]\nrequires = []\n[tool.hatch]\n'
# asks for a package that cannot be had, so that every attempt to install ends early and offline
LOCK = f"no-such-package==1.0 --hash=sha256:{'0' * 64}\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose environment looks finished on the disk but carries no stamp."""
    root = tmp_path / "checkout"
    (root / "deploy").mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "environment.py", root / "deploy")
    (root / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (root / "requirements.lock").write_text(LOCK, encoding="utf-8")
    venv.create(root / ".venv", with_pip=False)
    return root


def test_a_finished_environment_is_left_alone(checkout: Path) -> None:
    _stamp(checkout)
    assert (0, "", "") == _set_up(checkout)


def test_an_interrupted_installation_is_thrown_away(checkout: Path) -> None:
    half = checkout / ".venv" / "half-unpacked"
    half.touch()
    _, _, errors = _set_up(checkout)
    assert (False, True) == (half.exists(), "run the same command again" in errors), errors


@pytest.mark.parametrize("changed", ["requirements.lock", "pyproject.toml"])
def test_a_change_of_what_it_is_made_from_is_noticed(checkout: Path, changed: str) -> None:
    before = _wanted(checkout)
    text = (checkout / changed).read_text(encoding="utf-8")
    (checkout / changed).write_text(text.replace("x", "y").replace("1.0", "1.1"), encoding="utf-8")
    assert before != _wanted(checkout)


def test_a_moved_checkout_is_noticed(checkout: Path) -> None:
    before = _wanted(checkout)
    assert before != _wanted(checkout.rename(checkout.with_name("elsewhere")))


def _set_up(checkout: Path) -> tuple[int, str, str]:
    """Run the real script against an index that has nothing; exit code, output and errors."""
    variables = os.environ | {"PIP_NO_INDEX": "1", "UV_NO_INDEX": "1", "PATH": os.defpath}
    script = [sys.executable, str(checkout / "deploy" / "environment.py")]
    run = subprocess.run(script, env=variables, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout, run.stderr


def _stamp(checkout: Path) -> None:
    """Declare the environment complete, as the script itself would."""
    stamp = checkout / ".venv" / "complete.json"
    stamp.write_text(json.dumps(_wanted(checkout)), encoding="utf-8")


def _wanted(checkout: Path) -> dict[str, str]:
    """What the script compares with its stamp."""
    wanted = "import environment, json; print(json.dumps(environment.wanted()))"
    run = subprocess.run(
        [sys.executable, "-c", wanted],
        cwd=checkout / "deploy",
        capture_output=True,
        text=True,
        check=True,
    )
    record: dict[str, str] = json.loads(run.stdout)
    return record
