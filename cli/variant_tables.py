"""Tables of finished variant tests as files: canonical, or as the Upworthy archive has them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from cli.post_tables import read_table, table_files
from domain.errors import InputError

_REQUIRED = ("test_id", "variant_id", "text", "impressions", "clicks")
_UPWORTHY = {"clickability_test_id", "headline", "eyecatcher_id", "impressions", "clicks"}
# the archive's authors report that visitors were not split at random in this time
_BROKEN = (datetime(2013, 6, 25, tzinfo=UTC), datetime(2014, 1, 10, tzinfo=UTC))


def read_variants(paths: Sequence[Path]) -> pl.DataFrame:
    """All variants of the files (or of the Parquet and CSV files of a folder), one table.

    Of the Upworthy archive's packages those with one picture make a test, so that only the
    headline differs, and the period in which its visitors were not split at random is left out.
    Raises InputError naming the file where one is missing, unreadable or something else.
    """
    files = [file for path in paths for file in table_files(path)]
    return pl.concat([_canonical(read_table(file), file) for file in files], how="diagonal_relaxed")


def _canonical(table: pl.DataFrame, file: Path) -> pl.DataFrame:
    if set(table.columns) >= _UPWORTHY:
        return _from_upworthy(table)
    missing = [name for name in _REQUIRED if name not in table.columns]
    if missing:
        raise InputError(
            f"{file} is no canonical table of variants: it lacks {', '.join(missing)}; "
            f"its columns are {', '.join(_REQUIRED)} and, where known, created_at"
        )
    kept = [name for name in (*_REQUIRED, "created_at") if name in table.columns]
    return table.select(kept).with_columns(pl.col("test_id", "variant_id").cast(pl.String))


def _from_upworthy(table: pl.DataFrame) -> pl.DataFrame:
    # a test's id is a Mongo object id: its first eight digits are the second of its making
    second = pl.col("clickability_test_id").str.slice(0, 8).str.to_integer(base=16)
    picture = pl.col("eyecatcher_id").fill_null("")
    return (
        table.with_row_index("variant_id")
        .select(
            pl.format("{}:{}", "clickability_test_id", picture).alias("test_id"),
            pl.col("variant_id").cast(pl.String),
            pl.col("headline").alias("text"),
            "impressions",
            "clicks",
            pl.from_epoch(second).dt.replace_time_zone("UTC").alias("created_at"),
        )
        .filter(~pl.col("created_at").is_between(*_BROKEN))
    )
