"""The canonical post table, as Parquet or CSV: one row per post and observation.

Columns are those of `domain.canonical`; optional ones may be absent. Where the file has no
`observed_at`, or none in a row, the counts are taken to be as of the last post in the file.
Large Parquet files are read in batches, so that memory does not grow with the file.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from domain.canonical import MEDIA_TYPES, POST_COLUMNS, REQUIRED_POST_COLUMNS
from domain.engagement import METRICS
from domain.errors import InputError
from domain.platforms import Platform
from sources.exports.csv_files import LINE, header_of, read_csv
from sources.exports.fields import (
    Field,
    Problem,
    count,
    instant,
    newest,
    not_before,
    one_of,
    required_text,
)
from sources.exports.imports import FileRead, Import, shape
from sources.exports.quarantine import drop_repeats, empty, ragged, sift
from sources.exports.request import YOUNGER, Request, files_under
from storage.lake_tables import TABLES

FORMAT = "posts"
BATCH_ROWS = 1_000_000
_KEY = ("platform", "account", "post_id", "observed_at")
_COUNTS = ("followers", *METRICS)


@dataclass(frozen=True, slots=True)
class _Table:
    """One file: its rows with `_line`, and those rows that have the wrong number of fields."""

    path: Path
    rows: pl.LazyFrame
    height: int
    schema: pl.Schema
    ragged: pl.DataFrame


def batches(paths: Sequence[Path], request: Request) -> Iterator[Import]:
    """The files in batches; all files are checked before the first batch is given.

    Raises:
        InputError: a file is neither such a Parquet file nor such a CSV file.
    """
    tables = [_open(path) for path in files_under(paths, suffixes=(".csv", ".parquet"))]
    if len(tables) > 1 or tables[0].height > BATCH_ROWS:
        # the footer says nothing of the rows, and what is stored before a bad one would stay
        for table in tables:
            _read_once(table)
    for table in tables:
        fields = _fields(table, request)
        with _undamaged(table.path):
            for rows in _split(table):
                yield _import(rows, fields, table, request)
        yield _aside(table, request)


def _read_once(table: _Table) -> None:
    with _undamaged(table.path):
        table.rows.select(pl.all().null_count()).collect(engine="streaming")


@contextmanager
def _undamaged(path: Path) -> Iterator[None]:
    try:
        yield
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"{path} is damaged: {str(error).splitlines()[0]}; export it again"
        ) from error


def _open(path: Path) -> _Table:
    if path.is_file() and path.suffix != ".parquet" and not _is_parquet(path):
        _check_columns(path, pl.Schema(dict.fromkeys(header_of(path), pl.String())))
        file = read_csv(path)
        return _Table(path, file.rows.lazy(), file.rows.height, file.rows.schema, file.ragged)
    try:
        schema = pl.scan_parquet(path, hive_partitioning=False, glob=False).collect_schema()
        rows = pl.scan_parquet(
            path, row_index_name=LINE, row_index_offset=1, hive_partitioning=False, glob=False
        )
        height = rows.select(pl.len()).collect().item()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            f"{path} is not Parquet, or cut off: {str(error).splitlines()[0]}; export it again"
        ) from error
    _check_columns(path, schema)
    wanted = [name for name in POST_COLUMNS if name in schema]
    no_rows = pl.DataFrame(schema={LINE: pl.Int64(), "raw": pl.String(), "fields": pl.Int64()})
    return _Table(path, rows.select(pl.col(LINE).cast(pl.Int64), *wanted), height, schema, no_rows)


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def _check_columns(path: Path, schema: pl.Schema) -> None:
    if missing := [name for name in REQUIRED_POST_COLUMNS if name not in schema]:
        raise InputError(
            f"{path} is no table of posts: column {missing[0]!r} is missing; "
            f"it needs {', '.join(REQUIRED_POST_COLUMNS)}"
        )
    for name, kind in POST_COLUMNS.items():
        dtype = schema.get(name, pl.Null())
        if not _fits(kind, dtype):
            remedy = (
                "write instants in UTC, with their zone" if kind == "datetime" else "convert it"
            )
            raise InputError(f"{path}: column {name!r} is {dtype}, not {kind}; {remedy}")


def _fits(kind: str, dtype: pl.DataType) -> bool:
    if dtype in (pl.String, pl.Null):
        return True
    if kind == "datetime":
        return isinstance(dtype, pl.Datetime) and dtype.time_zone is not None
    if kind == "int":
        return dtype.is_numeric()
    return dtype.is_integer() or dtype in (pl.Categorical, pl.Enum)


def _split(table: _Table) -> Iterator[pl.DataFrame]:
    """The rows in batches; rows whose key stands more than once come together, first."""
    if table.height <= BATCH_ROWS:
        yield table.rows.collect()
        return
    key = [name for name in _KEY if name in table.schema]
    hashes = table.rows.select(pl.struct(key).hash()).collect().to_series()
    lines = pl.Series(LINE, []) if hashes.n_unique() == len(hashes) else _lines(table, hashes)
    del hashes
    repeated = pl.col(LINE).is_in(lines.implode())
    if len(lines):
        yield table.rows.filter(repeated).collect()
    for offset in range(0, table.height, BATCH_ROWS):
        rows = table.rows.slice(offset, BATCH_ROWS).collect()
        yield rows.filter(~repeated) if len(lines) else rows


def _lines(table: _Table, hashes: pl.Series) -> pl.Series:
    return table.rows.select(LINE).collect().to_series().filter(hashes.is_duplicated())


def _import(rows: pl.DataFrame, fields: list[Field], table: _Table, request: Request) -> Import:
    good, aside = sift(rows, fields, file=table.path.name, format_name=FORMAT)
    good = good.with_columns(pl.lit(table.path.name).alias("_file"))
    good, overruled = drop_repeats(good, format_name=FORMAT)
    names = {metric: metric for metric in METRICS if metric in table.schema}
    posts, snapshots = shape(good, source=FORMAT, metric_names=names)
    return Import(
        format=FORMAT,
        brand=request.brand,
        posts=posts,
        snapshots=snapshots,
        quarantined=pl.concat([aside, overruled]),
        files=(FileRead(table.path.name, rows.height),),
        distinct=True,
    )


def _aside(table: _Table, request: Request) -> Import:
    unread = sorted({*table.schema} - {*POST_COLUMNS, LINE})
    name = table.path.name
    return Import(
        format=FORMAT,
        brand=request.brand,
        posts=pl.DataFrame(schema=TABLES["posts"]),
        snapshots=pl.DataFrame(schema=TABLES["engagement_snapshots"]),
        quarantined=ragged(table.ragged, width=len(table.schema) - 1, file=name, format_name=FORMAT)
        if table.ragged.height
        else empty(),
        files=(FileRead(name, table.ragged.height),),
        notes=(f"{name}: columns not read: {', '.join(unread)}",) if unread else (),
    )


def _fields(table: _Table, request: Request) -> list[Field]:
    schema, now = table.schema, request.now
    observed_at = request.observed_at or (
        newest(table.rows, "published_at", schema["published_at"], now=now) or now
    )
    return [
        one_of("platform", "platform", tuple(Platform)),
        _account(request.account),
        required_text("post_id", "post_id"),
        instant("published_at", "published_at", schema["published_at"], now=now),
        Field("text", "text", pl.col("text").cast(pl.String)),
        one_of("media_type", "media_type", MEDIA_TYPES),
        _language(schema),
        *(count(name, name, schema[name]) for name in _COUNTS if name in schema),
        _observed_at(schema, now=now, default=observed_at),
    ]


def _language(schema: pl.Schema) -> Field:
    value = pl.col("language").cast(pl.String) if "language" in schema else pl.lit(None, pl.String)
    return Field("language", "language", value)


def _observed_at(schema: pl.Schema, *, now: datetime, default: datetime) -> Field:
    published = instant("published_at", "published_at", schema["published_at"], now=now)
    if "observed_at" not in schema:
        given = pl.lit(default, pl.Datetime("us", "UTC"))
        return not_before(Field("observed_at", "published_at", given), published, why=YOUNGER)
    given = instant("observed_at", "observed_at", schema["observed_at"], now=now, default=default)
    return not_before(given, published, why="lies before the post was published (published_at)")


def _account(account: str | None) -> Field:
    handle = pl.col("account").cast(pl.String).str.strip_prefix("@")
    prefix = pl.col("platform").cast(pl.String) + ":"
    given = pl.when(handle.str.starts_with(prefix)).then(handle).otherwise(prefix + handle)
    if account is None:
        missing = Problem(handle.is_null() | (handle == ""), pl.lit("is missing"))
        return Field("account", "account", given, (missing,))
    other = Problem(
        (given.str.to_lowercase() != account.lower()).fill_null(True),
        pl.format("'{}' is not the account {}", handle.fill_null(""), pl.lit(account)),
    )
    return Field("account", "account", pl.lit(account), (other,))
