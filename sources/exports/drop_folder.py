"""A folder to lay analytics files into: `FORMAT/PLATFORM/HANDLE/` says what they are."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, count, islice
from pathlib import Path

from domain.errors import InputError
from domain.plugins import known_platforms
from sources.exports import FORMATS, batches
from sources.exports.imports import Import, ImportSummary, store_all
from sources.exports.register import Register
from sources.exports.request import Request
from storage.lake import Lake
from storage.ledger.database import Ledger


def ingest_folder(
    folder: Path, lake: Lake, ledger: Ledger, *, brands: dict[str, str], now: datetime
) -> ImportSummary:
    """Bring in every file of the folder; files that were there before change nothing.

    A place whose files all came in before, without a refused row, is not read again. A refused
    row gets another chance: what lay in the future is past one day.

    Args:
        folder: the drop folder; one that does not exist is empty.
        lake: where the rows go.
        ledger: where it is kept which files came in.
        brands: account id to the brand that owns it.
        now: the present instant; rows from after it are quarantined.

    Raises:
        InputError: a folder names an unknown format, platform or account, or a file is not what
            it claims to be; nothing was written, of no file.
    """
    places = [
        place for place in sorted(folder.glob("*/*/*")) if place.is_dir() and any(place.iterdir())
    ]
    found = [
        (place, Register.of(*_meaning(place, folder, brands), paths=[place])) for place in places
    ]
    if lake.exists("posts"):
        found = [(place, files) for place, files in found if not files.came_in_whole(ledger)]
    read = [ImportSummary() for _ in found]

    def tallied(number: int, parts: Iterator[Import]) -> Iterator[Import]:
        for batch in parts:
            read[number] = read[number].plus(ImportSummary(files=batch.counted()))
            yield batch

    def wanted(account: str) -> Request:
        return Request(account, brands[account], now, None)

    opened = [
        _opened(batches(files.format, [place], wanted(files.account))) for place, files in found
    ]
    summary = store_all(chain.from_iterable(map(tallied, count(), opened)), lake)
    for (_, files), rows in zip(found, read, strict=True):
        files.record(ledger, rows, now=now)
    return summary


def _opened(found: Iterator[Import]) -> Iterator[Import]:
    """The same batches, the first of them read: by then all files of a place are checked."""
    return chain([*islice(found, 1)], found)


def _meaning(place: Path, folder: Path, brands: dict[str, str]) -> tuple[str, str]:
    format_name, platform, handle = place.relative_to(folder).parts
    if format_name not in FORMATS:
        known = ", ".join(sorted(FORMATS))
        raise InputError(f"{place}: {format_name!r} is no import format; use one of {known}")
    if platform not in known_platforms():
        names = ", ".join(known_platforms())
        raise InputError(f"{place}: {platform!r} is no platform; use one of {names}")
    account = f"{platform}:{handle}"
    if account not in brands:
        raise InputError(
            f"{place}: no brand file has the account {account}; add it there, or rename the folder"
        )
    return format_name, account
