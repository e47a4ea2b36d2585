"""The lake: atomic files, keys that stand once, writers that die or meet a full disk."""

import os
import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import StoreError
from storage.lake import Lake
from storage.lake_tables import DAY_COLUMNS, KEYS, TABLES

ROOT = Path(__file__).parents[2]


def snapshots(*rows: tuple[str, int, datetime]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "platform": "x",
                "account": "x:northloom",
                "post_id": post_id,
                "metric": "likes",
                "value": value,
                "observed_at": at,
                "source_metric": "likes",
                "api_version": "2",
            }
            for post_id, value, at in rows
        ],
        schema=TABLES["engagement_snapshots"],
    )


def merge(lake: Lake, frame: pl.DataFrame, table: str = "engagement_snapshots") -> int:
    return lake.merge(table, frame, key=KEYS[table], day_column=DAY_COLUMNS[table])


def bytes_of(root: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(file.relative_to(root)): (file.read_bytes(), file.stat().st_mtime_ns)
        for file in root.rglob("*.parquet")
    }


MONDAY = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


def test_a_known_table_that_was_never_written_is_empty_with_its_columns(lake: Lake) -> None:
    assert lake.read("posts").schema == pl.Schema(TABLES["posts"])
    assert not lake.exists("posts")


def test_an_unknown_table_is_refused(lake: Lake) -> None:
    with pytest.raises(StoreError, match="there is no lake table 'feature'"):
        lake.read("feature")


def test_a_table_name_cannot_leave_the_lake(lake: Lake) -> None:
    with pytest.raises(StoreError, match="not a table name"):
        lake.replace("../ledger", pl.DataFrame({"a": [1]}))


def test_merging_partitions_by_utc_day(lake: Lake) -> None:
    assert merge(lake, snapshots(("1", 5, MONDAY), ("1", 6, TUESDAY))) == 2
    assert lake.days("engagement_snapshots") == [date(2026, 3, 2), date(2026, 3, 3)]
    path = lake.root / "engagement_snapshots" / "day=2026-03-02" / "part-0.parquet"
    assert pl.read_parquet(path)["value"].to_list() == [5]


def test_reading_since_and_until_includes_both_days(lake: Lake) -> None:
    wednesday = datetime(2026, 3, 4, 12, tzinfo=UTC)
    merge(lake, snapshots(("1", 5, MONDAY), ("1", 6, TUESDAY), ("1", 7, wednesday)))
    day = date(2026, 3, 3)
    rows = lake.read("engagement_snapshots", since=day, until=day)
    assert rows["value"].to_list() == [6]
    none = lake.read("engagement_snapshots", since=date(2027, 1, 1))
    assert (none.height, none.schema) == (0, pl.Schema(TABLES["engagement_snapshots"]))


def test_days_are_not_asked_of_a_table_without_days(lake: Lake) -> None:
    lake.replace("features", pl.DataFrame({"a": [1]}))
    with pytest.raises(StoreError, match="not partitioned by day"):
        lake.read("features", since=date(2026, 1, 1))


def test_merging_the_same_rows_twice_changes_no_byte(lake: Lake) -> None:
    frame = snapshots(("1", 5, MONDAY), ("2", 6, TUESDAY))
    assert merge(lake, frame) == 2
    before = bytes_of(lake.root)
    assert merge(lake, frame) == 0
    assert bytes_of(lake.root) == before


def test_a_row_that_is_there_keeps_its_value(lake: Lake) -> None:
    merge(lake, snapshots(("1", 5, MONDAY)))
    assert merge(lake, snapshots(("1", 9, MONDAY), ("2", 7, MONDAY))) == 1
    assert lake.read("engagement_snapshots").sort("post_id")["value"].to_list() == [5, 7]


def test_of_two_rows_with_one_key_the_last_counts(lake: Lake) -> None:
    assert merge(lake, snapshots(("1", 5, MONDAY), ("1", 9, MONDAY))) == 1
    assert lake.read("engagement_snapshots")["value"].to_list() == [9]


def test_large_merges_add_parts_and_stay_deduplicated(lake: Lake) -> None:
    def ids(first: int) -> pl.DataFrame:
        return (
            snapshots(("0", 1, MONDAY))
            .drop("post_id")
            .join(
                pl.DataFrame({"post_id": [str(i) for i in range(first, first + 400_000)]}),
                how="cross",
            )
            .select(*TABLES["engagement_snapshots"])
        )

    assert merge(lake, ids(0)) == 400_000
    assert merge(lake, ids(200_000)) == 200_000
    parts = sorted(p.name for p in lake.root.rglob("*.parquet"))
    assert parts == ["part-0.parquet", "part-1.parquet"]
    assert lake.read("engagement_snapshots")["post_id"].n_unique() == 600_000
    with pytest.raises(StoreError, match="several parts"):
        lake.replace("engagement_snapshots", ids(0), day=MONDAY.date())


def test_empty_fields_are_equal_keys_in_the_quarantine(lake: Lake) -> None:
    row = pl.DataFrame(
        {"file": ["a.csv"], "line": [3], "field": [None], "reason": ["r"], "raw": [None]}
        | {"format": ["posts"]},
        schema=TABLES["quarantine"],
    )
    assert [merge(lake, row, "quarantine"), merge(lake, row, "quarantine")] == [1, 0]


@settings(max_examples=30, deadline=None)
@given(
    batches=st.lists(
        st.lists(st.tuples(st.integers(0, 6), st.integers(0, 60)), max_size=8), max_size=5
    )
)
def test_whatever_the_batches_each_key_is_kept_once(
    batches: list[list[tuple[int, int]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    lake = Lake(tmp_path_factory.mktemp("lake"))
    added = sum(
        merge(
            lake,
            snapshots(*((str(i), n, datetime(2026, 1, 1 + h // 24, h % 24, tzinfo=UTC))
                        for n, (i, h) in enumerate(batch))),
        )
        for batch in batches
    )  # fmt: skip
    expected = {key for batch in batches for key in batch}
    assert (added, lake.read("engagement_snapshots").height) == (len(expected), len(expected))


def test_a_naive_or_foreign_zone_is_refused(lake: Lake) -> None:
    for dtype in (pl.Datetime("us"), pl.Datetime("us", "Europe/Berlin"), pl.Datetime("ms", "UTC")):
        with pytest.raises(StoreError, match=r'Datetime\("us", "UTC"\)'):
            lake.replace("features", pl.DataFrame(schema={"at": dtype}))


def test_a_frame_of_another_shape_is_refused_with_the_columns_named(lake: Lake) -> None:
    frame = snapshots(("1", 5, MONDAY)).drop("metric").with_columns(pl.col("value").cast(pl.String))
    with pytest.raises(StoreError, match=r"'metric': 'absent'.*'value': 'String'"):
        merge(lake, frame)


def test_a_row_without_a_day_is_refused(lake: Lake) -> None:
    frame = snapshots(("1", 5, MONDAY)).with_columns(
        observed_at=pl.lit(None, TABLES["engagement_snapshots"]["observed_at"])
    )
    with pytest.raises(StoreError, match="observed_at is empty"):
        merge(lake, frame)


def test_a_broken_file_is_named_with_what_to_do(lake: Lake) -> None:
    lake.replace("features", pl.DataFrame({"a": [1]}))
    (lake.root / "features" / "part-0.parquet").write_bytes(b"no parquet")
    with pytest.raises(StoreError, match="move the broken file away"):
        lake.read("features")


def test_a_killed_writer_leaves_the_old_partition(lake: Lake) -> None:
    day = date(2026, 3, 2)
    old = pl.DataFrame({"a": [1, 2, 3]})
    lake.replace("numbers", old, day=day)
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, datetime, polars as pl\n"
            "from pathlib import Path\n"
            "from storage.lake import Lake\n"
            "frame = pl.select(a=pl.int_range(12_000_000)).with_columns(pl.col('a').shuffle(1))\n"
            "Lake(Path(sys.argv[1])).replace('numbers', frame, day=datetime.date(2026, 3, 2))\n",
            str(lake.root),
        ],
        cwd=ROOT,
    )
    try:
        deadline = time.monotonic() + 60
        while not (halves := [f for f in lake.root.rglob(".*.tmp") if f.stat().st_size]):
            assert time.monotonic() < deadline
            time.sleep(0.001)
    finally:
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    assert halves[0].exists(), "the writer was killed before it was done"
    assert lake.read("numbers").equals(old)
    new = pl.DataFrame({"a": [4]})
    lake.replace("numbers", new, day=day)
    assert lake.read("numbers").equals(new)
    assert list(lake.root.rglob(".*.tmp")) == []


def test_a_full_disk_leaves_the_old_partition_and_no_litter(lake: Lake) -> None:
    merge(lake, snapshots(("1", 5, MONDAY)))
    before = bytes_of(lake.root)
    many = snapshots(*((os.urandom(8).hex(), n, MONDAY) for n in range(20_000)))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(StoreError, match="free disk space"):
            merge(lake, many)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert bytes_of(lake.root) == before
    assert list(lake.root.rglob(".*.tmp")) == []
    assert merge(lake, many) == 20_000


def test_two_writers_of_one_partition_lose_nothing(lake: Lake) -> None:
    program = (
        "import sys, datetime, polars as pl\n"
        "from pathlib import Path\n"
        "from storage.lake import Lake\n"
        "at = datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC)\n"
        "lake = Lake(Path(sys.argv[1]))\n"
        "for n in range(20):\n"
        "    frame = pl.DataFrame({'id': [f'{sys.argv[2]}-{n}'], 'at': [at]})\n"
        "    frame = frame.cast({'at': pl.Datetime('us', 'UTC')})\n"
        "    lake.merge('things', frame, key=['id'], day_column='at')\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(lake.root), name], cwd=ROOT)
        for name in ("a", "b")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert lake.read("things")["id"].n_unique() == 40


def test_merging_into_many_days_adds_to_each_what_it_lacks(lake: Lake) -> None:
    days = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in range(1, 25)]
    first = snapshots(*((f"{n}", 1, at) for at in days[:20] for n in range(5)))
    second = snapshots(*((f"{n}", 2, at) for at in days for n in range(3, 7)))
    assert 20 * 5 == merge(lake, first)
    assert 20 * 2 + 4 * 4 == merge(lake, second)
    kept = lake.read("engagement_snapshots")
    assert 20 * 5 + 20 * 2 + 4 * 4 == kept.height == kept.unique(["post_id", "observed_at"]).height
    assert 20 * 5 == (kept["value"] == 1).sum()
    before = bytes_of(lake.root)
    assert 0 == merge(lake, pl.concat([first, second]))
    assert before == bytes_of(lake.root)


def verdict_rows(*posts: str) -> pl.DataFrame:
    return pl.DataFrame({"post_id": posts, "rule": ["length"] * len(posts)})


def test_a_table_is_replaced_piece_by_piece(lake: Lake) -> None:
    lake.replace_in_pieces("draft_verdicts", iter([verdict_rows("old")]))
    pieces = (verdict_rows("a", "b"), verdict_rows("c"), verdict_rows("d"))
    lake.replace_in_pieces("draft_verdicts", iter(pieces))

    assert ["a", "b", "c", "d"] == lake.read("draft_verdicts")["post_id"].to_list()
    files = {file.name for file in (lake.root / "draft_verdicts").iterdir()}
    assert {"part-0.parquet", ".lock"} == files


def test_where_a_piece_fails_the_old_rows_stay(lake: Lake) -> None:
    def pieces():
        yield verdict_rows("a")
        yield verdict_rows("b")
        raise StoreError("the ledger is gone")

    lake.replace_in_pieces("draft_verdicts", iter([verdict_rows("old")]))
    with pytest.raises(StoreError, match="gone"):
        lake.replace_in_pieces("draft_verdicts", pieces())
    assert ["old"] == lake.read("draft_verdicts")["post_id"].to_list()
    assert 2 == sum(1 for _ in (lake.root / "draft_verdicts").iterdir())
