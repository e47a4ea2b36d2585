"""Prophet's forecast of each account: its trend and its hours, days and seasons."""

import logging
import warnings
from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.features import add_local_time

Floats = NDArray[np.float64]

MIN_POSTS = 30
"""An account with fewer posts is forecast to stay at its level."""


def prophet_forecast(
    known: pl.DataFrame, asked: pl.DataFrame, *, zones: Mapping[str, str], seed: int
) -> Floats:
    """One value of y per row of `asked`, from a Prophet per account fitted on `known`.

    Both are prepared posts; `known` has a y in every row. Seasons are those of the wall clock
    where the account's audience lives.
    """
    past = add_local_time(known, zones=zones).partition_by("account", as_dict=True)
    rows = add_local_time(asked, zones=zones).with_row_index("row")
    said = np.zeros(asked.height)
    for key, posts in rows.partition_by("account", as_dict=True).items():
        taught = past.get(key)
        if taught is not None and taught.height >= MIN_POSTS:
            said[posts["row"].to_numpy()] = _forecast(taught, posts, seed=seed)
    return said


def _forecast(taught: pl.DataFrame, posts: pl.DataFrame, *, seed: int) -> Floats:
    # cmdstanpy undoes a level that was set before it finds a handler, so it gets one
    for name in ("prophet", "cmdstanpy"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [logging.NullHandler()], False
        logger.setLevel(logging.ERROR)
    from prophet import Prophet

    with warnings.catch_warnings():
        # Prophet calls pandas in ways that its next release gives up
        warnings.simplefilter("ignore", DeprecationWarning)
        model = Prophet(daily_seasonality=True, weekly_seasonality=True, uncertainty_samples=0)
        model.fit(taught.select(ds="local_at", y="y").to_pandas(), seed=seed)
        forecast = model.predict(posts.select(ds="local_at").to_pandas())
    return np.asarray(forecast["yhat"], dtype=np.float64)
