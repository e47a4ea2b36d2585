"""Finished tests of variants: what each text brought, against the others of its test."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from domain.errors import ModelError
from ml.judging import TRAIN_SHARE

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

COLUMNS = ("test_id", "variant_id", "text", "impressions", "clicks")

_EXTRA = 0.04
"""Variance of a variant's log click rate that more impressions do not take away."""


@dataclass(frozen=True, slots=True)
class VariantSplit:
    """Tests that teach and tests that judge; no test and no text is in both."""

    train: pl.DataFrame
    test: pl.DataFrame

    @property
    def forward(self) -> bool:
        """Whether every judged test is known to be later than all that taught."""
        last, first = self.train["created_at"].max(), self.test["created_at"].min()
        return last is not None and first is not None and bool(first >= last)  # type: ignore[operator]


def prepare_tests(table: pl.DataFrame) -> pl.DataFrame:
    """Canonical variants, checked: only tests in which at least two texts differ, oldest first.

    Rows without a text or an impression are left out; clicks above impressions count as many as
    these. Without `created_at` tests keep the order of the table. Raises ModelError where columns
    are missing.
    """
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise ModelError(
            f"this is no canonical table of variants: it lacks {', '.join(missing)}; "
            f"its columns are {', '.join(COLUMNS)} and, where known, created_at"
        )
    kept = (
        table.with_row_index("place")
        .select(
            "place",
            pl.col("test_id", "variant_id", "text").cast(pl.String),
            pl.col("impressions", "clicks").cast(pl.Float64),
            _instant(table).alias("created_at"),
        )
        .filter(pl.col("impressions") > 0, pl.col("text").str.strip_chars() != "")
    )
    kept = kept.with_columns(
        clicks=pl.col("clicks").fill_null(0).clip(0, pl.col("impressions")),
        created_at=pl.col("created_at").min().over("test_id"),
        place=pl.col("place").min().over("test_id"),
    )
    kept = kept.filter(pl.col("text").n_unique().over("test_id") > 1)
    return kept.sort("created_at", "place", "variant_id").drop("place")


def _instant(table: pl.DataFrame) -> pl.Expr:
    """When each test was made, in UTC; null where nobody said so."""
    kind = table.schema.get("created_at", pl.Null())
    if isinstance(kind, pl.String):
        return pl.col("created_at").str.to_datetime("us", strict=False, time_zone="UTC")
    if isinstance(kind, pl.Date):
        return pl.col("created_at").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if not isinstance(kind, pl.Datetime):
        return pl.lit(None, dtype=pl.Datetime("us", "UTC"))
    aware = pl.col("created_at").dt
    instant = aware.convert_time_zone("UTC") if kind.time_zone else aware.replace_time_zone("UTC")
    return instant.cast(pl.Datetime("us", "UTC"))


def split_tests(tests: pl.DataFrame, train: pl.DataFrame | None = None) -> VariantSplit:
    """The first 70 % of the tests teach, later ones judge; or `train` teaches and all judge.

    Whoever teaches gives way: a teaching test that shares a text with a judged one is left out.
    Raises ModelError where nothing is left to judge by.
    """
    if train is None:
        names = tests["test_id"].unique(maintain_order=True)
        early = names.head(round(TRAIN_SHARE * len(names))).implode()
        train = tests.filter(pl.col("test_id").is_in(early))
        tests = tests.filter(~pl.col("test_id").is_in(early))
    if tests.is_empty():
        raise ModelError("no test with two different texts is left to judge by; give more tests")
    known = pl.col("text").is_in(tests["text"].unique().implode())
    same = pl.col("test_id").is_in(tests["test_id"].unique().implode())
    return VariantSplit(train.filter(~(known | same).any().over("test_id")), tests)


def groups_of(tests: pl.DataFrame) -> Places:
    """The number of each row's test, from 0 in order of appearance."""
    return tests["test_id"].rle_id().to_numpy().astype(np.int64)


def outcomes(tests: pl.DataFrame) -> tuple[Floats, Floats]:
    """Each row's log click rate against its test's mean, and the weight that it deserves."""
    clicks = tests["clicks"].to_numpy() + 0.5
    weights = 1 / (1 / clicks + _EXTRA)
    rates = np.log(clicks / (tests["impressions"].to_numpy() + 1))
    return centred(rates, groups_of(tests), weights), weights / weights.mean()


def centred(values: Floats, groups: Places, weights: Floats) -> Floats:
    """The values minus their test's weighted mean; a matrix is centred column by column."""
    totals = np.bincount(groups, weights)
    columns = np.atleast_2d(values.T)
    means = [np.bincount(groups, weights * column) / totals for column in columns]
    found = columns - np.stack(means)[:, groups]
    return np.asarray(found[0] if values.ndim == 1 else found.T)
