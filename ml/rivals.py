"""The plain rivals of our estimator: what each is made of, and how it serves where it wins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from domain.errors import ModelError
from ml.causes import WORDING, columns_of, summed
from ml.features import FORM, NUMBERS, TIME
from ml.forecaster import EARLY_SHARE, Fitted, Spreads, account_share, clipped_target
from ml.matrix import Encoder
from ml.text import TextRidge
from ml.trees import REMEDY, load_lightgbm

Floats = NDArray[np.float64]

RIVALS: dict[str, tuple[str, ...]] = {
    "trailing_mean": (),
    "hour_mean": ("hours",),
    "weekday_hour_mean": ("week_hours",),
    "tfidf_ridge": ("wording",),
    "gradient_boosting": ("form",),
    "plain_blend": ("wording", "form"),
    "history_blend": ("wording", "recent"),
    "lightgbm": ("all",),
}
"""By rival the parts whose mean it says; `trailing_mean` has none and says the level.

`hours` and `week_hours` average the account's past by hour of the day or week, `wording` is a ridge
on TF-IDF, `form` boosted trees on form, media and time, `recent` the same that also see the last
post, the mean of the last five and their spread, `all` LightGBM at its defaults on every number
that ours has.
"""

TAUGHT = ("wording", "form", "recent", "all")
"""The parts that need as many posts as ours to be fitted."""

DAY, WEEK = 24, 168
CELLS = ("account", "cell", "mean")

_COLUMNS: dict[str, tuple[str, ...]] = {
    "form": (*FORM, *TIME),
    "recent": (*FORM, *TIME, "last_y", "last_5", "spread"),
    "all": NUMBERS,
}
_DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_SLOW = {"learning_rate": 0.05, "num_iterations": 200}


class Part(Protocol):
    """One estimator of y on its own."""

    def say(self, features: pl.DataFrame, counts: sparse.csr_matrix, /) -> Floats:
        """One expected y per row."""

    def causes(
        self, features: pl.DataFrame, counts: sparse.csr_matrix, /
    ) -> list[dict[str, float]]:
        """Per row the causes in words, each with its part of what `say` says."""


@dataclass(frozen=True, slots=True)
class SlotMeans:
    """Mean y by hour of the day (`period` 24) or of the week (168), raw.

    `cells` holds account, cell and mean. An account that taught nothing borrows everybody's, which
    stand under the null account; an hour in which an account never posted says its level.
    """

    period: int
    cells: pl.DataFrame

    @classmethod
    def fit(cls, features: pl.DataFrame, *, period: int) -> "SlotMeans":
        """From rows with a known y."""
        placed = features.select("account", "y", cell=_cell(period))
        own = placed.group_by("account", "cell").agg(mean=pl.col("y").mean())
        every = placed.group_by("cell").agg(mean=pl.col("y").mean())
        both = pl.concat([own, every], how="diagonal").select(*CELLS)
        return cls(period, both.sort("account", "cell"))

    def say(self, features: pl.DataFrame, _counts: sparse.csr_matrix) -> Floats:
        """The mean of each row's hour."""
        known = self.cells["account"].drop_nulls().unique().implode()
        whose = pl.when(pl.col("account").is_in(known)).then("account")
        asked = features.select(account=whose, cell=_cell(self.period))
        found = asked.join(
            self.cells, on=["account", "cell"], how="left", nulls_equal=True, maintain_order="left"
        )
        return found["mean"].fill_null(0.0).to_numpy()

    def causes(self, features: pl.DataFrame, counts: sparse.csr_matrix) -> list[dict[str, float]]:
        """How posts at that hour did."""
        cells = features.select(cell=_cell(self.period))["cell"]
        said = self.say(features, counts).tolist()
        return [{_named(cell, self.period): y} for cell, y in zip(cells, said, strict=True)]


@dataclass(frozen=True, slots=True)
class WordingRidge:
    """The ridge on TF-IDF alone."""

    ridge: TextRidge

    def say(self, _features: pl.DataFrame, counts: sparse.csr_matrix) -> Floats:
        """What the wording says."""
        return self.ridge.predict(counts)

    def causes(self, features: pl.DataFrame, counts: sparse.csr_matrix) -> list[dict[str, float]]:
        """The wording, against a text of which it knows no word."""
        said = self.say(features, counts) - self.ridge.mean
        return [{WORDING: y} for y in said.tolist()]


@dataclass(frozen=True, slots=True)
class Trees:
    """Boosted trees on some of the columns."""

    encoder: Encoder
    booster: Any

    @classmethod
    def fit(cls, features: pl.DataFrame, part: str, *, seed: int) -> "Trees":
        """The trees of that part; LightGBM must be there."""
        encoder = Encoder.fit(features, columns=_COLUMNS[part])
        pace = {} if part == "all" else _SLOW
        settings = pace | {"seed": seed, "deterministic": True, "num_threads": 1, "verbosity": -1}
        lightgbm = load_lightgbm()
        table = encoder.matrix(features)
        data = lightgbm.Dataset(table, clipped_target(features), params={"verbosity": -1})
        return cls(encoder, lightgbm.train(settings, data))

    def say(self, features: pl.DataFrame, _counts: sparse.csr_matrix) -> Floats:
        """What the trees say."""
        return np.asarray(self.booster.predict(self.encoder.matrix(features), num_threads=1))

    def causes(self, features: pl.DataFrame, _counts: sparse.csr_matrix) -> list[dict[str, float]]:
        """By Shapley values (Lundberg 2020)."""
        table = self.encoder.matrix(features)
        grown = self.booster.predict(table, pred_contrib=True, num_threads=1)
        return summed(columns_of(self.encoder), np.asarray(grown)[:, :-1])


@dataclass(frozen=True, slots=True)
class Rival:
    """A rival that can serve: it says the mean of its parts, or the level where it has none."""

    kind: str
    parts: Mapping[str, Part]
    spreads: Spreads

    @property
    def text(self) -> TextRidge | None:
        """The ridge on the wording, if it is one of the parts."""
        found = self.parts.get("wording")
        return found.ridge if isinstance(found, WordingRidge) else None

    def score(self, features: pl.DataFrame, counts: sparse.csr_matrix) -> Floats:
        """One expected y per row."""
        said = [part.say(features, counts) for part in self.parts.values()]
        return np.asarray(np.mean(said, axis=0)) if said else np.zeros(features.height)

    def causes(self, features: pl.DataFrame, counts: sparse.csr_matrix) -> list[dict[str, float]]:
        """Per row the causes of all parts, each with its share of the mean."""
        found: list[dict[str, float]] = [{} for _ in range(features.height)]
        for part in self.parts.values():
            for row, causes in zip(found, part.causes(features, counts), strict=True):
                for cause, y in causes.items():
                    row[cause] = row.get(cause, 0.0) + y / len(self.parts)
        return found


def level_alone() -> Rival:
    """What serves where too few posts teach: the account's level, with errors as they come."""
    return Rival("trailing_mean", {}, Spreads({}, 1.0))


def fit_rival(kind: str, features: pl.DataFrame, counts: sparse.csr_matrix, *, seed: int) -> Fitted:
    """The rival of that name, from rows with a known y and their hashed texts.

    What it said of the last quarter was learnt from the first three. Raises ModelError where it
    grows trees and LightGBM cannot be loaded: without them it would be another one.
    """
    early = account_share(features) < EARLY_SHARE
    spreads = Spreads.gather(features)
    known, later = np.flatnonzero(early), np.flatnonzero(~early)
    probe = fit_parts(RIVALS[kind], features.filter(early), counts[known], seed=seed)
    forecast = Rival(kind, probe, spreads).score(features.filter(~early), counts[later])
    parts = fit_parts(RIVALS[kind], features, counts, seed=seed)
    if len(parts) < len(RIVALS[kind]):
        raise without_trees(kind)
    return Fitted(Rival(kind, parts, spreads), ~early, forecast)


def without_trees(kind: str) -> ModelError:
    """What is raised where a rival's trees can be neither grown nor read."""
    return ModelError(f"{kind} needs trees, and LightGBM found no OpenMP library; {REMEDY}")


def fit_parts(
    names: Sequence[str], features: pl.DataFrame, counts: sparse.csr_matrix, *, seed: int
) -> dict[str, Part]:
    """The parts of those names, but no trees where LightGBM cannot be loaded."""
    grown = set(names) & _COLUMNS.keys()
    lacking = grown if grown and load_lightgbm() is None else set()
    return {
        name: _fit_part(name, features, counts, seed=seed) for name in names if name not in lacking
    }


def _fit_part(name: str, features: pl.DataFrame, counts: sparse.csr_matrix, *, seed: int) -> Part:
    if name == "wording":
        return WordingRidge(TextRidge.fit(counts, clipped_target(features)))
    if name in _COLUMNS:
        return Trees.fit(features, name, seed=seed)
    return SlotMeans.fit(features, period=DAY if name == "hours" else WEEK)


def _cell(period: int) -> pl.Expr:
    """The hour of the day or of the week, from the columns `weekday` and `hour`."""
    whole = pl.col("weekday").cast(pl.Int64) * DAY + pl.col("hour").floor().cast(pl.Int64)
    return whole % period


def _named(cell: int, period: int) -> str:
    day, hour = divmod(cell, DAY)
    when = f"on {_DAYS[day]} " if period == WEEK else ""
    return f"how posts {when}at {hour:02}:00 did"
