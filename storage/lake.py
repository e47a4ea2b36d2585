"""The lake: append-only and derived tables as Parquet files, each replaced atomically."""

import fcntl
import os
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

import polars as pl

from domain.errors import StoreError
from storage.lake_tables import INSTANT, TABLES

_TABLE_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_DAY = "day="
_PART_ROWS = 250_000
"""A part is rewritten with the new rows up to this size; beyond it a merge adds another part."""
_GROUP_BYTES = 8_000_000
"""Partitions up to this size together are looked up in one go."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The rows of one partition that are to be merged, and the files that it has."""

    rows: pl.DataFrame
    folder: Path
    parts: list[Path]


class Lake:
    """Tables under one folder: `<table>/day=YYYY-MM-DD/part-N.parquet` or `<table>/part-N.parquet`.

    A file is written beside its place under a name that no reader matches, flushed to the disk
    and renamed: a reader sees the old rows or the new ones, and a writer that is killed, or that
    meets a full disk, leaves the old ones. Writers of one table wait for each other; readers
    never wait.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def exists(self, table: str) -> bool:
        """Whether the table holds at least one file."""
        return bool(self._files(table))

    def days(self, table: str) -> list[date]:
        """The UTC days for which the table has a partition, ascending."""
        names = {file.parent.name for file in self._files(table)}
        return sorted(
            date.fromisoformat(name.removeprefix(_DAY)) for name in names if _is_day(name)
        )

    def scan(self, table: str) -> pl.LazyFrame:
        """All rows of the table, lazily; no rows where a table of `TABLES` was never written.

        Raises:
            StoreError: the table is neither in `TABLES` nor in the lake.
        """
        return self._scan(table, self._files(table))

    def read(
        self, table: str, *, since: date | None = None, until: date | None = None
    ) -> pl.DataFrame:
        """The rows of the table whose partition's UTC day lies in `since`..`until`, both included.

        Raises:
            StoreError: the table is neither in `TABLES` nor in the lake, its files cannot be read,
                or days are asked of a table that is not partitioned.
        """
        files = self._files(table)
        if (since or until) and any(not _is_day(file.parent.name) for file in files):
            raise StoreError(
                f"lake table {table!r} is not partitioned by day; read it without since and until"
            )
        low, high = f"{_DAY}{since or date.min}", f"{_DAY}{until or date.max}"
        within = [f for f in files if not (since or until) or low <= f.parent.name <= high]
        try:
            if files and not within:
                return self._scan(table, files[:1]).head(0).collect()
            return self._scan(table, within).collect()
        except (OSError, pl.exceptions.PolarsError) as error:
            raise StoreError(
                f"lake table {table!r} under {self.root} cannot be read: {error}; move the broken "
                "file away and import or materialize again"
            ) from error

    def replace(self, table: str, frame: pl.DataFrame, *, day: date | None = None) -> None:
        """Put `frame` in the place of the table's only file, or of one UTC day's partition.

        Raises:
            StoreError: the frame does not fit the table, the disk refuses, or the partition was
                filled by `merge` and has more than one part.
        """
        _check(table, frame)
        folder = self._folder(table, day)
        with self._writing(table):
            if len(_parts(folder)) > 1:
                raise StoreError(
                    f"lake table {table!r} grew by merging and holds several parts in "
                    f"{folder.name!r}; add rows with merge, or delete the folder first"
                )
            _write(frame, folder / "part-0.parquet")

    def replace_in_pieces(self, table: str, frames: Iterable[pl.DataFrame]) -> None:
        """Put all rows of `frames` in the place of the table's only file; one is held at a time.

        Raises:
            StoreError: as `replace` does. The old rows stay where it, or a frame, fails.
        """
        pieces = iter(frames)
        first, second = next(pieces), next(pieces, None)
        if second is None:
            self.replace(table, first)
            return
        _check(table, first)
        folder = self._folder(table, None)
        with self._writing(table), ExitStack() as kept:
            files = []
            for piece in chain((first, second), pieces):
                _check(table, piece)
                files.append(kept.enter_context(_temporary(folder)))
                piece.write_parquet(files[-1], compression="zstd", compression_level=1)
            whole = kept.enter_context(_temporary(folder))
            rows = pl.scan_parquet(files, hive_partitioning=False, glob=False)
            rows.sink_parquet(whole, compression="zstd", compression_level=1)
            _take_place(whole, folder / "part-0.parquet")

    def merge(
        self,
        table: str,
        frame: pl.DataFrame,
        *,
        key: list[str],
        day_column: str | None,
        distinct: bool = False,
    ) -> int:
        """Add the rows whose `key` is not there yet, each to the partition of its UTC day.

        Of rows with one key in `frame` the last counts. Where nothing is new no file changes.

        Args:
            table: the table's name.
            frame: the rows to add.
            key: the columns that together name a row; the day column's day must follow from them.
            day_column: an instant whose UTC day names the partition; None for one folder.
            distinct: the caller vouches that no key stands twice in `frame`, which saves a look.

        Returns:
            The number of rows that were added.

        Raises:
            StoreError: the frame does not fit the table, a row has no day, or the disk refuses.
                Partitions written before that stay: merging again adds just what is missing.
        """
        _check(table, frame)
        if frame.is_empty():
            return 0
        if day_column and frame[day_column].null_count():
            raise StoreError(
                f"lake table {table!r}: {day_column} is empty in some rows; every row needs its day"
            )
        if not distinct:
            frame = _last_of_each(frame, key)
        with self._writing(table):
            places = [
                _Place(rows, self._folder(table, day), _parts(self._folder(table, day)))
                for day, rows in _by_day(frame, day_column)
            ]
            return sum(
                self._append(fresh, place)
                for group in _in_groups(places)
                for place, fresh in _news(group, key)
            )

    def _append(self, fresh: pl.DataFrame, place: "_Place") -> int:
        folder, parts = place.folder, place.parts
        last = pl.read_parquet(parts[-1]) if parts and _height(parts[-1]) < _PART_ROWS else None
        if last is not None and last.height + fresh.height <= 2 * _PART_ROWS:
            _write(pl.concat([last, fresh]), parts[-1])
        else:
            _write(fresh, folder / f"part-{_number(parts[-1]) + 1 if parts else 0}.parquet")
        return fresh.height

    def _folder(self, table: str, day: date | None) -> Path:
        folder = self.root / table
        return folder / f"{_DAY}{day.isoformat()}" if day else folder

    def _files(self, table: str) -> list[Path]:
        _check_name(table)
        folder = self.root / table
        days = sorted(folder.glob(f"{_DAY}*"))
        return [*_parts(folder), *(part for day in days for part in _parts(day))]

    def _scan(self, table: str, files: list[Path]) -> pl.LazyFrame:
        if files:
            return pl.scan_parquet(files, hive_partitioning=False, glob=False)
        if table in TABLES:
            return pl.LazyFrame(schema=TABLES[table])
        raise StoreError(
            f"there is no lake table {table!r} under {self.root}; "
            "materialize the asset that writes it, or check the name"
        )

    @contextmanager
    def _writing(self, table: str) -> Iterator[None]:
        folder = self.root / table
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                # we hold the lock, so whatever is half written was left by a killed writer
                for orphan in folder.rglob(".*.tmp"):
                    orphan.unlink()
                yield
        except (OSError, pl.exceptions.PolarsError) as error:
            raise StoreError(
                f"lake table {table!r} cannot be written under {self.root}: {error}; free disk "
                "space or mend the folder's permissions, then run the same again"
            ) from error


def _check_name(table: str) -> None:
    if not _TABLE_NAME.match(table):
        raise StoreError(f"{table!r} is not a table name; use lower case letters, digits and _")


def _check(table: str, frame: pl.DataFrame) -> None:
    _check_name(table)
    for name, dtype in frame.schema.items():
        if isinstance(dtype, pl.Datetime) and dtype != INSTANT:
            raise StoreError(
                f"lake table {table!r}: column {name!r} is {dtype}; instants in the lake are "
                'Datetime("us", "UTC"), convert it'
            )
    wanted = TABLES.get(table)
    if wanted is None or dict(frame.schema) == wanted:
        return
    wrong = sorted(
        name for name in {*wanted, *frame.columns} if wanted.get(name) != frame.schema.get(name)
    )
    have = {name: str(frame.schema.get(name, "absent")) for name in wrong}
    want = {name: str(wanted.get(name, "absent")) for name in wrong}
    raise StoreError(
        f"lake table {table!r}: the frame's columns are {have}, the table's are {want}; "
        "bring the frame into the shape of storage.lake_tables.TABLES"
    )


def _last_of_each(frame: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    hashes = frame.select(pl.struct(key).hash()).to_series()
    if hashes.n_unique() == frame.height:
        return frame
    return frame.unique(subset=key, keep="last", maintain_order=True)


def _by_day(
    frame: pl.DataFrame, day_column: str | None
) -> Iterator[tuple[date | None, pl.DataFrame]]:
    if day_column is None:
        yield None, frame
        return
    first, last = frame.select(
        pl.col(day_column).min().dt.date(), pl.col(day_column).max().dt.date().alias("_last")
    ).row(0)
    if first == last:
        yield first, frame
        return
    parts = frame.with_columns(pl.col(day_column).dt.date().alias("_day")).partition_by(
        "_day", as_dict=True, include_key=False, maintain_order=True
    )
    for (day,), rows in sorted(parts.items()):
        yield day, rows


def _in_groups(places: list[_Place]) -> Iterator[list[_Place]]:
    """Partitions that are looked up in one go, since a look-up costs more than a small file.

    Each group's files are small enough together to be held in memory.
    """
    group: list[_Place] = []
    size = 0
    for place in places:
        own = sum(part.stat().st_size for part in place.parts)
        if group and (bool(own) != bool(size) or size + own > _GROUP_BYTES):
            yield group
            group, size = [], 0
        group, size = [*group, place], size + own
    yield group


def _news(group: list[_Place], key: list[str]) -> Iterator[tuple[_Place, pl.DataFrame]]:
    """What none of the group's files holds, by partition; partitions without news are left out."""
    parts = [part for place in group for part in place.parts]
    if not parts:
        yield from ((place, place.rows) for place in group)
        return
    rows = pl.concat(
        place.rows.with_columns(pl.lit(number).alias("_place"))
        for number, place in enumerate(group)
    )
    fresh = _unseen(rows, parts, key)
    for (number,), own in fresh.partition_by("_place", as_dict=True, include_key=False).items():
        yield group[number], own


def _unseen(rows: pl.DataFrame, parts: list[Path], key: list[str]) -> pl.DataFrame:
    """The rows whose key stands in none of the parts.

    Parquet's footers hold each column's smallest and largest value, so the range filter skips
    what cannot match unread. Equal keys have equal hashes, so most rows are known to be new by
    an integer look-up; only the others are compared key by key.
    """
    near = [
        pl.col(name).is_between(pl.lit(rows[name].min()), pl.lit(rows[name].max()))
        for name in key
        if rows[name].null_count() == 0
    ]
    known = (
        pl.scan_parquet(parts, hive_partitioning=False, glob=False)
        .select(key)
        .filter(*near)
        .collect()
    )
    if known.is_empty():
        return rows
    hashes = rows.select(pl.struct(key).hash()).to_series()
    suspects = hashes.is_in(known.select(pl.struct(key).hash()).to_series().implode())
    if not suspects.any():
        return rows
    seen = rows.with_row_index("_row").filter(suspects)
    seen = seen.join(known, on=key, how="semi", nulls_equal=True)
    return rows.filter(~pl.int_range(rows.height, eager=True).is_in(seen["_row"].implode()))


def _write(frame: pl.DataFrame, path: Path) -> None:
    with _temporary(path.parent) as temporary:
        frame.write_parquet(temporary, compression="zstd", compression_level=1)
        _take_place(temporary, path)


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """A name in the folder that no reader matches, and nothing under it in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f".{uuid.uuid4().hex}.tmp"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _take_place(temporary: Path, path: Path) -> None:
    _flush(temporary)
    temporary.replace(path)
    _flush(path.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.parquet"), key=_number)


def _number(part: Path) -> int:
    return int(part.stem.removeprefix("part-"))


def _height(part: Path) -> int:
    return int(pl.scan_parquet(part, hive_partitioning=False).select(pl.len()).collect().item())


def _is_day(name: str) -> bool:
    return name.startswith(_DAY)
