"""The warehouse: dbt models over the lake, built in DuckDB and exported as Parquet for readers."""

import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl

from domain.errors import ConfigError, StoreError
from storage.dbt import DbtRun, run_dbt
from storage.lake import Lake
from storage.lake_tables import TABLES
from storage.readonly_sql import run_read_only

DBT_PROJECT = Path(__file__).resolve().parents[1] / "dbt"
"""The dbt project; profiles.yml lies in the same folder."""

SOURCES = ("posts", "engagement_snapshots", "costs", "accounts")
"""The lake tables that the dbt models read."""

MARTS = (
    "dim_account",
    "fct_costs",
    "fct_engagement_snapshots",
    "fct_hourly_engagement",
    "fct_post_performance",
)
"""The dbt models that readers see."""

BUILD = ("build", "--exclude-resource-type", "unit_test")
"""The dbt command that builds and tests the models. Unit tests judge the SQL and not the data,
so they belong to the tests and not into every build."""

SPARE = ("--quiet", "--no-write-json", "--log-level-file", "info")
"""What a build need not write: a tenth of its time goes into it."""

PARSED = "partial_parse.msgpack"
"""What dbt keeps of its last parsing."""


def dbt_target(home: Path) -> Path:
    """Where dbt keeps its manifest and what it parsed; `home` is the folder `AMSEL_HOME`."""
    return home.resolve() / "warehouse" / "target"


class Warehouse:
    """The dbt models of one home folder.

    dbt writes into one DuckDB file, which locks out every other process, readers too. So nobody
    reads that file: after a build whose tests passed, `publish` copies the marts to Parquet
    files, and readers meet only those.

    Args:
        root: the warehouse's own folder, `AMSEL_HOME/warehouse`.
        lake: the tables that the models read.

    Raises:
        ConfigError: the path holds a character that DuckDB takes as a pattern.
    """

    def __init__(self, root: Path, lake: Lake) -> None:
        self.root = root.resolve()
        self.lake = lake
        for path in (self.root, self.lake.root.resolve()):
            if set("*?[]{}'\"\n") & set(str(path)):
                raise ConfigError(
                    f"the folder {path} has a quote, bracket or wildcard in its name, which DuckDB "
                    "would take as a pattern; set AMSEL_HOME to a folder without them"
                )

    @property
    def environment(self) -> dict[str, str]:
        """What dbt needs in its environment to find the stores and to keep the checkout clean."""
        return {
            "AMSEL_LAKE": str(self.lake.root.resolve()),
            "AMSEL_WAREHOUSE": str(self.root),
            "DBT_TARGET_PATH": str(self._target),
            "DBT_LOG_PATH": str(self.root / "logs"),
            "DBT_PROJECT_DIR": str(DBT_PROJECT),
            "DBT_PROFILES_DIR": str(DBT_PROJECT),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }

    def prepare(self) -> None:
        """Make the folders, and one file without rows per source, which gives the columns' types.

        Every run does it first. The lake itself stays as it is.

        Raises:
            StoreError: the disk refuses.
        """
        try:
            for folder in ("sources", "marts"):
                (self.root / folder).mkdir(parents=True, exist_ok=True)
            for table in SOURCES:
                path = self.root / "sources" / f"{table}.parquet"
                temporary = _beside(path)
                pl.DataFrame(schema=TABLES[table]).write_parquet(temporary)
                temporary.replace(path)
        except OSError as error:
            raise _refused(self.root, error) from error

    def build(self, *, unit_tests: bool = False) -> None:
        """Run and test every dbt model, then publish the marts.

        Args:
            unit_tests: also run dbt's unit tests of the SQL.

        Raises:
            StoreError: a model or a data test failed, or another process holds the DuckDB file;
                the marts stay as they were.
        """
        self.run(unit_tests=unit_tests).must_have_succeeded()
        self.publish()

    def run(self, *selection: str, unit_tests: bool = False) -> DbtRun:
        """Run and test dbt models, and publish nothing.

        Args:
            selection: dbt's own arguments that choose models and tests; without any, all.
            unit_tests: also run dbt's unit tests of the SQL.

        Raises:
            StoreError: the disk refuses.
        """
        self.prepare()
        parsed, known = self._target / PARSED, self.build_target / PARSED
        if parsed.exists() and not known.exists():
            known.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(parsed, known)
        command = BUILD[:1] if unit_tests else BUILD
        own = self.environment | {"DBT_TARGET_PATH": str(self.build_target)}
        return run_dbt(*command, *SPARE, *selection, environment=own)

    @property
    def build_target(self) -> Path:
        """Where builds leave what dbt writes, away from the manifest that others read."""
        return self._target / "build"

    def manifest(self) -> Path:
        """The dbt manifest, which tells Dagster what the models are; parsed anew if models changed.

        Raises:
            StoreError: the dbt project cannot be parsed, or the disk refuses.
        """
        path = self._target / "manifest.json"
        patterns = ("*.yml", "macros/**/*.*", "models/**/*.*", "tests/**/*.*")
        written = [file for pattern in patterns for file in DBT_PROJECT.glob(pattern)]
        changed = max(file.stat().st_mtime for file in written)
        if path.exists() and path.stat().st_mtime > changed:
            return path
        fresh = path.with_name(f"parse-{uuid.uuid4().hex}")
        try:
            fresh.mkdir(parents=True)
            own = self.environment | {"DBT_TARGET_PATH": str(fresh)}
            run_dbt("parse", "--quiet", environment=own).must_have_succeeded()
            # several Dagster processes may start at once: each sees a whole manifest
            for name in (PARSED, "manifest.json"):
                (fresh / name).replace(path.with_name(name))
        except OSError as error:
            raise _refused(self.root, error) from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return path

    def publish(self) -> None:
        """Copy every built mart to `marts/<name>.parquet`, each replaced atomically.

        The copies are all written beside their places first and renamed last: a reader meets an
        old file or a new one, never a half, and a failure leaves all the old ones. (dbt-duckdb's
        `external` models would write in place, and before their tests have passed.)

        Raises:
            StoreError: nothing is built yet, another process holds the DuckDB file, or the disk
                refuses.
        """
        copies = {name: _beside(self._mart(name)) for name in MARTS}
        try:
            (self.root / "marts").mkdir(parents=True, exist_ok=True)
            with duckdb.connect(self.root / "amsel.duckdb", read_only=True) as connection:
                connection.execute("set TimeZone = 'UTC'")
                for name, copy in copies.items():
                    connection.table(name).write_parquet(str(copy), compression="zstd")
            for name, copy in copies.items():
                copy.replace(self._mart(name))
        except (OSError, duckdb.Error) as error:
            raise _refused(self.root, error) from error
        finally:
            for copy in copies.values():
                copy.unlink(missing_ok=True)

    def heights(self, models: Sequence[str]) -> dict[str, int]:
        """How many rows each of these models has, by its name, as the last run built it.

        Raises:
            StoreError: one of them is not built, or another process holds the DuckDB file.
        """
        if not models:
            return {}
        try:
            with duckdb.connect(self.root / "amsel.duckdb", read_only=True) as connection:
                return {name: len(connection.table(name)) for name in models}
        except duckdb.Error as error:
            raise _refused(self.root, error) from error

    def read(self, name: str) -> pl.DataFrame:
        """All rows of a mart, as of the last time that it was published.

        Raises:
            StoreError: there is no such mart, or it was never published.
        """
        if name not in MARTS:
            raise StoreError(f"there is no mart {name!r}; there are {', '.join(MARTS)}")
        try:
            # one open file from footer to last row: the name may point to a new file in between
            with self._mart(name).open("rb") as file:
                return pl.read_parquet(file)
        except FileNotFoundError as error:
            raise StoreError(
                f"the mart {name!r} is not built yet; materialize the warehouse group, "
                "or run `make demo`"
            ) from error

    def has(self, name: str) -> bool:
        """Whether that mart was ever published."""
        return self._mart(name).exists()

    def query(self, sql: str) -> pl.DataFrame:
        """The rows of one SELECT over the lake's tables and the marts, by their names.

        Raises:
            PolicyError: the statement would write, or reach for a file or the network.
            InputError: the statement is not valid SQL, or names a table that there is not.
        """
        tables: dict[str, list[Path]] = {name: [] for name in TABLES}
        for file in sorted(self.lake.root.glob("*/**/part-*.parquet")):
            tables.setdefault(file.relative_to(self.lake.root).parts[0], []).append(file)
        tables |= {name: [self._mart(name)] for name in MARTS if self._mart(name).exists()}
        return run_read_only(sql, tables=tables)

    @property
    def _target(self) -> Path:
        return self.root / "target"

    def _mart(self, name: str) -> Path:
        return self.root / "marts" / f"{name}.parquet"


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")


def _refused(root: Path, error: Exception) -> StoreError:
    return StoreError(
        f"the warehouse under {root} cannot be written or read: {error}; if another build holds "
        "the file wait for it, otherwise free disk space, mend permissions, and build again"
    )
