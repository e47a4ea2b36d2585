"""Tables of posts as files: canonical Parquet or CSV, and the one foreign layout we know."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from domain.canonical import REQUIRED_POST_COLUMNS
from domain.errors import InputError

SUFFIXES = (".parquet", ".csv")

_REDDIT = {"subreddit", "created_utc", "id", "title", "score", "num_comments"}


def read_posts(paths: Sequence[Path]) -> pl.DataFrame:
    """All posts of the files (or of the Parquet and CSV files of a folder), one table.

    Files are in canonical form, or in the layout of the public reddit-top table, which is
    mapped. Raises InputError naming the file where one is missing, unreadable or something else.
    """
    files = [file for path in paths for file in _files(path)]
    return pl.concat([_canonical(_read(file), file) for file in files], how="diagonal_relaxed")


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
        if not found:
            raise InputError(f"{path} holds no Parquet or CSV file; name the files of posts")
        return found
    if not path.is_file():
        raise InputError(f"{path} does not exist; name a Parquet or CSV file of posts")
    return [path]


def _read(file: Path) -> pl.DataFrame:
    try:
        if file.suffix == ".parquet":
            return pl.read_parquet(file)
        # ids are names: a long number read as a float would lose its end
        names = {"post_id": pl.String, "account": pl.String, "text": pl.String}
        return pl.read_csv(file, schema_overrides=names, infer_schema_length=10_000)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{file} cannot be read ({error}); save it again as Parquet or CSV"
                         ) from error  # fmt: skip


def _canonical(table: pl.DataFrame, file: Path) -> pl.DataFrame:
    if set(table.columns) >= _REDDIT:
        return _from_reddit(table)
    missing = [name for name in REQUIRED_POST_COLUMNS if name not in table.columns]
    if missing:
        raise InputError(
            f"{file} is no canonical table of posts: it lacks {', '.join(missing)}; "
            "analytics exports go through `amsel import` first"
        )
    return table


def _from_reddit(table: pl.DataFrame) -> pl.DataFrame:
    host = pl.col("domain") if "domain" in table.columns else pl.lit("")
    picture = host.str.contains(r"imgur|^i\.|flickr|minus\.com|quickmeme")
    video = host.str.contains(r"youtu|vimeo|liveleak")
    return table.select(
        platform=pl.lit("reddit"),
        account=pl.format("reddit:{}", "subreddit"),
        post_id="id",
        published_at=pl.from_epoch("created_utc").dt.replace_time_zone("UTC"),
        text="title",
        media_type=pl.when(host.str.starts_with("self."))
        .then(pl.lit("text"))
        .when(picture)
        .then(pl.lit("image"))
        .when(video)
        .then(pl.lit("video"))
        .otherwise(pl.lit("link")),
        likes=pl.col("score").clip(0),
        # the source has a few counts below zero, left by removed comments
        comments=pl.col("num_comments").clip(0),
        shares=pl.lit(0),
    )
