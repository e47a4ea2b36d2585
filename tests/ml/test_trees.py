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


@pytest.fixture
def without_openmp(tmp_path):
    """Runs code where a stand-in package fails as LightGBM does if the library is absent."""

    def run(code):
        absent = "raise OSError('libgomp.so.1: cannot open shared file')"
        (tmp_path / "lightgbm.py").write_text(absent)
        return subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
        )  # fmt: skip

    return run


def test_a_machine_without_openmp_is_told_the_remedy_and_forecasts_on(without_openmp):
    done = without_openmp(
        "import numpy as np; from ml.trees import fit_trees; "
        "print(fit_trees(np.ones((9, 2)), np.ones(9), rounds=5, seed=0).predict(np.ones((2, 2))))"
    )
    assert "[0. 0.]" == done.stdout.strip()
    assert "libgomp1" in done.stderr


def test_a_rival_without_its_trees_is_refused_and_does_not_serve_under_its_name(without_openmp):
    done = without_openmp(
        "from domain.errors import ModelError\n"
        "from ml.engagement import EngagementModel\n"
        "from tests.ml.conftest import invent_posts\n"
        "for kind in ('lightgbm', 'history_blend', 'tfidf_ridge'):\n"
        "    try: print(EngagementModel.fit(invent_posts(posts=40), kind=kind).forecaster.kind)\n"
        "    except ModelError as error: print(error)\n"
    )
    remedy = "needs trees, and LightGBM found no OpenMP library; install it (Debian: libgomp1"
    said = done.stdout.splitlines()
    assert [f"{kind} {remedy}" for kind in ("lightgbm", "history_blend")] == [
        line[: len(remedy) + line.index(" ") + 1] for line in said[:2]
    ]
    assert "tfidf_ridge" == said[2]
