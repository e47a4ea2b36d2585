"""Tables of posts as files: canonical Parquet or CSV, and the two foreign layouts we know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from domain.canonical import REQUIRED_POST_COLUMNS
from domain.errors import InputError
from sources import exports
from sources.exports.csv_files import header_of
from sources.exports.x_analytics import FORMAT as X_ANALYTICS

SUFFIXES = (".parquet", ".csv")
X_ACCOUNT = "x:export"
"""Whose posts the files of an X analytics export are: the files do not say it themselves."""

_REDDIT = {"subreddit", "created_utc", "id", "title", "score", "num_comments"}


_X_BY_TWEET = {"Tweet id", "Tweet permalink", "Tweet text"}
_X_BY_DAY = {"Date", "Tweets published"}


@dataclass(frozen=True, slots=True)
class PostTable:
    """Posts in canonical form, and what whoever gave the files should know of them."""

    posts: pl.DataFrame
    notes: tuple[str, ...] = ()


def read_posts(paths: Sequence[Path], *, now: datetime) -> PostTable:
    """All posts of the files (or of the Parquet and CSV files of a folder), one table.

    Files are in canonical form, in the layout of the public reddit-top table, which is mapped, or
    X analytics exports, which are read as `amsel import` reads them: overlapping files give each
    tweet once, rows that it would quarantine are left out and counted in the notes. Rows from
    after `now` count as such. Raises InputError naming the file where one is missing, unreadable
    or something else.
    """
    files = [file for path in paths for file in table_files(path)]
    from_x = [file for file in files if _is_x_export(file)]
    others = [_canonical(read_table(file), file) for file in files if file not in from_x]
    table = _from_x(from_x, now) if from_x else PostTable(pl.DataFrame())
    posts = pl.concat([*others, *([table.posts] if from_x else [])], how="diagonal_relaxed")
    return PostTable(posts, table.notes)


def _is_x_export(file: Path) -> bool:
    if file.suffix != ".csv":
        return False
    header = set(header_of(file))
    return header >= _X_BY_TWEET or header >= _X_BY_DAY


def _from_x(files: list[Path], now: datetime) -> PostTable:
    read = exports.read(X_ANALYTICS, files, account=X_ACCOUNT, brand="export", now=now)
    refused = read.quarantined.height
    notes = (f"{refused} bad rows were left out; `amsel import` names each",) if refused else ()
    newest = read.posts.sort("observed_at").unique("post_id", keep="last", maintain_order=True)
    return PostTable(newest, notes)


def table_files(path: Path) -> list[Path]:
    """The file, or the Parquet and CSV files of the folder; InputError where there is none."""
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
        if not found:
            raise InputError(f"{path} holds no Parquet or CSV file; name the files of posts")
        return found
    if not path.is_file():
        raise InputError(f"{path} does not exist; name a Parquet or CSV file of posts")
    return [path]


def read_table(file: Path) -> pl.DataFrame:
    """The file as it lies; raises InputError naming it where it cannot be read."""
    try:
        if file.suffix == ".parquet":
            return pl.read_parquet(file)
        # ids are names: a long number read as a float would lose its end
        texts = ("post_id", "account", "text", "test_id", "variant_id")
        names = dict.fromkeys(texts, pl.String)
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
