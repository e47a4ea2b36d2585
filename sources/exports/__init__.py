"""Analytics files: one module per format, all read and stored by the same few verbs."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from domain.errors import InputError
from sources.exports import posts, x_analytics
from sources.exports.imports import FileRead, Import, ImportSummary, join, store, store_all
from sources.exports.request import Request
from storage.lake import Lake

FORMATS = {module.FORMAT: module for module in (x_analytics, posts)}
"""The modules that read a format, by the name that `amsel import` knows."""

__all__ = ["FORMATS", "FileRead", "Import", "ImportSummary", "batches", "ingest", "read", "store"]


def read(
    format: str,
    paths: Sequence[Path],
    *,
    account: str | None,
    brand: str,
    now: datetime,
    observed_at: datetime | None = None,
) -> Import:
    """Read files whole; nothing is written.

    Args:
        format: a name in `FORMATS`.
        paths: files, or folders that stand for the files in them.
        account: `platform:handle`; None (canonical posts only) takes those in the file.
        brand: the brand's name.
        now: the present instant; rows from after it are quarantined.
        observed_at: when the counts were taken, where the files do not say.

    Returns:
        Posts, snapshots and quarantined rows in the shape of the lake's tables.

    Raises:
        InputError: a file is not what it claims to be.
    """
    return join(batches(format, paths, Request(account, brand, now, observed_at)))


def ingest(
    format: str,
    paths: Sequence[Path],
    request: Request,
    lake: Lake,
) -> ImportSummary:
    """Read files and store them batch by batch: memory does not grow with a Parquet file.

    Raises:
        InputError: a file is not what it claims to be; nothing was written.
        StoreError: the disk refuses; running the same again adds what is missing.
    """
    return store_all(batches(format, paths, request), lake)


def batches(format: str, paths: Sequence[Path], request: Request) -> Iterator[Import]:
    """What the files hold, batch by batch; raises InputError where one is not what it claims."""
    if format not in FORMATS:
        raise InputError(f"unknown import format {format!r}; known: {', '.join(sorted(FORMATS))}")
    found: Iterator[Import] = FORMATS[format].batches([Path(path) for path in paths], request)
    return found
