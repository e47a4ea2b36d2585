"""Boosted trees on numbers, and how many of them to grow."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_ROUNDS = 400
_MIN_ROUNDS = 30
_PATIENCE = 60


def fit_trees(table: Floats, z: Floats, *, rounds: int, seed: int) -> Any:
    """A LightGBM booster of so many rounds; the same bytes for the same input and seed.

    Splits are drawn at random among thresholds (`extra_trees`), which generalised better than the
    best ones on every data set that was tried.
    """
    import lightgbm

    data = lightgbm.Dataset(table, z, params=_params(seed), free_raw_data=True)
    return lightgbm.train(_params(seed), data, num_boost_round=rounds)


def probe_rounds(
    early: Floats, z: Floats, late: Floats, outcome: Floats, *, seed: int
) -> tuple[Any, int]:
    """Trees grown on `early` that say most of `late`, and how many to grow on both together."""
    import lightgbm

    if not len(outcome):
        return fit_trees(early, z, rounds=MAX_ROUNDS, seed=seed), MAX_ROUNDS
    data = lightgbm.Dataset(early, z, params=_params(seed))
    seen = lightgbm.Dataset(late, outcome, reference=data, params=_params(seed))
    stop = lightgbm.early_stopping(_PATIENCE, verbose=False)
    probe = lightgbm.train(
        _params(seed), data, num_boost_round=MAX_ROUNDS, valid_sets=[seen],
        feval=_shape_of_errors, callbacks=[stop],
    )  # fmt: skip
    best = max(_MIN_ROUNDS, probe.best_iteration)
    # the whole of the data carries a third more rounds than three quarters of it
    return probe, min(MAX_ROUNDS, best * 4 // 3)


def _shape_of_errors(said: Floats, data: Any) -> tuple[str, float, bool]:
    """The variance: the level drifts between the quarters, so only the shape counts."""
    return "variance", float(np.var(data.get_label() - said)), False


def _params(seed: int) -> dict[str, Any]:
    return {
        "objective": "regression", "metric": "None", "learning_rate": 0.05, "num_leaves": 16,
        "min_data_in_leaf": 20, "lambda_l2": 5.0, "feature_fraction": 0.4, "extra_trees": True,
        "bagging_fraction": 0.8, "bagging_freq": 1, "seed": seed, "deterministic": True,
        "force_row_wise": True, "num_threads": 1, "verbosity": -1,
    }  # fmt: skip
