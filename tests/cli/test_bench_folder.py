"""What a benchmark works in: gone afterwards, named where it broke off, swept by the next."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.bench_folder import bench_folder


def test_nothing_is_left_of_one_that_came_to_its_end(tmp_path):
    with bench_folder(tmp_path) as folder:
        (folder / "posts.parquet").write_text("rows")
    assert [] == [*tmp_path.iterdir()]


def test_one_that_broke_off_says_where_its_files_are_and_the_next_removes_them(tmp_path, capsys):
    with pytest.raises(ValueError, match="broken"), bench_folder(tmp_path) as folder:
        (folder / "posts.parquet").write_text("rows")
        raise ValueError("broken")
    assert (folder / "posts.parquet").exists()
    assert str(folder) in capsys.readouterr().err

    with bench_folder(tmp_path):
        assert not folder.exists()


def test_what_a_killed_one_left_is_swept_and_what_a_running_one_holds_stays(tmp_path):
    program = f"""
import os, signal
from pathlib import Path
from cli.bench_folder import bench_folder
with bench_folder(Path({str(tmp_path)!r})):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2])
    (killed,) = tmp_path.iterdir()

    with bench_folder(tmp_path) as running, bench_folder(tmp_path):
        assert -signal.SIGKILL == ended.returncode
        assert (False, True) == (killed.exists(), running.exists())
