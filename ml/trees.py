"""Boosted trees on numbers, and how many of them to grow."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.errors import ModelError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

MAX_ROUNDS = 400
"""Of which a large table has half, at twice the pace."""

LARGE = 20_000
_MIN_ROUNDS = 30
_PATIENCE = 60
REMEDY = "install it (Debian: libgomp1, Fedora: libgomp, Homebrew: libomp)"
"""Where the OpenMP library is absent."""

_NO_OPENMP = f"LightGBM found no OpenMP library, so forecasts do without trees; {REMEDY}"


class NoTrees:
    """What stands for trees where none can be grown: it says 0 of every post."""

    def predict(self, table: Floats, *, pred_contrib: bool = False, **_: object) -> Floats:
        """Zeros, in the shapes that a LightGBM booster gives."""
        return np.zeros((len(table), table.shape[1] + 1)) if pred_contrib else np.zeros(len(table))

    def model_to_string(self, **_: object) -> str:
        """Nothing; `read_trees` gives it back."""
        return ""


def fit_trees(table: Floats, z: Floats, *, rounds: int, seed: int) -> Any:
    """A LightGBM booster of so many rounds; the same bytes for the same input and seed.

    Splits are drawn at random among thresholds (`extra_trees`): on most of the data sets that
    were tried this generalised better than the best thresholds did. Where the machine has no
    OpenMP library it warns, and gives NoTrees.
    """
    lightgbm = load_lightgbm()
    if lightgbm is None:
        return NoTrees()
    params = _params(len(z), seed)
    return lightgbm.train(params, lightgbm.Dataset(table, z, params=params), num_boost_round=rounds)


def fit_probed(table: Floats, z: Floats, early: Mask, *, seed: int) -> tuple[Any, Any]:
    """Trees grown on the `early` rows, as many as say most of the others, and trees of all rows.

    Numbers are put into bins once for both.
    """
    lightgbm = load_lightgbm()
    if lightgbm is None:
        return NoTrees(), NoTrees()
    params, most = _params(len(z), seed), MAX_ROUNDS // _haste(len(z))
    data = lightgbm.Dataset(table, z, params=params).construct()
    if early.all():
        trees = lightgbm.train(params, data, num_boost_round=most)
        return trees, trees
    stop = lightgbm.early_stopping(_PATIENCE // _haste(len(z)), verbose=False)
    probe = lightgbm.train(
        params, data.subset(np.flatnonzero(early)), num_boost_round=most,
        valid_sets=[data.subset(np.flatnonzero(~early))], feval=_shape_of_errors, callbacks=[stop],
    )  # fmt: skip
    best = max(_MIN_ROUNDS, probe.best_iteration)
    # the whole of the data carries a third more rounds than three quarters of it
    return probe, lightgbm.train(params, data, num_boost_round=min(most, best * 4 // 3))


def read_trees(text: str) -> Any:
    """The trees of `model_to_string`; raises ModelError where the text is something else."""
    lightgbm = load_lightgbm() if text else None
    if lightgbm is None:
        return NoTrees()
    try:
        return lightgbm.Booster(model_str=text)
    except lightgbm.basic.LightGBMError as error:
        raise ModelError(f"the trees cannot be read ({error}); train it again") from error


def load_lightgbm() -> Any:
    """The library, or None with a warning where the machine has no OpenMP library."""
    try:
        import lightgbm
    except OSError:
        warnings.warn(_NO_OPENMP, RuntimeWarning, stacklevel=3)
        return None
    return lightgbm


def _shape_of_errors(said: Floats, data: Any) -> tuple[str, float, bool]:
    """The variance: the level drifts between the quarters, so only the shape counts."""
    return "variance", float(np.var(data.get_label() - said)), False


def _haste(rows: int) -> int:
    return 2 if rows >= LARGE else 1


def _params(rows: int, seed: int) -> dict[str, Any]:
    pace = {"learning_rate": 0.05 * _haste(rows)}
    if rows >= LARGE:
        pace |= {"max_bin": 63, "bin_construct_sample_cnt": LARGE}
    return pace | {
        "objective": "regression", "metric": "None", "num_leaves": 16,
        "min_data_in_leaf": 20, "lambda_l2": 5.0, "feature_fraction": 0.4, "extra_trees": True,
        "bagging_fraction": 0.8, "bagging_freq": 1, "seed": seed, "deterministic": True,
        "force_row_wise": True, "num_threads": 1, "verbosity": -1,
    }  # fmt: skip
