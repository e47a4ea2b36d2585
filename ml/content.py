"""What is left of a post's engagement once content and the account's level are taken out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.blend import MIN_POSTS
from ml.features import UNTIMED, add_local_time, build_untimed, hour_of_week
from ml.forecaster import clipped_target
from ml.frame import latest_known
from ml.hashing import hash_words
from ml.matrix import Encoder
from ml.poisoning import without_bought
from ml.text import TextRidge
from ml.trees import fit_trees

Floats = NDArray[np.float64]

MOST_POSTS = 50_000
"""How many posts teach one model of content at most: the latest of each account."""

_OUTLIER = 3.0
_ROUNDS = 80


@dataclass(frozen=True, slots=True)
class ContentModel:
    """Wording first, then trees on what wording left over; None where too few posts taught it."""

    encoder: Encoder
    text: TextRidge
    trees: Any

    @classmethod
    def fit(cls, features: pl.DataFrame, *, seed: int) -> "ContentModel | None":
        """Fit on rows with a known y, or the latest of them; None below MIN_POSTS rows."""
        if features.height < MIN_POSTS:
            return None
        features = features.filter(latest_known(features, MOST_POSTS))
        y, counts = clipped_target(features), hash_words(features["text"])
        text = TextRidge.fit(counts, y, alpha=8.0)
        encoder = Encoder.fit(features, columns=UNTIMED)
        left = y - 0.7 * text.predict(counts)
        trees = fit_trees(encoder.matrix(features), left, rounds=_ROUNDS, seed=seed)
        return cls(encoder, text, trees)

    def predict(self, features: pl.DataFrame) -> Floats:
        """One expected y per row, the hour unknown."""
        grown = self.trees.predict(self.encoder.matrix(features), num_threads=1)
        return np.asarray(grown + 0.7 * self.text.read(features["text"]))


def content_residuals(
    prepared: pl.DataFrame, *, zones: Mapping[str, str], seed: int, train: pl.Series | None = None
) -> pl.DataFrame:
    """One row per post with a known y: account, post_id, published_at, slot, day, y, residual.

    Cross-fitted: the posts of even weeks are judged by a model of the odd ones and the other way
    round. With `train` (true for rows of `prepared` that may teach) all other rows are judged by
    a model of the training rows. Likes that look bought are not counted (`ml.poisoning`), and which
    of the training rows do is told by these rows alone. Residuals are centred per account on the
    training rows and cut at three robust deviations of the account.
    """
    everyone = pl.repeat(True, prepared.height, eager=True)
    teach = (everyone if train is None else train).alias("teach")
    prepared = _believed(prepared, teach, zones=zones)
    local = add_local_time(prepared, zones=zones).with_columns(
        hour_of_week(), day=pl.col("local_at").dt.date(), teach=teach
    )
    places = local.select("account", "post_id", "slot", "day", "teach")
    features = build_untimed(prepared, zones=zones).join(
        places, on=["account", "post_id"], how="left", maintain_order="left"
    )
    known = features.filter(pl.col("y").is_not_null())
    expected = _cross_fit(known, seed=seed) if known.height else np.zeros(0)
    raw = known.with_columns(raw=pl.col("y") - pl.Series("expected", expected))
    centre = pl.col("raw").filter(pl.col("teach")).median().over("account").fill_null(0.0)
    return (
        raw.with_columns(residual=pl.col("raw") - centre)
        .with_columns(edge=_OUTLIER * 1.4826 * pl.col("residual").abs().median().over("account"))
        .with_columns(pl.col("residual").clip(-pl.col("edge"), pl.col("edge")))
        .with_columns(residual=pl.col("residual") - pl.col("residual").filter(pl.col("teach"))
                      .mean().over("account").fill_null(0.0))
        .select("account", "post_id", "published_at", "slot", "day", "teach", "y", "residual")
    )  # fmt: skip


def _believed(
    prepared: pl.DataFrame, teach: pl.Series, *, zones: Mapping[str, str]
) -> pl.DataFrame:
    every = without_bought(prepared, zones=zones)
    if teach.all():
        return every
    past = without_bought(prepared.filter(teach), zones=zones)
    later = every.filter(~teach)
    return pl.concat([past, later]).sort("account", "published_at", "post_id")


def _cross_fit(known: pl.DataFrame, *, seed: int) -> Floats:
    teach = known["teach"].to_numpy()
    even = (known["published_at"].dt.epoch("d") // 7 % 2 == 0).to_numpy()
    expected = np.zeros(known.height)
    parts = [(teach & ~even, teach & even), (teach & even, teach & ~even), (teach, ~teach)]
    for source, target in parts:
        if not target.any():
            continue
        model = ContentModel.fit(known.filter(source), seed=seed)
        if model is not None:
            expected[target] = model.predict(known.filter(target))
    return expected
