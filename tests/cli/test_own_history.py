"""The user's own export takes the place of the demo's past whole, or not at all."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.own_history import ACCOUNT, BRAND, lay_own_history, own_brands
from domain.platforms import Platform
from storage.brand_files import load_brands

ROOT = Path(__file__).parents[2]
BRANDS = ROOT / "brands"
LAY_AND_KILL = """
import json, os, signal, sys
from pathlib import Path
from cli.own_history import lay_own_history, own_brands
import storage.brand_files  # so that no import is among what is counted

export, brands, root = map(Path, sys.argv[1:])

def lay(home, number):
    seen = 0
    def kill(event, _):
        nonlocal seen
        seen += event.partition(".")[0] in ("open", "os", "shutil")
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(kill)
    lay_own_history(home, [export], brands=brands)
    os._exit(0)

def state(home):
    files = sorted(home.glob("exports/*/*/*/*"))
    return [[path.name, path.read_text()] for path in files], own_brands(home) is not None

killed, number = True, 0
while killed:
    number += 1
    home = root / str(number)
    pid = os.fork()
    if not pid:
        lay(home, number)
    killed = os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    before = state(home)
    lay_own_history(home, [export], brands=brands)
    print(json.dumps([before, state(home)]))
"""


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """Two files of one export."""
    folder = tmp_path_factory.mktemp("export")
    for month in ("january", "february"):
        (folder / f"{month}.csv").write_text(month)
    return folder


@pytest.fixture(scope="module")
def states(tmp_path_factory, export):
    """What lies there after a kill at each call to the system, and after one more start."""
    command = [sys.executable, "-c", LAY_AND_KILL, export, BRANDS, tmp_path_factory.mktemp("homes")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_kill_at_any_moment_leaves_the_export_whole_or_not_at_all(states):
    nothing, whole = states[0][0], states[-1][0]
    assert [[], False] == nothing
    assert [["february.csv", "february"], ["january.csv", "january"]] == whole[0]
    assert all(before in (nothing, whole) for before, _ in states)


def test_the_next_start_lays_it_whole(states):
    whole = states[-1][0]
    assert whole[1]
    assert len(states) > 10
    assert all(whole == after for _, after in states)


def test_another_export_takes_the_place_of_one_that_was_never_played(tmp_path, export):
    home, other = tmp_path / "home", tmp_path / "other.csv"
    other.write_text("march")
    for posts in (export, other):
        lay_own_history(home, [posts], brands=BRANDS)
    assert ["other.csv"] == [path.name for path in home.glob("exports/*/*/*/*")]
    assert ["northloom.yaml"] == [path.name for path in own_brands(home).iterdir()]


def test_the_brand_that_is_laid_can_be_read_and_keeps_the_duties_of_its_one_account(
    export, tmp_path
):
    lay_own_history(tmp_path, [export], brands=BRANDS)

    laid = load_brands(own_brands(tmp_path))[BRAND]

    assert [":".join(ACCOUNT)] == [account.id for account in laid.accounts]
    assert [(Platform.X,)] == [duty.platforms for duty in laid.duties]
