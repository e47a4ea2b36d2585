"""Intervals that keep their promise under drift: adaptive conformal prediction per account."""

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WINDOW = 150
"""How many of an account's last residuals make its interval."""

_ENOUGH = 20
_SURE_ERRORS = 3.0
_TAIL = 0.05
_FINEST, _COARSEST = 0.002, 0.2
_PACE = 0.02


@dataclass(frozen=True, slots=True)
class Residuals:
    """Out-of-sample errors: the last of each account in time order, and everybody's tails.

    Attributes:
        recent: account and residual, at most 150 rows an account.
        lower: the lower tail of all residuals, in spreads of their accounts.
        upper: the upper one.
    """

    recent: pl.DataFrame
    lower: float
    upper: float

    @classmethod
    def gather(cls, errors: pl.DataFrame) -> "Residuals":
        """From rows (account, residual, spread) in time order within each account."""
        known = errors.drop_nulls("residual")
        tails = known["residual"] / known["spread"]
        lower, upper = (tails.quantile(q, "nearest") for q in (_TAIL, 1 - _TAIL))
        if lower is None or upper is None:
            lower, upper = float("-inf"), float("inf")
        recent = known.group_by("account", maintain_order=True).tail(WINDOW)
        return cls(recent.select("account", "residual"), float(lower), float(upper))

    def bounds(self, forecasts: pl.DataFrame) -> pl.DataFrame:
        """`forecasts` moved to the recent level, with `lower` and `upper`.

        Rows are account, predicted, residual (null where unknown) and spread, in time order
        within each account. `predicted` gains the mean of the account's recent errors where that
        is clearly not 0: an account drifts away from what training knew. The bounds are its error
        tails, finer or coarser as they were missed too often or too seldom before. Each row sees
        residuals of earlier rows of its account only; where an account has fewer than 20 of
        them the tails of all accounts, in spreads, stand in.
        """
        seeds = self.recent.filter(pl.col("account").is_in(forecasts["account"].unique().implode()))
        both = pl.concat(
            [
                seeds.with_columns(pl.lit(None, dtype=pl.UInt32).alias("row")),
                forecasts.with_row_index("row").select("account", "residual", "row"),
            ],
            how="diagonal",
        )
        biases = both.with_columns(bias=_trailing_bias()).drop_nulls("row").sort("row")["bias"]
        low, high = self._tails(both, forecasts["spread"].to_numpy())
        return forecasts.with_columns(
            predicted=pl.col("predicted") + biases,
            lower=pl.col("predicted") + pl.Series(low),
            upper=pl.col("predicted") + pl.Series(high),
        )

    def static(self, forecasts: pl.DataFrame) -> pl.DataFrame:
        """Rows (account, predicted, spread) with `static_lower` and `static_upper`.

        Split conformal prediction: the tails of an account as they were when training ended.
        """
        own = self.recent.group_by("account").agg(
            low=pl.col("residual").quantile(_TAIL, "linear"),
            high=pl.col("residual").quantile(1 - _TAIL, "linear"),
            errors=pl.len(),
        )
        enough = own.filter(pl.col("errors") >= _ENOUGH)
        return (
            forecasts.join(enough, on="account", how="left", maintain_order="left")
            .with_columns(
                static_lower=pl.col("predicted")
                + pl.coalesce("low", self.lower * pl.col("spread")),
                static_upper=pl.col("predicted")
                + pl.coalesce("high", self.upper * pl.col("spread")),
            )
            .drop("low", "high", "errors")
        )

    def _tails(self, both: pl.DataFrame, spread: Floats) -> tuple[Floats, Floats]:
        # lists, as single numbers are set faster in them than in arrays
        low, high = (spread * self.lower).tolist(), (spread * self.upper).tolist()
        for account in both.partition_by("account", maintain_order=True):
            tails, bounds = _Tails(), None
            rows = account.select("row", "residual").iter_rows()
            for row, residual in rows:
                if row is not None and len(tails.ordered) >= _ENOUGH:
                    # of posts whose outcome is unknown the next one has the same
                    low[row], high[row] = bounds = bounds or tails.bounds()
                    if residual is not None:
                        tails.learn(residual, *bounds)
                if residual is not None:
                    tails.add(residual)
                    bounds = None
        return np.array(low), np.array(high)


class _Tails:
    """The last residuals of one account in order of size, and how far out its bounds stand.

    After Gibbs and Candès 2021 (adaptive conformal inference), for each side on its own: a side
    that was missed moves out, one that held moves in a little, so that in the long run each is
    missed one time in twenty however the account drifts.
    """

    def __init__(self) -> None:
        self.ordered: list[float] = []
        self._queue: deque[float] = deque()
        self._low = self._high = _TAIL

    def add(self, residual: float) -> None:
        self._queue.append(residual)
        insort(self.ordered, residual)
        if len(self._queue) > WINDOW:
            self.ordered.pop(bisect_left(self.ordered, self._queue.popleft()))

    def bounds(self) -> tuple[float, float]:
        # one more than there are: the next residual may fall anywhere among them
        places = len(self.ordered) + 1
        return self._at(self._low * places), self._at((1 - self._high) * places)

    def learn(self, residual: float, low: float, high: float) -> None:
        self._low = _moved(self._low, missed=residual < low)
        self._high = _moved(self._high, missed=residual > high)

    def _at(self, rank: float) -> float:
        """The residual of that rank, 1 being the smallest, between neighbours in proportion."""
        place, ordered = rank - 1, self.ordered
        if place <= 0:
            return ordered[0]
        if place >= len(ordered) - 1:
            return ordered[-1]
        below = int(place)
        share = place - below
        return (1 - share) * ordered[below] + share * ordered[below + 1]


def _moved(level: float, *, missed: bool) -> float:
    moved = level + _PACE * (_TAIL - missed)
    return _FINEST if moved < _FINEST else _COARSEST if moved > _COARSEST else moved


def _trailing_bias() -> pl.Expr:
    """Mean recent error, pulled to 0 by the positive-part rule (James and Stein 1961).

    A mean within three standard errors of 0 is left alone: following noise costs rank.
    """
    error = pl.col("residual")
    count = error.is_not_null().cast(pl.Float64).rolling_sum(WINDOW, min_samples=1)
    mean = error.fill_null(0.0).rolling_sum(WINDOW, min_samples=1) / count
    square = (error**2).fill_null(0.0).rolling_sum(WINDOW, min_samples=1) / count
    noise = _SURE_ERRORS**2 * (square - mean**2).clip(0.0) / count
    kept = (1 - noise / (mean**2).clip(1e-12)).clip(0.0, 1.0)
    bias = pl.when(count >= _ENOUGH).then(mean * kept).otherwise(0.0)
    return bias.shift(1).forward_fill().fill_null(0.0).over("account")
