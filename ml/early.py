"""What a post's first hour tells of its day: the forecast moved, and its interval narrowed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import polars as pl

MIN_POSTS = 30
"""Fewer posts with both counts than this move nothing."""
KNOWN_AFTER = timedelta(hours=24)
"""When a post's day is over: only then does it teach."""
EARLY = ("early_predicted", "early_lower", "early_upper")

_PRIOR_LAG = 10.0
_PRIOR_SLOPE = 50.0
_SURE_ERRORS = 2.0


@dataclass(frozen=True, slots=True)
class EarlySignal:
    """How far a forecast moves for what the first hour showed beyond it.

    Attributes:
        slope: of the outcome's error against the first hour's, over all accounts.
        slopes: the same of each account, drawn to `slope`.
        lag: log engagement after an hour less the forecast for the day, in the mean.
        lags: the same of each account, drawn to `lag`.
        width: the interval's width after the hour, in widths before it.
    """

    slope: float = 0.0
    slopes: Mapping[str, float] = field(default_factory=dict)
    lag: float = 0.0
    lags: Mapping[str, float] = field(default_factory=dict)
    width: float = 1.0

    @classmethod
    def fit(cls, past: pl.DataFrame) -> "EarlySignal":
        """Learn from rows (account, predicted, first, actual) of posts whose day is over.

        `first` and `actual` are log engagement against the account's level after 1 h and 24 h.
        With fewer than 30 whole rows, or where the slope lies within two standard errors of 0,
        nothing is moved.
        """
        known = past.drop_nulls(["predicted", "first", "actual"])
        if known.height < MIN_POSTS:
            return cls()
        gap, miss = pl.col("first") - pl.col("predicted"), pl.col("actual") - pl.col("predicted")
        rows = known.select("account", gap=gap, miss=miss)
        lag = float(rows["gap"].mean() or 0)  # type: ignore[arg-type]
        lags = _drawn(rows, "gap", to=lag)
        told = rows.with_columns(
            x=pl.col("gap") - pl.col("account").replace_strict(lags, return_dtype=pl.Float64),
            y=pl.col("miss") - pl.col("miss").mean(),
        ).with_columns(xy=pl.col("x") * pl.col("y"), xx=pl.col("x") ** 2)
        x, y, square = told["x"].to_numpy(), told["y"].to_numpy(), float(told["xx"].sum())
        if square == 0:
            return cls()
        plain = float(told["xy"].sum()) / square
        noise = _SURE_ERRORS**2 * float(np.mean((y - plain * x) ** 2)) / square
        # the positive-part rule (James and Stein 1961): what may be chance moves nothing
        slope = plain * max(0.0, 1 - noise / plain**2) if plain > 0 else 0.0
        if slope == 0:
            return cls()
        prior = _PRIOR_SLOPE * square / rows.height
        own = told.group_by("account").agg(
            slope=(pl.col("xy").sum() + prior * slope) / (pl.col("xx").sum() + prior)
        )
        slopes = {account: max(0.0, each) for account, each in own.iter_rows()}
        # each error as if its post had not taught
        left = (y - slope * x) / (1 - x**2 / square).clip(1e-3)
        width = float(np.sqrt(np.mean(left**2) / np.mean(y**2)))
        return cls(slope, slopes, lag, lags, min(1.0, width))

    def update(self, forecasts: pl.DataFrame) -> pl.DataFrame:
        """Rows (account, predicted, lower, upper, first) with `early_predicted` and its bounds.

        They are null where the first hour was not counted.
        """
        account = pl.col("account")
        lag, slope = (
            account.replace_strict(dict(each), default=whole, return_dtype=pl.Float64)
            for each, whole in ((self.lags, self.lag), (self.slopes, self.slope))
        )
        moved = pl.col("predicted") + slope * (pl.col("first") - pl.col("predicted") - lag)
        bounds = {
            f"early_{name}": moved + self.width * (pl.col(name) - pl.col("predicted"))
            for name in ("lower", "upper")
        }
        return forecasts.with_columns(early_predicted=moved, **bounds)


def update_as_known(forecasts: pl.DataFrame) -> pl.DataFrame:
    """The same for posts of many days, each day's by what the days before it taught.

    Rows are account, published_at (UTC), predicted, lower, upper, first and actual; no post is
    moved by what was not known an hour after it went out.
    """
    dated = forecasts.with_columns(_day=pl.col("published_at").dt.truncate("1d"))
    if dated.is_empty():
        return EarlySignal().update(forecasts)
    updated = []
    for (day,), rows in dated.group_by("_day", maintain_order=True):
        past = dated.filter(pl.col("published_at") <= pl.lit(day) - KNOWN_AFTER)
        updated.append(EarlySignal.fit(past).update(rows))
    return pl.concat(updated).drop("_day")


def _drawn(rows: pl.DataFrame, column: str, *, to: float) -> dict[str, float]:
    """Each account's mean, drawn to that of all."""
    means = rows.group_by("account").agg(
        (pl.col(column).sum() + _PRIOR_LAG * to) / (pl.len() + _PRIOR_LAG)
    )
    return dict(means.iter_rows())
