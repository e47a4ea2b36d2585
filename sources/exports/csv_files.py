"""CSV files from outside: read whole, every field a string, every row with its line."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from domain.errors import InputError

LINE = "_line"
_CHUNK_ROWS = 100_000
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_BINARY = {b"PAR1": "a Parquet file", b"PK\x03\x04": "an Excel workbook", b"\x1f\x8b": "gzipped"}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class CsvFile:
    """What stands in a file.

    Attributes:
        header: the column names.
        rows: one row per record: `_line` (where it starts, the header being line 1) and every
            column as a string.
        ragged: the records with too few or too many fields: `_line`, `raw`, `fields`.
    """

    header: tuple[str, ...]
    rows: pl.DataFrame
    ragged: pl.DataFrame


def header_of(path: Path) -> tuple[str, ...]:
    """The column names in the first line of a CSV file.

    Raises:
        InputError: missing, empty, no text in UTF-8, or not separated by commas.
    """
    _check_bytes(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = tuple(name.strip() for name in next(csv.reader(file), ()))
    except csv.Error as error:
        raise InputError(f"{path}, line 1: {error}; export the file again") from error
    except UnicodeDecodeError as error:
        raise _not_utf8(path) from error
    if not header:
        raise InputError(f"{path} is empty; export it again")
    for delimiter, name in _DELIMITERS.items():
        if len(header) == 1 and delimiter in header[0]:
            raise InputError(f"{path} is separated by {name}; save it with commas")
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise InputError(f"{path}: column {twice[0]!r} stands twice; remove one")
    return header


def read_csv(path: Path) -> CsvFile:
    """All records of a CSV file in UTF-8 with commas, with or without a byte order mark.

    Raises:
        InputError: as `header_of`, or the file breaks off in the middle of a record.
    """
    header = header_of(path)
    ragged: list[tuple[int, str, int]] = []
    schema = {LINE: pl.Int64(), **dict.fromkeys(header, pl.String())}
    chunks = [pl.DataFrame(schema=schema)]
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            records = _records(csv.reader(file, strict=True), len(header), ragged)
            while chunk := list(islice(records, _CHUNK_ROWS)):
                chunks.append(pl.DataFrame(chunk, schema=schema, orient="row"))
    except csv.Error as error:
        raise InputError(f"{path}: {error}; the file is cut off, export it again") from error
    except UnicodeDecodeError as error:
        raise _not_utf8(path) from error
    rows = pl.concat(chunks)
    last = ragged[-1] if ragged else (0, "", 0)
    if last[0] > (rows[LINE].max() or 0) and last[2] < len(header) and not _ends_a_line(path):
        raise InputError(f"{path} breaks off in the middle of line {last[0]}; export it again")
    return CsvFile(
        header,
        rows,
        pl.DataFrame(
            ragged,
            schema={LINE: pl.Int64(), "raw": pl.String(), "fields": pl.Int64()},
            orient="row",
        ),
    )


def _records(
    reader: Iterator[list[str]], width: int, ragged: list[tuple[int, str, int]]
) -> Iterator[tuple[int | str, ...]]:
    next(reader)
    line = reader.line_num + 1  # type: ignore[attr-defined]
    try:
        for record in reader:
            if len(record) == width:
                yield (line, *record)
            elif record:
                ragged.append((line, ",".join(record), len(record)))
            line = reader.line_num + 1  # type: ignore[attr-defined]
    except csv.Error as error:
        raise csv.Error(f"line {line}: {error}") from error


def _check_bytes(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as error:
        raise InputError(f"{path} cannot be opened: {error.strerror}; check the path") from error
    if not start.strip():
        raise InputError(f"{path} is empty; export it again")
    if start.startswith(_UTF16) or b"\x00" in start[:200]:
        raise InputError(f"{path} is in UTF-16 or binary; save it as CSV in UTF-8")
    for magic, kind in _BINARY.items():
        if start.startswith(magic):
            raise InputError(f"{path} is {kind}, not CSV; name it so or save it as CSV in UTF-8")


def _not_utf8(path: Path) -> InputError:
    content = path.read_bytes()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return InputError(
            f"{path}, line {line}: byte 0x{content[error.start]:02x} is not UTF-8, the file looks "
            "like Latin-1 or Windows-1252; save it as CSV in UTF-8"
        )
    return InputError(f"{path} is not UTF-8; save it as CSV in UTF-8")


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) in b"\r\n"
