"""Expected engagement of a post relative to its account's level, with an interval."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.blend import MIN_POSTS, Blend, fit_blend
from ml.features import NUMBERS, build_features, read_features
from ml.frame import latest_known, prepare_posts
from ml.hashing import Wording
from ml.intervals import Residuals

Floats = NDArray[np.float64]

MOST_POSTS = 100_000
"""How many posts teach at most: the latest of each account, equally many of each."""


@dataclass(frozen=True, slots=True)
class EngagementModel:
    """A fitted model. `blend` is None where there were too few posts: it then says 0, the level.

    Attributes:
        blend: the estimators, or None.
        residuals: out-of-sample errors, for the intervals.
        trained_until: per account the instant of the last post that training saw.
        zones: per account the IANA zone of its audience.
        meant: whether it reads what posts mean (`ml.meaning`).
    """

    blend: Blend | None
    residuals: Residuals
    trained_until: pl.DataFrame
    zones: Mapping[str, str]
    meant: bool = False

    @classmethod
    def fit(
        cls,
        posts: pl.DataFrame,
        *,
        seed: int = 0,
        zones: Mapping[str, str] | None = None,
        meant: bool = False,
    ) -> "EngagementModel":
        """Learn from canonical posts (or the output of `prepare_posts`) with known outcomes.

        Below 30 usable posts there is no blend and every forecast is the account's own level.
        Beyond 100,000 the latest of each account teach. `meant` also reads what they mean, at
        about 10 ms a post.
        Raises InputError as `prepare_posts` does.
        """
        prepared = posts if "y" in posts.columns else prepare_posts(posts)
        taught = latest_known(prepared, MOST_POSTS)
        features, wording = read_features(prepared, zones=zones, asked=taught, meant=meant)
        until = features.group_by("account").agg(trained_until=pl.col("published_at").max())
        if features.height < MIN_POSTS:
            errors = features.select("account", residual=pl.col("y"), spread=pl.lit(1.0))
            return cls(None, Residuals.gather(errors), until, dict(zones or {}), meant)
        fitted = fit_blend(features, wording.counts(), columns=NUMBERS, seed=seed)
        late = features.filter(fitted.held_out)
        errors = late.select(
            "account",
            residual=pl.col("y") - pl.Series(fitted.forecast),
            spread=pl.Series(fitted.blend.spread_of(late)),
        )
        return cls(fitted.blend, Residuals.gather(errors), until, dict(zones or {}), meant)

    def predict(
        self, posts: pl.DataFrame, *, history: pl.DataFrame | None = None, static: bool = False
    ) -> pl.DataFrame:
        """One row per original post of `posts`: account, post_id, predicted, lower, upper, level.

        All but `level` are on the scale of y, so exp(level + predicted) - 1 is the expected
        engagement. `history` holds earlier posts of the same accounts in canonical form; each
        forecast uses only what went out before it. Counts of `posts` may be null (planned posts).
        Where they are known they serve the posts after them, never the post itself. `static` adds
        the bounds of intervals that do not adapt, to compare with.
        """
        prepared = prepare_posts(_together(posts, history))
        marked = self._marked(prepared, posts)
        # what training never saw is scored too: its errors set the width of later intervals
        asked = marked["unseen"] | marked["wanted"]
        scored, wording = read_features(prepared, zones=self.zones, asked=asked, meant=self.meant)
        rows = scored.select("account", "post_id", "level", "y").with_columns(
            marked.filter(asked),
            predicted=pl.Series(self._score(scored, wording), dtype=pl.Float64),
            spread=1.0 if self.blend is None else pl.Series(self.blend.spread_of(scored)),
        )
        errors = pl.when("unseen").then(pl.col("y") - pl.col("predicted"))
        rows = self.residuals.static(rows) if static else rows
        known = self.residuals.bounds(rows.with_columns(residual=errors))
        columns = ["account", "post_id", "predicted", "lower", "upper", "level"]
        fixed = ["static_lower", "static_upper"] if static else []
        return known.filter("wanted").select(*columns, *fixed)

    def features_of(self, posts: pl.DataFrame, *, history: pl.DataFrame | None) -> pl.DataFrame:
        """One row per original post of `posts`: what is known of it, as `build_features` says."""
        prepared = prepare_posts(_together(posts, history))
        wanted = self._marked(prepared, posts)["wanted"]
        return build_features(prepared, zones=self.zones, asked=wanted, meant=self.meant)

    def _marked(self, prepared: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
        """Of each prepared post whether it is one of `posts`, and whether training never saw it."""
        key = ["account", "post_id"]
        wanted = posts.select(*key, wanted=True).unique()
        known = prepared.select(*key, "published_at").join(
            wanted, on=key, how="left", maintain_order="left"
        ).join(self.trained_until, on="account", how="left", maintain_order="left")  # fmt: skip
        unseen = (pl.col("published_at") > pl.col("trained_until")).fill_null(True)
        return known.select(pl.col("wanted").fill_null(False), unseen=unseen)

    def _score(self, features: pl.DataFrame, wording: Wording) -> Floats:
        if self.blend is None or not features.height:
            return np.zeros(features.height)
        return self.blend.score(features, wording.counts())


def _together(posts: pl.DataFrame, history: pl.DataFrame | None) -> pl.DataFrame:
    if history is None:
        return posts
    # of a post that stands in both the past is left out
    past = history.join(posts, on=["account", "post_id"], how="anti", maintain_order="left")
    return pl.concat([posts, past], how="diagonal_relaxed", rechunk=True)
