"""Boosted trees, and what stands for them where they cannot be grown."""

import os
import subprocess
import sys

import numpy as np
import pytest

from domain.errors import ModelError
from ml.trees import NoTrees, fit_probed, fit_trees, read_trees

RANDOM = np.random.default_rng(0)
TABLE = RANDOM.normal(size=(400, 3))
Z = TABLE[:, 0] + RANDOM.normal(0, 0.3, 400)


def test_the_same_seed_grows_the_same_trees():
    one, two = (fit_trees(TABLE, Z, rounds=20, seed=3).model_to_string() for _ in range(2))
    assert one == two


def test_fewer_rounds_are_grown_where_later_posts_gain_nothing_from_more():
    early = np.arange(400) < 300
    _, few = fit_probed(TABLE, RANDOM.normal(size=400), early, seed=0)
    _, many = fit_probed(TABLE, Z, early, seed=0)
    assert few.num_trees() < many.num_trees()


def test_trees_that_were_written_say_the_same_when_read():
    grown = fit_trees(TABLE, Z, rounds=20, seed=0)
    again = read_trees(grown.model_to_string())
    assert grown.predict(TABLE).tolist() == again.predict(TABLE).tolist()


def test_a_text_that_is_no_trees_is_refused():
    with pytest.raises(ModelError, match="train it again"):
        read_trees("tree\nnonsense")


def test_no_trees_are_written_and_read_as_none():
    assert isinstance(read_trees(NoTrees().model_to_string()), NoTrees)


def test_a_machine_without_openmp_is_told_the_remedy_and_forecasts_on(tmp_path):
    """A stand-in package fails as LightGBM does where the library is absent."""
    (tmp_path / "lightgbm.py").write_text("raise OSError('libgomp.so.1: cannot open shared file')")
    code = (
        "import numpy as np; from ml.trees import fit_trees; "
        "print(fit_trees(np.ones((9, 2)), np.ones(9), rounds=5, seed=0).predict(np.ones((2, 2))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert "[0. 0.]" == done.stdout.strip()
    assert "libgomp1" in done.stderr
