"""Tables of posts as files: canonical Parquet or CSV, and the foreign layouts we know."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from cli.post_layouts import layout_of, map_posts
from domain.canonical import REQUIRED_POST_COLUMNS
from domain.errors import InputError
from sources import exports
from sources.exports.csv_files import header_of
from sources.exports.x_analytics import FORMAT as X_ANALYTICS

SUFFIXES = (".parquet", ".csv")
X_ACCOUNT = "x:export"
"""Whose posts the files of an X analytics export are: the files do not say it themselves."""

_SEPARATORS = (",", ";", "\t", "|")
_X_BY_TWEET = {"Tweet id", "Tweet permalink", "Tweet text"}
_X_BY_DAY = {"Date", "Tweets published"}


@dataclass(frozen=True, slots=True)
class PostTable:
    """Posts in canonical form, and what whoever gave the files should know of them."""

    posts: pl.DataFrame
    notes: tuple[str, ...] = ()


def read_posts(paths: Sequence[Path], *, now: datetime) -> PostTable:
    """All posts of the files (or of the Parquet and CSV files of a folder), one table.

    Files are in canonical form, in one of the layouts of `cli.post_layouts`, which is mapped, or
    X analytics exports, which are read as `amsel import` reads them: overlapping files give each
    tweet once. Rows that cannot be read, or that it would quarantine, are left out and counted in
    the notes. Rows from after `now` count as such. CSV is separated by commas, semicolons, tabs or
    vertical bars. Raises InputError naming the file where one is missing, unreadable or something
    else.
    """
    files = [file for path in paths for file in table_files(path)]
    from_x = [file for file in files if _is_x_export(file)]
    tables = [_read(file) for file in files if file not in from_x]
    if from_x:
        tables.append(_from_x(from_x, now))
    posts = pl.concat([each.posts for each in tables], how="diagonal_relaxed")
    return PostTable(posts, tuple(note for each in tables for note in each.notes))


def _is_x_export(file: Path) -> bool:
    if file.suffix != ".csv" or _separator(file) != ",":
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


def read_table(file: Path, *, as_text: bool = False) -> pl.DataFrame:
    """The file as it lies, with `as_text` a CSV file's fields as they are written there.

    Raises InputError naming it where it cannot be read.
    """
    try:
        if file.suffix == ".parquet":
            return pl.read_parquet(file)
        if as_text:
            return pl.read_csv(
                file, separator=_separator(file), infer_schema=False, encoding="utf8-lossy"
            )
        # ids are names: a long number read as a float would lose its end
        texts = ("post_id", "account", "text", "test_id", "variant_id")
        names = dict.fromkeys(texts, pl.String)
        return pl.read_csv(
            file,
            separator=_separator(file),
            schema_overrides=names,
            infer_schema_length=10_000,
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputError(f"{file} cannot be read ({error}); save it again as Parquet or CSV"
                         ) from error  # fmt: skip


def _separator(file: Path) -> str:
    """What stands oftenest between the names of the first line."""
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            first = lines.readline()
    except OSError:
        return ","
    return max(_SEPARATORS, key=first.count)


def _read(file: Path) -> PostTable:
    layout = layout_of(_columns(file))
    if layout is None:
        return PostTable(_canonical(read_table(file), file))
    posts, note = map_posts(read_table(file, as_text=True), layout, str(file))
    return PostTable(posts, (note,) if note else ())


def _columns(file: Path) -> list[str]:
    if file.suffix == ".parquet":
        return read_table(file).columns
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        return next(csv.reader(lines, delimiter=_separator(file)), [])


def _canonical(table: pl.DataFrame, file: Path) -> pl.DataFrame:
    missing = [name for name in REQUIRED_POST_COLUMNS if name not in table.columns]
    if missing:
        raise InputError(
            f"{file} is no canonical table of posts: it lacks {', '.join(missing)}; "
            "analytics exports go through `amsel import` first, the public tables of "
            "docs/benchmarks.md are read as they lie"
        )
    return table
