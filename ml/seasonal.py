"""What Prophet says of each account: its forecasts, and the season of a long history."""

import logging
import warnings
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.features import add_local_time

Floats = NDArray[np.float64]

MIN_POSTS = 30
"""An account with fewer posts is forecast to stay at its level."""

LONG = timedelta(days=730)
"""From this span on an account has years to tell a season by."""

_LONG_WEEKS = 52

SEASON_SCHEMA = pl.Schema(
    {
        "week": pl.Datetime("us"),
        "mean": pl.Float64(),
        "level": pl.Float64(),
        "lower": pl.Float64(),
        "upper": pl.Float64(),
        "season": pl.Float64(),
    }
)


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


def long_histories(posts: pl.DataFrame) -> list[str]:
    """The accounts whose prepared posts span two years, with posts in 52 weeks of them."""
    at = pl.col("published_at")
    spans = (
        posts.filter(pl.col("y").is_not_null())
        .group_by("account")
        .agg(span=at.max() - at.min(), weeks=at.dt.truncate("1w").n_unique())
        .filter((pl.col("span") >= LONG) & (pl.col("weeks") >= _LONG_WEEKS))
    )
    return spans["account"].sort().to_list()


def season(posts: pl.DataFrame, account: str, *, seed: int = 0) -> pl.DataFrame:
    """One row per week in which a long history has posts: what they brought, and Prophet's level.

    `mean` is the week's mean log1p of engagement, `level` the trend and the yearly season on it,
    `lower` and `upper` the 90 % interval of a week's mean, `season` the part of the year alone.
    It is there to be looked at: hours are told from levels of their own weeks (`ml.levels`).
    """
    own = posts.filter((pl.col("account") == account) & pl.col("y").is_not_null())
    week = pl.col("published_at").dt.replace_time_zone(None).dt.truncate("1w")
    weeks = own.group_by(week=week).agg(mean=pl.col("engagement").log1p().mean()).sort("week")
    told = weeks.select(ds="week", y="mean").to_pandas()
    settings = {
        "yearly_seasonality": True,
        "weekly_seasonality": False,
        "daily_seasonality": False,
        "interval_width": 0.9,
        "uncertainty_samples": 300,
    }
    # Prophet draws its interval from numpy's one global source
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        found = _asked(told, told[["ds"]], seed=seed, **settings)
    finally:
        np.random.set_state(state)
    return weeks.with_columns(
        level=found["yhat"].to_numpy(),
        lower=found["yhat_lower"].to_numpy(),
        upper=found["yhat_upper"].to_numpy(),
        season=found["yearly"].to_numpy(),
    ).cast(SEASON_SCHEMA)


def _forecast(taught: pl.DataFrame, posts: pl.DataFrame, *, seed: int) -> Floats:
    settings = {"daily_seasonality": True, "weekly_seasonality": True, "uncertainty_samples": 0}
    told = taught.select(ds="local_at", y="y").to_pandas()
    forecast = _asked(told, posts.select(ds="local_at").to_pandas(), seed=seed, **settings)
    return np.asarray(forecast["yhat"], dtype=np.float64)


def _asked(told: Any, asked: Any, *, seed: int, **settings: Any) -> Any:
    """What a Prophet of these settings, fitted on `told`, says of `asked` (both pandas frames)."""
    # cmdstanpy undoes a level that was set before it finds a handler, so it gets one
    for name in ("prophet", "cmdstanpy"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [logging.NullHandler()], False
        logger.setLevel(logging.ERROR)
    from prophet import Prophet

    with warnings.catch_warnings():
        # Prophet calls pandas in ways that its next release gives up
        warnings.simplefilter("ignore", DeprecationWarning)
        return Prophet(**settings).fit(told, seed=seed).predict(asked)
