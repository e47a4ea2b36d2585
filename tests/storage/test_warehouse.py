"""The warehouse, built by the real dbt over a small lake."""

import json
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from domain.errors import ConfigError, InputError, PolicyError, StoreError
from storage.lake import Lake
from storage.lake_tables import TABLES
from storage.warehouse import MARTS, Warehouse
from tests.parsed import copy_parsed

ACCOUNT = "x:bergquell"
PUBLISHED = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)
GRAINS = {
    "dim_account": ["platform", "account"],
    "fct_costs": ["brand", "day", "provider", "purpose"],
    "fct_engagement_snapshots": ["platform", "account", "post_id", "metric", "observed_at"],
    "fct_hourly_engagement": ["platform", "account", "local_weekday", "local_hour"],
    "fct_post_performance": ["platform", "account", "post_id"],
}


def rows(table: str, *records: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(records), schema=TABLES[table])


def post(post_id: str, **fields: object) -> dict[str, object]:
    published = fields.setdefault("published_at", PUBLISHED)
    return {
        "platform": "x",
        "account": ACCOUNT,
        "post_id": post_id,
        "text": f"post {post_id}",
        "media_type": "text",
        "observed_at": published,
        "is_reply": False,
        "is_repost": False,
        "source": "api",
        **fields,
    }


def snapshot(
    post_id: str, metric: str, value: int | None, *, age_hours: float
) -> dict[str, object]:
    return {
        "platform": "x",
        "account": ACCOUNT,
        "post_id": post_id,
        "metric": metric,
        "value": value,
        "observed_at": PUBLISHED + timedelta(hours=age_hours),
        "source_metric": f"{metric}_count",
        "api_version": "2",
    }


def fill(lake: Lake) -> None:
    export_at = PUBLISHED + timedelta(hours=24)
    lake.replace(
        "posts",
        rows(
            "posts",
            post("polled", followers=100),
            post("unseen"),
            post("exported", observed_at=export_at, likes=7, source="x-analytics"),
            post("reply", is_reply=True, likes=1000),
            post("later", published_at=PUBLISHED + timedelta(hours=2), likes=4, comments=1),
        ),
        day=date(2026, 3, 28),
    )
    again = post(
        "polled", observed_at=export_at, followers=130, likes=22, text="post polled, edited"
    )
    lake.replace("posts", rows("posts", again), day=date(2026, 3, 29))
    lake.replace(
        "engagement_snapshots",
        rows(
            "engagement_snapshots",
            snapshot("polled", "likes", 3, age_hours=0.9),
            snapshot("polled", "likes", 5, age_hours=1.3),
            snapshot("polled", "likes", 20, age_hours=24.0),
            snapshot("polled", "comments", 4, age_hours=23.9),
            snapshot("polled", "likes", 30, age_hours=150.0),
            snapshot("unknown", "likes", 1, age_hours=1.0),
        ),
        day=date(2026, 3, 29),
    )
    booked = {"brand": "bergquell", "provider": "openai", "purpose": "draft"}
    first = {"id": "1", "reserved_cents": 2.0, "settled_cents": 1.5, "settled_at": PUBLISHED}
    second = {"id": "2", "reserved_cents": 4.0}
    lake.replace(
        "costs",
        rows("costs", *({**booked, "reserved_at": PUBLISHED, **cost} for cost in (first, second))),
    )
    owned = {"account": ACCOUNT, "brand": "bergquell", "platform": "x", "handle": "bergquell"}
    lake.replace(
        "accounts",
        rows("accounts", {**owned, "time_zone": "Europe/Berlin", "loaded_at": PUBLISHED}),
    )


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory, parsed_home: Path) -> Warehouse:
    home = tmp_path_factory.mktemp("home")
    copy_parsed(parsed_home, home)
    built = Warehouse(home / "warehouse", Lake(home / "lake"))
    fill(built.lake)
    built.build(unit_tests=True)
    return built


def performance(warehouse: Warehouse, post_id: str) -> dict[str, object]:
    return warehouse.read("fct_post_performance").row(
        by_predicate=pl.col("post_id") == post_id, named=True
    )


@pytest.mark.parametrize("name", MARTS)
def test_a_mart_holds_one_row_per_key(warehouse: Warehouse, name: str) -> None:
    frame = warehouse.read(name)

    assert frame.height > 0
    assert frame.height == frame.select(GRAINS[name]).unique().height


def test_a_count_is_taken_from_the_snapshot_nearest_to_the_age(warehouse: Warehouse) -> None:
    found = performance(warehouse, "polled")

    assert tuple(found[f"engagement_{age}"] for age in ("1h", "24h", "7d", "latest")) == (
        3,
        24,
        None,
        34,
    )


def test_the_same_observation_from_two_sources_counts_as_polled(warehouse: Warehouse) -> None:
    """The posts table says 22 likes at 24 h, the snapshot of the same instant says 20."""
    polled = performance(warehouse, "polled")
    assert (20, None) == (polled["likes_24h"], polled["likes_7d"])


def test_a_metric_nobody_gave_stays_null(warehouse: Warehouse) -> None:
    found = performance(warehouse, "polled")

    assert (None, None) == (found["shares_latest"], found["impressions_latest"])


def test_a_post_nobody_measured_has_null_engagement_and_not_zero(warehouse: Warehouse) -> None:
    assert performance(warehouse, "unseen")["engagement_latest"] is None


def test_an_export_of_lifetime_counts_fills_only_the_latest(warehouse: Warehouse) -> None:
    found = performance(warehouse, "exported")

    assert (None, 7) == (found["engagement_24h"], found["engagement_latest"])


def test_a_post_seen_twice_keeps_its_last_text_and_its_first_followers(
    warehouse: Warehouse,
) -> None:
    found = performance(warehouse, "polled")

    assert ("post polled, edited", 100) == (found["text"], found["followers"])


def test_a_snapshot_of_an_unknown_post_is_kept_without_an_age(warehouse: Warehouse) -> None:
    found = warehouse.read("fct_engagement_snapshots").filter(pl.col("post_id") == "unknown")

    assert [(1, None)] == found.select("value", "age_hours").rows()


def test_hours_are_local_on_both_sides_of_the_change_to_summer_time(warehouse: Warehouse) -> None:
    """23:30 UTC is 00:30 in Berlin; two hours later the clocks show 03:30, not 02:30."""
    hours = warehouse.read("fct_hourly_engagement").sort("local_hour")

    assert hours.select("local_weekday", "local_hour", "posts", "posts_measured").rows() == [
        (6, 0, 3, 2),
        (6, 3, 1, 1),
    ]


def test_replies_do_not_count_for_an_hour(warehouse: Warehouse) -> None:
    hours = warehouse.read("fct_hourly_engagement").sort("local_hour")

    assert [20.5, 5.0] == hours["mean_engagement_latest"].to_list()


def test_an_account_knows_its_brand_zone_and_last_followers(warehouse: Warehouse) -> None:
    account = warehouse.read("dim_account").row(0, named=True)

    assert tuple(account[name] for name in ("brand", "time_zone", "posts", "followers")) == (
        "bergquell",
        "Europe/Berlin",
        5,
        130,
    )


def test_an_open_booking_counts_what_was_set_aside(warehouse: Warehouse) -> None:
    day = warehouse.read("fct_costs").row(0, named=True)

    assert (date(2026, 3, 28), 2, 1, 5.5) == tuple(
        day[name] for name in ("day", "bookings", "open_bookings", "spent_cents")
    )


def test_a_described_column_has_the_type_it_has_in_the_file(warehouse: Warehouse) -> None:
    manifest = json.loads(warehouse.manifest().read_text())
    described = {
        name: {
            column["name"]: column["data_type"]
            for column in manifest["nodes"][f"model.amsel.{name}"]["columns"].values()
        }
        for name in MARTS
    }
    built = {
        name: {
            column: kind.lower().replace("timestamp with time zone", "timestamptz")
            for column, kind in warehouse.query(f"describe {name}")
            .select("column_name", "column_type")
            .iter_rows()
        }
        for name in MARTS
    }

    assert built == described


def test_the_manifest_is_parsed_once(warehouse: Warehouse) -> None:
    first = warehouse.manifest().stat().st_mtime_ns

    assert first == warehouse.manifest().stat().st_mtime_ns


def test_an_empty_lake_builds_empty_typed_marts(parsed_home: Path, tmp_path: Path) -> None:
    empty = Warehouse(tmp_path / "warehouse", Lake(tmp_path / "lake"))
    copy_parsed(parsed_home, tmp_path)

    empty.build()

    assert [empty.read(name).height for name in MARTS] == [0] * len(MARTS)
    assert pl.Datetime("us", "UTC") == empty.read("fct_post_performance").schema["published_at"]


def test_a_failed_data_test_leaves_the_old_marts(parsed_home: Path, tmp_path: Path) -> None:
    broken = Warehouse(tmp_path / "warehouse", Lake(tmp_path / "lake"))
    copy_parsed(parsed_home, tmp_path)
    fill(broken.lake)
    broken.prepare()
    (broken.root / "marts" / "fct_costs.parquet").write_bytes(b"as it was")
    broken.lake.replace("posts", rows("posts", post("bad", likes=-1)), day=date(2026, 3, 30))

    with pytest.raises(StoreError, match="not_negative"):
        broken.build()

    assert b"as it was" == (broken.root / "marts" / "fct_costs.parquet").read_bytes()


def test_a_reader_never_fails_while_marts_are_published(warehouse: Warehouse) -> None:
    expected = warehouse.read("fct_post_performance").height
    done = threading.Event()

    def keep_publishing() -> None:
        while not done.is_set():
            warehouse.publish()

    writer = threading.Thread(target=keep_publishing)
    writer.start()
    try:
        read = {warehouse.read("fct_post_performance").height for _ in range(300)}
        query = "select count(*) as posts from fct_post_performance where text is not null"
        queried = {warehouse.query(query)["posts"][0] for _ in range(50)}
    finally:
        done.set()
        writer.join()

    assert (read, queried) == ({expected}, {expected})
    assert len(MARTS) == len(list((warehouse.root / "marts").iterdir()))


def test_a_mart_that_was_never_built_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="materialize"):
        Warehouse(tmp_path / "warehouse", Lake(tmp_path / "lake")).read("dim_account")


def test_an_unknown_mart_is_answered_with_the_marts_there_are(warehouse: Warehouse) -> None:
    with pytest.raises(StoreError, match="fct_costs"):
        warehouse.read("fct_nothing")


def test_a_folder_that_looks_like_a_pattern_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="AMSEL_HOME"):
        Warehouse(tmp_path / "a*b", Lake(tmp_path / "lake"))


def test_a_query_joins_the_lake_with_a_mart(warehouse: Warehouse) -> None:
    found = warehouse.query(
        """
        with edited as (select post_id from posts where text like '%edited')
        select post_id, engagement_24h from fct_post_performance inner join edited using (post_id)
        """
    )

    assert [("polled", 24)] == found.rows()


def test_a_query_of_a_table_without_files_has_its_columns(tmp_path: Path) -> None:
    found = Warehouse(tmp_path / "warehouse", Lake(tmp_path / "lake")).query("from quarantine")

    assert (found.height, found.columns) == (0, list(TABLES["quarantine"]))


def test_instants_come_back_in_utc(warehouse: Warehouse) -> None:
    found = warehouse.query("select max(published_at) as at from posts")

    assert PUBLISHED + timedelta(hours=2) == found["at"][0]
    assert pl.Datetime("us", "UTC") == found.schema["at"]


def test_a_derived_table_of_the_lake_can_be_queried(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    lake.replace("best_slots", pl.DataFrame({"slot": [3]}))

    found = Warehouse(tmp_path / "warehouse", lake).query("select slot from best_slots")

    assert [(3,)] == found.rows()


@pytest.mark.parametrize(
    "sql",
    [
        "insert into posts select * from posts",
        "create table t as select 1",
        "drop view posts",
        "copy posts to '{folder}/stolen.csv'",
        "with x as (copy posts to '{folder}/stolen.csv') select * from x",
        "with x as (insert into posts select * from posts) select 1",
        "with x as (delete from posts) select 1",
        "select * from read_text('/etc/passwd')",
        "select * from read_csv('/etc/passwd')",
        "select * from (select (select count(*) from read_blob('/etc/passwd')))",
        "select * from read_parquet('{folder}/secret.parquet')",
        "from '{folder}/secret.parquet'",
        "from 'https://example.org/x.parquet'",
        "select * from glob('/etc/*')",
        "from query('copy posts to ''{folder}/stolen.csv''')",
        "from arrow_scan(1::pointer, 2::pointer, 3::pointer)",
        "attach '{folder}/other.duckdb'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "pragma database_list",
        "call pragma_version()",
    ],
)
def test_a_query_that_does_more_than_read_tables_is_refused(
    warehouse: Warehouse, tmp_path: Path, sql: str
) -> None:
    pl.DataFrame({"secret": [1]}).write_parquet(tmp_path / "secret.parquet")

    with pytest.raises(PolicyError):
        warehouse.query(sql.format(folder=tmp_path))

    assert ["secret.parquet"] == [file.name for file in tmp_path.iterdir()]


@pytest.mark.parametrize("sql", ["from '/etc/passwd'", "from sekrit", "from warehouse", "from sql"])
def test_an_unknown_table_is_answered_with_the_tables_there_are(
    warehouse: Warehouse, sql: str
) -> None:
    with pytest.raises(InputError, match=r"dim_account.*fct_costs.*posts"):
        warehouse.query(sql)


@pytest.mark.parametrize("sql", ["", "select", "select 1; select 2", "select nothing from posts"])
def test_sql_that_is_wrong_is_an_input_error(warehouse: Warehouse, sql: str) -> None:
    with pytest.raises(InputError):
        warehouse.query(sql)


@pytest.mark.parametrize("table", ["trends", "slot_effects"])
def test_a_broken_file_is_named(tmp_path: Path, table: str) -> None:
    lake = Lake(tmp_path / "lake")
    (lake.root / table).mkdir(parents=True)
    (lake.root / table / "part-0.parquet").write_bytes(b"not parquet")

    with pytest.raises(StoreError, match=f"{table}/part-0.parquet"):
        Warehouse(tmp_path / "warehouse", lake).query(f"from {table}")
