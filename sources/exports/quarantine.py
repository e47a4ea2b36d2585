"""Bad rows: found, explained and set aside, while the others go on."""

from collections.abc import Sequence

import polars as pl

from sources.exports.csv_files import LINE
from sources.exports.fields import Field
from storage.lake_tables import KEYS, TABLES

SCHEMA = TABLES["quarantine"]


def empty() -> pl.DataFrame:
    """No quarantined rows."""
    return pl.DataFrame(schema=SCHEMA)


def sift(
    raw: pl.DataFrame, fields: Sequence[Field], *, file: str, format_name: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split the rows of a file into typed good ones and quarantined bad ones.

    Args:
        raw: the file's rows with `_line`.
        fields: the canonical columns to build and what to check.
        file: the file's name, for the report.
        format_name: the import format, for the report.

    Returns:
        One row per good row: `_line` and one typed column per field; and one row per bad row, in
        the shape of the `quarantine` table, with the first problem that was found.
    """
    problems = [(field.source, problem) for field in fields for problem in field.problems]
    bad = raw.select(
        pl.any_horizontal(problem.where.fill_null(False) for _, problem in problems)
    ).to_series()
    typed = [LINE, *(field.value.alias(field.name) for field in fields)]
    if not bad.any():
        return raw.select(typed), empty()
    aside = raw.filter(bad).select(
        pl.lit(file).alias("file"),
        pl.col(LINE).alias("line"),
        pl.coalesce(pl.when(p.where).then(pl.lit(source)) for source, p in problems).alias("field"),
        pl.coalesce(pl.when(p.where).then(p.reason) for _, p in problems).alias("reason"),
        pl.struct(pl.exclude(LINE)).struct.json_encode().alias("raw"),
        pl.lit(format_name).alias("format"),
    )
    return raw.filter(~bad).select(typed), aside.cast(SCHEMA)


def ragged(rows: pl.DataFrame, *, width: int, file: str, format_name: str) -> pl.DataFrame:
    """Records with too few or too many fields, in the shape of the `quarantine` table."""
    return rows.select(
        pl.lit(file).alias("file"),
        pl.col(LINE).alias("line"),
        pl.lit(None, pl.String).alias("field"),
        pl.format("has {} fields, the header has {}", "fields", pl.lit(width)).alias("reason"),
        "raw",
        pl.lit(format_name).alias("format"),
    ).cast(SCHEMA)


def drop_repeats(posts: pl.DataFrame, *, format_name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep one row per post and observation: the last; set aside earlier ones that differ.

    Args:
        posts: the `posts` columns with `_file` and `_line`, in reading order.
        format_name: the import format, for the report.

    Returns:
        The rows that count, and those that were overruled by a later line in the shape of the
        `quarantine` table. Earlier rows that say the same are left out without a word.
    """
    key = KEYS["posts"]
    hashes = posts.select(pl.struct(key).hash()).to_series()
    if hashes.n_unique() == posts.height:
        return posts, empty()
    content = [name for name in TABLES["posts"] if name in posts.columns and name not in key]
    judged = posts.with_row_index("_row").with_columns(
        pl.col("_file").last().over(key).alias("_last_file"),
        pl.col(LINE).last().over(key).alias("_last_line"),
        (pl.col("_row") == pl.col("_row").last().over(key)).alias("_counts"),
        pl.struct(content).alias("_says"),
        pl.struct(content).last().over(key).alias("_last_says"),
    )
    aside = judged.filter(~pl.col("_counts") & (pl.col("_says") != pl.col("_last_says"))).select(
        pl.col("_file").alias("file"),
        pl.col(LINE).alias("line"),
        pl.lit("post_id").alias("field"),
        pl.format(
            "'{}' stands again with other values in {}, line {}, which counts",
            "post_id",
            "_last_file",
            "_last_line",
        ).alias("reason"),
        pl.struct(*key, *content).struct.json_encode().alias("raw"),
        pl.lit(format_name).alias("format"),
    )
    return judged.filter("_counts").select(posts.columns), aside.cast(SCHEMA)
