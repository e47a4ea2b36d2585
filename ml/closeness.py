"""What a post loses to those shortly before it, learnt from each account's own weeks."""

import numpy as np
import polars as pl

from ml.best_sets import CROWDING, REACH_MINUTES

_BEFORE = 8
_REACH = 3.0
_SPREAD = 0.1
_DOUBT = 0.02
_LOST = 24


def closeness(posts: pl.DataFrame) -> dict[str, float]:
    """By account what two posts in the same minute take from each other (log), falling to 0.

    `posts` holds account, published_at, slot and y in time order. Posts are compared within one
    week of an account, apart from what their hours do, and the slope is drawn to the usual 0.1 as
    far as weeks disagree: an account that never posts closely keeps that. Never below 0.
    """
    crowded = posts.with_columns(
        crowd=_crowd(),
        y=pl.col("y").clip(-_REACH, _REACH),
        week=pl.col("published_at").dt.epoch("d") // 7,
    )
    within = crowded.with_columns(_off("y", "week"), _off("crowd", "week")).with_columns(
        _off("y", "slot"), _off("crowd", "slot")
    )
    return {str(rows["account"][0]): _slope(rows) for rows in within.partition_by("account")}


def _crowd() -> pl.Expr:
    """How much stood shortly before each post: 1 for one in the same minute, 0 from three hours."""
    minutes = pl.col("published_at").dt.epoch("s") / 60
    before = [
        (1 - (minutes - minutes.shift(lag).over("account")) / REACH_MINUTES).clip(0.0, 1.0)
        for lag in range(1, _BEFORE + 1)
    ]
    return pl.sum_horizontal(each.fill_null(0.0) for each in before)


def _off(column: str, group: str) -> pl.Expr:
    hour = pl.col(group) % 24 if group == "slot" else pl.col(group)
    return pl.col(column) - pl.col(column).mean().over("account", hour)


def _slope(rows: pl.DataFrame) -> float:
    crowd, y = rows["crowd"].to_numpy(), rows["y"].to_numpy()
    weight = float(crowd @ crowd)
    if weight < 1e-9:
        return CROWDING
    lost = -float(crowd @ y) / weight
    rest = y + lost * crowd
    # posts of one week share their fate; of few weeks that says too little
    weeks = np.bincount(rows["week"].rle_id(), crowd * rest)
    alike = weight * float(rest @ rest) / max(len(rest) - _LOST, 1)
    variance = max(float(weeks @ weeks), alike) / weight**2 + _DOUBT**2
    return max(0.0, (lost / variance + CROWDING / _SPREAD**2) / (1 / variance + 1 / _SPREAD**2))
