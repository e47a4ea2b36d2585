"""A folder to lay analytics files into: `FORMAT/PLATFORM/HANDLE/` says what they are."""

from datetime import datetime
from pathlib import Path

from domain.errors import InputError
from domain.plugins import known_platforms
from sources.exports import FORMATS, batches
from sources.exports.imports import ImportSummary, store_all
from sources.exports.request import Request
from storage.lake import Lake


def ingest_folder(
    folder: Path, lake: Lake, *, brands: dict[str, str], now: datetime
) -> ImportSummary:
    """Bring in every file of the folder; files that were there before change nothing.

    Args:
        folder: the drop folder; one that does not exist is empty.
        lake: where the rows go.
        brands: account id to the brand that owns it.
        now: the present instant; rows from after it are quarantined.

    Raises:
        InputError: a folder names an unknown format, platform or account, or a file is not what
            it claims to be.
    """
    places = [
        place for place in sorted(folder.glob("*/*/*")) if place.is_dir() and any(place.iterdir())
    ]
    meanings = [_meaning(place, folder, brands) for place in places]
    return store_all(
        (
            batch
            for place, (format_name, account) in zip(places, meanings, strict=True)
            for batch in batches(format_name, [place], Request(account, brands[account], now, None))
        ),
        lake,
    )


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
