"""A full disk: a clear error, what was there before still readable, and nothing half-written.

A limit on the size of files stands in for the disk, in a process of its own: the kernel refuses the
write that would pass it, as it does where no room is left.
"""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from storage.lake import Lake
from storage.lake_tables import TABLES
from storage.warehouse import MARTS, Warehouse
from tests.parsed import copy_parsed
from tests.sandboxes import begun

DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MANY = 30_000
"""Posts that need more room than a warehouse of a hundred has."""

PROGRAM = """
import resource, sys
from pathlib import Path
import polars as pl
from domain.errors import StoreError
from storage.lake import Lake
from storage.lake_tables import DAY_COLUMNS, KEYS
from storage.warehouse import Warehouse
from tests.storage.test_disk_full import DAY, posts
root, room = Path(sys.argv[1]), int(sys.argv[2])
lake = Lake(root / "lake")
warehouse = Warehouse(root / "warehouse", lake)
key, day_column = KEYS["posts"], DAY_COLUMNS["posts"]
more = posts(range(100, 10_000))
resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
try:
    {attempt}
except StoreError as error:
    print(error)
"""


def posts(numbers: range) -> pl.DataFrame:
    rows = [
        {
            "platform": "x",
            "account": "x:bergquell",
            "post_id": f"{number * 7919 % 1_000_003}",
            "published_at": NOON,
            "text": f"{number**5:x} {number**7:x}",
            "media_type": "text",
            "likes": number,
            "observed_at": NOON,
            "is_reply": False,
            "is_repost": False,
            "source": "posts",
        }
        for number in numbers
    ]
    return pl.DataFrame(rows, schema=TABLES["posts"])


def attempt(root: Path, what: str, *, room: int) -> str:
    """What the error said of an attempt with room for so many bytes in a file."""
    said = root / "said.txt"
    program = begun(PROGRAM.format(attempt=what), [str(root), str(room)], os.environ, said)
    program.join()
    assert 0 == program.exitcode, said.read_text()
    return said.read_text()


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")


@pytest.mark.parametrize(
    "what",
    [
        'lake.replace("posts", more, day=DAY)',
        'lake.merge("posts", more, key=key, day_column=day_column)',
    ],
    ids=["replace", "merge"],
)
def test_a_full_disk_leaves_the_old_partition_of_the_lake(tmp_path: Path, what: str) -> None:
    lake, old = Lake(tmp_path / "lake"), posts(range(100))
    lake.replace("posts", old, day=DAY)
    before = files(lake.root)

    said = attempt(tmp_path, what, room=40_000)

    assert "lake table 'posts' cannot be written" in said
    assert "free disk space" in said
    assert (before, True) == (files(lake.root), lake.read("posts").equals(old))
    lake.replace("posts", posts(range(200)), day=DAY)
    assert 200 == lake.read("posts").height


def test_a_full_disk_leaves_the_old_marts_and_a_warehouse_that_can_be_built_again(
    tmp_path: Path, parsed_home: Path
) -> None:
    copy_parsed(parsed_home, tmp_path)
    lake = Lake(tmp_path / "lake")
    warehouse = Warehouse(tmp_path / "warehouse", lake)
    lake.replace("posts", posts(range(100)), day=DAY)
    warehouse.build()
    marts = warehouse.root / "marts"
    before = files(marts)
    lake.replace("posts", posts(range(MANY)), day=DAY)

    room = (warehouse.root / "amsel.duckdb").stat().st_size
    for what in ("warehouse.build()", "warehouse.publish()"):
        said = attempt(tmp_path, what, room=room if what == "warehouse.build()" else 1000)
        assert "disk" in said, said
        assert {f"{name}.parquet" for name in MARTS} == {path.name for path in files(marts)}
        assert (before, 100) == (files(marts), warehouse.read("fct_post_performance").height)

    warehouse.build()
    assert MANY == warehouse.read("fct_post_performance").height
