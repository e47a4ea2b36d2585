"""The canonical post table as CSV and Parquet, whole and in batches."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from domain.errors import InputError
from sources.exports import Import, imports, ingest, posts, read, store
from sources.exports.request import Request
from storage.lake import Lake
from storage.lake_tables import KEYS, TABLES

NOW = datetime(2026, 3, 2, tzinfo=UTC)
FIRST = datetime(2026, 1, 1, 9, tzinfo=UTC)


def post(post_id: str = "1", **fields: Any) -> dict[str, Any]:
    return {
        "platform": "bluesky",
        "account": "northloom.test",
        "post_id": post_id,
        "published_at": FIRST,
        "text": 'Wool, "warm"\nand 🐑',
        "media_type": "image",
        "likes": 5,
        "comments": 1,
        "shares": None,
    } | fields


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(rows, infer_schema_length=None)


def as_csv(path: Path, *rows: dict[str, Any]) -> Path:
    frame(*rows).with_columns(
        pl.col(pl.Datetime).dt.to_string("iso:strict").cast(pl.String)
    ).write_csv(path)
    return path


def as_parquet(path: Path, *rows: dict[str, Any]) -> Path:
    frame(*rows).write_parquet(path)
    return path


def imported(*paths: Path, account: str | None = "bluesky:northloom.test") -> Import:
    return read("posts", paths, account=account, brand="northloom", now=NOW)


@pytest.mark.parametrize("write", [as_csv, as_parquet])
def test_csv_and_parquet_give_the_same_rows(write: Any, tmp_path: Path) -> None:
    got = imported(write(tmp_path / "posts.csv", post("1"), post("2", likes=0, shares=2)))
    assert got.posts.schema == pl.Schema(TABLES["posts"])
    assert got.posts.select("account", "post_id", "text", "likes", "shares").rows() == [
        ("bluesky:northloom.test", "1", 'Wool, "warm"\nand 🐑', 5, None),
        ("bluesky:northloom.test", "2", 'Wool, "warm"\nand 🐑', 0, 2),
    ]
    assert sorted(got.snapshots.select("post_id", "metric", "value").rows()) == [
        ("1", "comments", 1),
        ("1", "likes", 5),
        ("2", "comments", 1),
        ("2", "likes", 0),
        ("2", "shares", 2),
    ]


def test_times_with_any_offset_become_utc(tmp_path: Path) -> None:
    times = ["2026-01-01T10:00:00+01:00", "2026-01-01 09:00+0000", "2026-01-01T09:00:00.000Z"]
    rows = [post(str(n), published_at=at) for n, at in enumerate(times)]
    got = imported(as_csv(tmp_path / "posts.csv", *rows))
    assert got.posts["published_at"].to_list() == [FIRST] * 3


def test_without_observed_at_counts_are_as_of_the_last_possible_post(tmp_path: Path) -> None:
    last = FIRST + timedelta(days=9)
    never = datetime(2031, 1, 1, tzinfo=UTC)
    rows = [post("1"), post("2", published_at=last), post("3", published_at=never)]
    got = imported(as_parquet(tmp_path / "posts.parquet", *rows))
    assert got.posts["observed_at"].unique().to_list() == [last]


def test_one_post_seen_twice_gives_two_observations(tmp_path: Path) -> None:
    days = [FIRST + timedelta(days=n) for n in (1, 2)]
    path = as_parquet(tmp_path / "p.parquet", *(post("1", observed_at=at) for at in days))
    lake = Lake(tmp_path / "lake")
    assert store(imported(path), lake).new_posts == 2
    assert lake.days("engagement_snapshots") == [at.date() for at in days]


@pytest.mark.parametrize("write", [as_csv, as_parquet])
def test_bad_rows_are_set_aside_and_the_rest_goes_in(write: Any, tmp_path: Path) -> None:
    early = FIRST - timedelta(days=1)
    path = write(
        tmp_path / "posts.csv",
        post("1", observed_at=NOW),
        post("2", platform="myspace", observed_at=NOW),
        post("3", account="somebody.else", observed_at=NOW),
        post("", observed_at=NOW),
        post("5", likes=-1, observed_at=NOW),
        post("6", media_type="hologram", observed_at=NOW),
        post("7", published_at=datetime(1999, 1, 1, tzinfo=UTC), observed_at=NOW),
        post("8", observed_at=early),
    )
    got = imported(path)
    assert got.posts["post_id"].to_list() == ["1"]
    assert got.quarantined["field"].to_list() == [
        *("platform", "account", "post_id", "likes", "media_type", "published_at", "observed_at"),
    ]
    reasons = got.quarantined["reason"].to_list()
    assert reasons[0].startswith("unknown platform 'myspace'; known: x, ")
    assert reasons[1] == "'somebody.else' is not the account bluesky:northloom.test"
    assert "likes" in got.quarantined["raw"][3]


def test_a_text_time_without_a_zone_is_set_aside(tmp_path: Path) -> None:
    got = imported(as_csv(tmp_path / "p.csv", post("1", published_at="2026-01-01 09:00:00")))
    assert got.quarantined["reason"].to_list() == ["'2026-01-01 09:00:00' has no time zone"]


def test_of_one_id_with_other_counts_the_later_line_counts(tmp_path: Path) -> None:
    rows = [post("1", likes=5), post("2"), post("1", likes=9), post("2")]
    got = imported(as_csv(tmp_path / "p.csv", *rows))
    assert sorted(got.posts.select("post_id", "likes").rows()) == [("1", 9), ("2", 5)]
    assert got.quarantined.select("line", "field", "reason").rows() == [
        (2, "post_id", "'1' stands again with other values in p.csv, line 6, which counts")
    ]


def test_a_bad_row_does_not_overrule_a_good_one(tmp_path: Path) -> None:
    got = imported(as_parquet(tmp_path / "p.parquet", post("1"), post("1", likes=-1)))
    assert got.posts["likes"].to_list() == [5]


def test_batches_of_a_large_file_give_what_one_batch_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [post(str(n % 90), likes=n % 7 - 1) for n in range(100)]
    path = as_parquet(tmp_path / "p.parquet", *rows)
    whole = imported(path)
    monkeypatch.setattr(posts, "BATCH_ROWS", 7)
    batched = imported(path)
    key = KEYS["posts"]
    assert batched.posts.sort(key).equals(whole.posts.sort(key))
    by_line = ["line", "field", "reason", "raw"]
    assert batched.quarantined.sort(by_line).equals(whole.quarantined.sort(by_line))
    assert batched.files == whole.files
    lake, request = Lake(tmp_path / "lake"), Request(None, "northloom", NOW)
    assert ingest("posts", [path], request, lake).new_posts == whole.posts.height
    assert ingest("posts", [path], request, lake).new_posts == 0


def test_without_an_account_those_of_the_file_are_taken(tmp_path: Path) -> None:
    rows = [post("1"), post("2", account="bluesky:other.test"), post("3", account="@third.test")]
    got = imported(as_parquet(tmp_path / "p.parquet", *rows), account=None)
    assert got.posts["account"].to_list() == [
        *("bluesky:northloom.test", "bluesky:other.test", "bluesky:third.test"),
    ]


def test_whole_floats_are_counts_and_nan_is_none(tmp_path: Path) -> None:
    path = as_parquet(tmp_path / "p.parquet", post("1", likes=5.0), post("2", likes=float("nan")))
    got = imported(path)
    assert (got.posts["likes"].to_list(), got.quarantined.height) == ([5, None], 0)
    broken = imported(as_parquet(tmp_path / "q.parquet", post("1", likes=0.5)))
    assert broken.quarantined["reason"].to_list() == ["'0.5' is not a whole number"]


def test_columns_that_are_not_read_are_noted(tmp_path: Path) -> None:
    got = imported(as_csv(tmp_path / "p.csv", post("1", mood="good")))
    assert got.notes == ("p.csv: columns not read: mood",)


def test_files_that_are_no_posts_fail_before_anything_is_written(tmp_path: Path) -> None:
    good = as_parquet(tmp_path / "a.parquet", post("1"))
    naive = tmp_path / "naive.parquet"
    frame(post("1", published_at=datetime(2026, 1, 1))).write_parquet(naive)  # noqa: DTZ001
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(good.read_bytes()[:-20])
    text = tmp_path / "text.parquet"
    text.write_text("platform,account\n")
    lacking = tmp_path / "lacking.parquet"
    frame(post("1")).drop("likes").write_parquet(lacking)
    odd = tmp_path / "odd.parquet"
    frame(post("1", likes=True)).write_parquet(odd)
    lake, request = Lake(tmp_path / "lake"), Request(None, "northloom", NOW)
    for bad, said in (
        (naive, "with their zone"),
        (cut, "not Parquet, or cut off"),
        (text, "not Parquet, or cut off"),
        (lacking, "column 'likes' is missing"),
        (odd, "column 'likes' is Boolean, not int"),
    ):
        with pytest.raises(InputError, match=said):
            ingest("posts", [good, bad], request, lake)
        assert not lake.root.exists()


@pytest.mark.parametrize("files", ["one in batches", "the last of two"])
def test_damaged_rows_of_a_large_import_fail_before_anything_is_written(
    files: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "_TOGETHER", 0)
    bad = tmp_path / "bad.parquet"
    frame(*(post(f"{n}", text=f"{n * n}") for n in range(400))).write_parquet(
        bad, row_group_size=100
    )
    content = bytearray(bad.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 600] = bytes(600)
    bad.write_bytes(content)
    paths = [bad]
    if files == "one in batches":
        monkeypatch.setattr(posts, "BATCH_ROWS", 50)
    else:
        paths = [as_parquet(tmp_path / "a.parquet", post("1")), bad]
    lake, request = Lake(tmp_path / "lake"), Request(None, "northloom", NOW)

    with pytest.raises(InputError, match=r"bad\.parquet is damaged"):
        ingest("posts", paths, request, lake)

    assert not lake.root.exists()


def test_an_unknown_format_or_account_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown import format 'y'; known: posts, x-analytics"):
        read("y", [tmp_path], account=None, brand="b", now=NOW)
    with pytest.raises(InputError, match="write one like x:northloom"):
        read("posts", [tmp_path], account="northloom", brand="b", now=NOW)
    with pytest.raises(InputError, match="in the future"):
        read("posts", [], account=None, brand="b", now=NOW, observed_at=NOW + timedelta(days=1))


def test_a_post_younger_than_its_counts_is_set_aside(tmp_path: Path) -> None:
    path = as_csv(tmp_path / "p.csv", post("1"), post("2", published_at=FIRST + timedelta(days=9)))
    taken = FIRST + timedelta(days=1)
    got = read("posts", [path], account=None, brand="b", now=NOW, observed_at=taken)
    assert got.posts["post_id"].to_list() == ["1"]
    assert got.quarantined.select("field", "reason").rows() == [
        ("published_at", "lies after the time at which the counts were taken (observed-at)")
    ]
