"""Expected engagement of a post relative to its account's level, with an interval."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from ml.blend import MIN_POSTS, fit_blend
from ml.explanations import NOTHING, explain, sentences
from ml.features import NUMBERS, build_features, read_features
from ml.forecaster import OURS, Forecaster
from ml.frame import latest_known, prepare_posts
from ml.intervals import Residuals
from ml.lanes import Lanes, owner
from ml.leaning import leaning
from ml.poisoning import without_bought
from ml.rivals import fit_rival, level_alone

Floats = NDArray[np.float64]

KEY = ["account", "post_id"]
DOUBTED = {"account": pl.String(), "post_id": pl.String(), "lowered": pl.Float64()}
MOST_POSTS = 100_000
"""How many posts teach at most: the latest of each account, equally many of each."""


@dataclass(frozen=True, slots=True)
class EngagementModel:
    """A fitted model: an estimator of y, and what its intervals stand on.

    Attributes:
        forecaster: ours or a rival; the level alone where too few posts taught.
        residuals: out-of-sample errors, for the intervals.
        trained_until: per account the instant of the last post that training saw.
        zones: per account the IANA zone of its audience.
        meant: whether it reads what posts mean (`ml.meaning`).
        doubted: account, post_id and lowered, by which the y of a post that taught is not believed.
    """

    forecaster: Forecaster
    residuals: Residuals
    trained_until: pl.DataFrame
    zones: Mapping[str, str]
    meant: bool = False
    doubted: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=DOUBTED))

    @classmethod
    def fit(
        cls,
        posts: pl.DataFrame,
        *,
        kind: str = OURS,
        seed: int = 0,
        zones: Mapping[str, str] | None = None,
        meant: bool = False,
    ) -> "EngagementModel":
        """Learn from canonical posts (or the output of `prepare_posts`) with known outcomes.

        `kind` is ours or one of `ml.rivals.RIVALS`. Below 30 usable posts every forecast is the
        account's own level. Beyond 100,000 the latest of each account teach. Likes that look bought
        teach nothing (`ml.poisoning`). `meant` also reads what they mean, at about 10 ms a post.
        Raises InputError as `prepare_posts` does.
        """
        counted = posts if "y" in posts.columns else prepare_posts(posts)
        prepared = without_bought(counted, zones=zones or {})
        lowered = prepared.select(*KEY, lowered=pl.col("y") - counted["y"])
        doubted = lowered.filter(pl.col("lowered") != 0).select(*DOUBTED)
        taught = latest_known(prepared, MOST_POSTS)
        features, wording = read_features(prepared, zones=zones, asked=taught, meant=meant)
        until = features.group_by("account").agg(trained_until=pl.col("published_at").max())
        if features.height < MIN_POSTS:
            errors = features.select("account", residual=pl.col("y"), spread=pl.lit(1.0))
            alone = level_alone()
            return cls(alone, Residuals.gather(errors), until, dict(zones or {}), meant, doubted)
        if kind == OURS:
            fitted = fit_blend(features, wording.counts(), columns=NUMBERS, seed=seed)
        else:
            fitted = fit_rival(kind, features, wording.counts(), seed=seed)
        late = features.filter(fitted.held_out)
        errors = late.select(
            "account",
            residual=pl.col("y") - pl.Series(fitted.forecast),
            spread=pl.Series(fitted.forecaster.spreads.of(late)),
        )
        told = Residuals.gather(errors)
        return cls(fitted.forecaster, told, until, dict(zones or {}), meant, doubted)

    def predict(
        self,
        posts: pl.DataFrame,
        *,
        history: pl.DataFrame | None = None,
        static: bool = False,
        why: bool = False,
        believed: bool = False,
    ) -> pl.DataFrame:
        """One row per original post of `posts`: account, post_id, predicted, lower, upper, level.

        All but `level` are on the scale of y, so exp(level + predicted) - 1 is the expected
        engagement. `history` holds earlier posts of the same accounts in canonical form; each
        forecast uses only what went out before it. Counts of `posts` may be null (planned posts).
        Where they are known they serve the posts after them, never the post itself. `static` adds
        the bounds of intervals that do not adapt, to compare with; `why` a sentence on what raised
        and lowered the forecast; `believed` the forecast less what leans on likes alone
        (`ml.leaning`), by which to choose. Likes of the past that taught nothing tell nothing here
        either. Posts of which the column `lane` differs do not see each other, as if each lane were
        forecast alone; the past behind them is read once.
        """
        lanes = Lanes.of(posts)
        asked_for, past = lanes.named(posts), None if history is None else lanes.copied(history)
        prepared = self._believed(prepare_posts(_together(asked_for, past)))
        marked = self._marked(prepared, asked_for)
        # what training never saw is scored too: its errors set the width of later intervals
        first = prepared.select(lanes.is_first()).to_series()
        asked = (marked["unseen"] & first) | marked["wanted"]
        told, wording = read_features(
            prepared, zones=lanes.zones(self.zones), asked=asked, meant=self.meant
        )
        scored, counts = told.with_columns(account=owner()), wording.counts()
        rows = told.select("account", "post_id", "published_at", "level", "y").with_columns(
            marked.filter(asked),
            predicted=pl.Series(self._score(scored, counts), dtype=pl.Float64),
            spread=pl.Series(self.forecaster.spreads.of(scored)),
        )
        known = self._bounded(rows, lanes, static=static)
        fixed = ["static_lower", "static_upper"] if static else []
        columns = [*KEY, "predicted", "lower", "upper", "level", *fixed]
        found = known.filter("wanted").with_columns(account=owner()).select(columns)
        if believed:
            alone = pl.Series(leaning(prepared, marked["wanted"]))
            found = found.with_columns(believed=pl.col("predicted") - alone)
        if not why:
            return found
        wanted = rows["wanted"].to_numpy()
        reasons = explain(self.forecaster, scored.filter(wanted), counts[np.flatnonzero(wanted)])
        said = found.join(sentences(reasons), on=KEY, how="left", maintain_order="left")
        return said.with_columns(pl.col("why").fill_null(NOTHING))

    def _bounded(self, rows: pl.DataFrame, lanes: Lanes, *, static: bool) -> pl.DataFrame:
        """The rows with their bounds, each lane after the errors of what training never saw."""
        earlier = lanes.others(rows.filter(~pl.col("wanted")))
        if earlier.height:
            rows = pl.concat([rows, earlier]).sort("account", "published_at", "post_id")
        errors = pl.when("unseen").then(pl.col("y") - pl.col("predicted"))
        residuals = replace(self.residuals, recent=lanes.copied(self.residuals.recent))
        rows = residuals.static(rows) if static else rows
        return residuals.bounds(rows.with_columns(residual=errors))

    def features_of(self, posts: pl.DataFrame, *, history: pl.DataFrame | None) -> pl.DataFrame:
        """One row per original post of `posts`: what is known of it, as `build_features` says."""
        prepared = self._believed(prepare_posts(_together(posts, history)))
        wanted = self._marked(prepared, posts)["wanted"]
        return build_features(prepared, zones=self.zones, asked=wanted, meant=self.meant)

    def _believed(self, prepared: pl.DataFrame) -> pl.DataFrame:
        """The rows, the y of posts that taught as it was believed."""
        if self.doubted.is_empty():
            return prepared
        lowered = prepared.select("post_id", account=owner()).join(
            self.doubted, on=KEY, how="left", maintain_order="left"
        )["lowered"]  # fmt: skip
        return prepared.with_columns(pl.col("y") + lowered.fill_null(0.0))

    def _marked(self, prepared: pl.DataFrame, posts: pl.DataFrame) -> pl.DataFrame:
        """Of each prepared post whether it is one of `posts`, and whether training never saw it."""
        wanted = posts.select(*KEY, wanted=True).unique()
        known = prepared.select(*KEY, "published_at").join(
            wanted, on=KEY, how="left", maintain_order="left"
        ).with_columns(account=owner()).join(
            self.trained_until, on="account", how="left", maintain_order="left"
        )  # fmt: skip
        unseen = (pl.col("published_at") > pl.col("trained_until")).fill_null(True)
        return known.select(pl.col("wanted").fill_null(False), unseen=unseen)

    def _score(self, features: pl.DataFrame, counts: sparse.csr_matrix) -> Floats:
        if not features.height:
            return np.zeros(0)
        return self.forecaster.score(features, counts)


def _together(posts: pl.DataFrame, history: pl.DataFrame | None) -> pl.DataFrame:
    if history is None:
        return posts
    # of a post that stands in both the past is left out
    past = history.join(posts, on=["account", "post_id"], how="anti", maintain_order="left")
    return pl.concat([posts, past], how="diagonal_relaxed", rechunk=True)
