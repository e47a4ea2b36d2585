"""Intervals that keep their promise under drift: rolling conformal prediction per account."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

WINDOW = 150
"""How many of an account's last residuals make its interval."""

_ENOUGH = 20
_SURE_ERRORS = 3.0
# the rank of a quantile among n residuals is one of n + 1, so the raw level sits a bit further out
_TAIL = 0.044


@dataclass(frozen=True, slots=True)
class Residuals:
    """Out-of-sample errors: the last of each account in time order, and everybody's tails."""

    recent: pl.DataFrame
    lower: float
    upper: float

    @classmethod
    def gather(cls, errors: pl.DataFrame) -> "Residuals":
        """From rows (account, residual) in time order within each account."""
        known = errors.drop_nulls("residual")
        lower, upper = (known["residual"].quantile(q, "nearest") for q in (_TAIL, 1 - _TAIL))
        if lower is None or upper is None:
            lower, upper = float("-inf"), float("inf")
        recent = known.group_by("account", maintain_order=True).tail(WINDOW)
        return cls(recent.select("account", "residual"), float(lower), float(upper))

    def bounds(self, forecasts: pl.DataFrame) -> pl.DataFrame:
        """`forecasts` (account, predicted, residual) moved to the recent level, with an interval.

        `predicted` gains the mean of the account's recent errors where that is clearly not 0: an
        account drifts away from what training knew. `lower` and `upper` are its error tails. Each
        row sees residuals of earlier rows of its account only; where an account has fewer
        than 20 of them the tails of all accounts stand in.
        """
        seeds = self.recent.filter(pl.col("account").is_in(forecasts["account"].unique().implode()))
        both = pl.concat(
            [
                seeds.with_columns(pl.lit(None, dtype=pl.UInt32).alias("row")),
                forecasts.with_row_index("row").select("account", "residual", "row"),
            ],
            how="diagonal",
        )
        tails = both.with_columns(
            _trailing_quantile(_TAIL).fill_null(self.lower).alias("low"),
            _trailing_quantile(1 - _TAIL).fill_null(self.upper).alias("high"),
            _trailing_bias().alias("bias"),
        )
        tails = tails.drop_nulls("row").sort("row")
        return forecasts.with_columns(
            predicted=pl.col("predicted") + tails["bias"],
            lower=pl.col("predicted") + tails["low"],
            upper=pl.col("predicted") + tails["high"],
        )


def _trailing_quantile(level: float) -> pl.Expr:
    side: Literal["higher", "lower"] = "higher" if level > 0.5 else "lower"
    rolled = pl.col("residual").rolling_quantile(
        level, interpolation=side, window_size=WINDOW, min_samples=_ENOUGH
    )
    return rolled.shift(1).forward_fill().over("account")


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
