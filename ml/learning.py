"""The learning curve: how well posts are forecast when more or less of the past teaches."""

from collections.abc import Mapping

import polars as pl

from ml.engagement import EngagementModel
from ml.forecaster import OURS
from ml.frame import prepare_posts
from ml.judging import score, split_in_time

SHARES = (0.25, 0.5, 0.75, 1.0)

CURVE_SCHEMA: dict[str, pl.DataType] = {
    "share": pl.Float64(),
    "taught": pl.Int64(),
    "spearman": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
    "posts": pl.Int64(),
}


def learning_curve(
    posts: pl.DataFrame,
    *,
    kind: str = OURS,
    zones: Mapping[str, str] | None = None,
    seed: int = 0,
    meant: bool = False,
) -> pl.DataFrame:
    """One row per share of the past that taught, smallest first: `CURVE_SCHEMA`.

    `posts` are canonical, `kind` and `meant` as `EngagementModel.fit` takes them. The last 30 % of
    each account judge, as in `backtest_engagement`; of the 70 % before them the most recent share
    teaches and the earliest is dropped, as if it had not been imported. `taught` counts those
    posts, `posts` the judged ones, `spearman` is within accounts with its 90 % interval. Only what
    teaches differs: what is known of the posts before a judged one stays whole. Raises ModelError
    where nothing is left to judge.
    """
    split = split_in_time(prepare_posts(posts))
    judged = split.test.filter(pl.col("y").is_not_null())
    actual = judged.select("account", "post_id", actual="y")
    rows = []
    for share in SHARES:
        taught = _latest(split.train, share)
        model = EngagementModel.fit(taught, kind=kind, seed=seed, zones=zones, meant=meant)
        said = model.predict(judged, history=split.train).join(actual, on=["account", "post_id"])
        figure = score(said.with_columns(model=pl.lit(OURS)), seed=seed)
        found = figure.row(by_predicate=pl.col("metric") == "spearman", named=True)
        value, lower, upper = found["value"], found["lower"], found["upper"]
        rows.append((share, taught["y"].count(), value, lower, upper, found["posts"]))
    return pl.DataFrame(rows, schema=CURVE_SCHEMA, orient="row")


def _latest(train: pl.DataFrame, share: float) -> pl.DataFrame:
    """The last share of each account's rows, which are sorted by time."""
    left = pl.len().over("account") - pl.int_range(pl.len()).over("account")
    return train.filter(left <= (pl.len().over("account") * share).ceil())
