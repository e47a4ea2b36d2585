"""The drop folder: all of it comes in, or nothing where one file is not what it claims."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.errors import InputError
from sources.exports import imports
from sources.exports.drop_folder import ingest_folder
from storage.lake import Lake
from storage.ledger.database import Ledger
from storage.ledger.imports import newest

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HEAD = "platform,account,post_id,published_at,text,media_type,likes,comments,shares\n"
BRANDS = {"x:bergquell": "bergquell", "x:northloom": "northloom"}


@pytest.fixture
def stores(ledger_url: str, tmp_path: Path):
    ledger = Ledger(ledger_url)
    yield Lake(tmp_path / "lake"), ledger
    ledger.close()


def laid(folder: Path, handle: str, name: str, rows: int) -> Path:
    place = folder / "posts" / "x" / handle
    place.mkdir(parents=True, exist_ok=True)
    lines = (
        f"x,x:{handle},{number},2026-02-01T08:00:00Z,Prost,text,5,1,0\n" for number in range(rows)
    )
    path = place / name
    path.write_text(HEAD + "".join(lines))
    return path


@pytest.mark.parametrize("handle", ["bergquell", "northloom"])
def test_a_damaged_file_keeps_those_before_it_out_too(
    handle: str, stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same account or another one, and however many rows came before it."""
    monkeypatch.setattr(imports, "_TOGETHER", 0)
    lake, ledger = stores
    laid(tmp_path / "drop", "bergquell", "a.csv", 3)
    laid(tmp_path / "drop", handle, "b.csv", 1).write_bytes(HEAD.encode()[:30] + bytes(100))

    with pytest.raises(InputError, match=r"b\.csv"):
        ingest_folder(tmp_path / "drop", lake, ledger, brands=BRANDS, now=NOW)

    assert not lake.root.exists()
    with ledger.reading() as connection:
        assert (0, None) == newest(connection)


def test_the_ledger_keeps_which_files_came_in(stores, tmp_path: Path) -> None:
    lake, ledger = stores
    laid(tmp_path / "drop", "bergquell", "a.csv", 3)
    late = laid(tmp_path / "drop", "northloom", "b.csv", 2)
    late.write_text(late.read_text().replace(",5,1,0", ",-5,1,0", 1))
    for _ in range(2):
        ingest_folder(tmp_path / "drop", lake, ledger, brands=BRANDS, now=NOW)

    with ledger.reading() as connection:
        count, last = newest(connection)
    assert (2, str(late), 2, 1) == (count, last.path, last.rows, last.quarantined)


def test_files_that_came_in_whole_are_not_read_again(stores, tmp_path: Path) -> None:
    lake, ledger = stores
    drop = tmp_path / "drop"
    laid(drop, "bergquell", "a.csv", 3)
    refused = laid(drop, "northloom", "b.csv", 2)
    refused.write_text(refused.read_text().replace(",5,1,0", ",-5,1,0", 1))

    first = ingest_folder(drop, lake, ledger, brands=BRANDS, now=NOW)
    again = ingest_folder(drop, lake, ledger, brands=BRANDS, now=NOW)
    laid(drop, "bergquell", "c.csv", 4)
    more = ingest_folder(drop, lake, ledger, brands=BRANDS, now=NOW)

    assert ["a.csv", "b.csv"] == sorted(one.name for one in first.files)
    assert ["b.csv"] == [one.name for one in again.files]
    assert ["a.csv", "b.csv", "c.csv"] == sorted(one.name for one in more.files)
    assert (4, 0, 1) == (first.new_posts, again.new_posts, more.new_posts)


def test_files_are_read_again_where_the_lake_was_lost(stores, tmp_path: Path) -> None:
    lake, ledger = stores
    laid(tmp_path / "drop", "bergquell", "a.csv", 3)
    ingest_folder(tmp_path / "drop", lake, ledger, brands=BRANDS, now=NOW)
    shutil.rmtree(lake.root)

    ingest_folder(tmp_path / "drop", lake, ledger, brands=BRANDS, now=NOW)

    assert 3 == lake.read("posts").height
