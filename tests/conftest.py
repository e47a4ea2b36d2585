"""What every test may ask for: databases of its own, the shared data, and a world without keys."""

import gc
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from xdist.remote import Producer

from runtime.settings import Settings
from storage.ledger.database import Ledger
from tests import compiled
from tests.overheard import FOLDER
from tests.postgres import postgres, roomy_base
from tests.sandboxes import launched
from tests.specs import specs_folder
from tests.workers import LoadFolderScheduling, turn

ROOT = Path(__file__).resolve().parent.parent
DATABASES = count(1)

# a test never meets a real account, the developer's own settings or somebody's telemetry
PRIVATE = re.compile(
    r"^(AMSEL_(?!SHARED$)|DAGSTER_|OPENAI_|ANTHROPIC_|PG[A-Z]+$)|_(API_KEY|TOKEN|SECRET|PASSWORD)$"
)
for variable in [name for name in os.environ if PRIVATE.search(name)]:
    del os.environ[variable]
Settings.model_config["env_file"] = None
os.environ |= {
    "DAGSTER_DISABLE_TELEMETRY": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "False",
    "DO_NOT_TRACK": "1",
    # the workers share the cores: more threads in each only wait for one another
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}

# on a busy machine a slow example is no finding; in CI the examples are the same every time
settings.register_profile("amsel", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("amsel")

# each commit of a test's ledger would wait for the disk, which nobody needs after a crash
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(roomy_base()))
compiled.share()

# what is imported lives to the end: it need not be looked through at every turn
gc.set_threshold(50_000)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Producer
) -> LoadFolderScheduling | None:
    """Where whole files are shared out, some folders go as a whole."""
    return LoadFolderScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest is shared out first."""
    items.sort(key=lambda item: turn(item.nodeid))


def pytest_sessionstart(session: pytest.Session) -> None:
    """What the run before was heard to ask of X is over; the judge of it only listens."""
    is_judge = all("peers" in word for word in session.config.args)
    if not is_judge and not hasattr(session.config, "workerinput"):
        shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture(autouse=True)
def amsel_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder under which the program writes: the test's own."""
    monkeypatch.setenv("AMSEL_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module", autouse=True)
def forked_sandboxes() -> Iterator[None]:
    """A sandbox is forked from a process that has everything read; a module may have it cold."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sandbox.process._launched", launched)
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of genuine data sets, named by AMSEL_SHARED or found beside the checkout."""
    shared = Path(os.environ.get("AMSEL_SHARED", ROOT.parent / "shared"))
    data = shared if (shared / "CONTENTS.tsv").exists() else shared / "data"
    if not data.is_dir():
        pytest.skip(f"no data sets at {data}: put them there or name their folder in AMSEL_SHARED")
    return data


@pytest.fixture(scope="session")
def shared_specs() -> Path:
    """The platforms' specs and samples; the test is skipped where they are absent."""
    folder = specs_folder()
    if not folder.is_dir():
        pytest.skip("the platforms' specs are not here: set AMSEL_SHARED to the shared folder")
    return folder


@pytest.fixture(scope="session")
def parsed_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home under which dbt has parsed its project: one for all workers."""
    from tests.parsed import parse

    own = tmp_path_factory.getbasetemp()
    home = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "parsed"
    parse(home)
    return home


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """A ledger with its tables, empty: the test runs once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_ledger_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'blank.sqlite'}"


@pytest.fixture
def postgres_url(postgres_server: int) -> Iterator[str]:
    """An empty PostgreSQL database, dropped after the test whoever is still connected."""
    with database(postgres_server) as url:
        yield url


@pytest.fixture
def sqlite_ledger_url(sqlite_ledger: Path, tmp_path: Path) -> str:
    """A ledger with its tables on SQLite, for what is the same on every database."""
    return f"sqlite:///{shutil.copy(sqlite_ledger, tmp_path)}"


@pytest.fixture
def postgresql_ledger_url(postgres_server: int, postgres_ledger: str) -> Iterator[str]:
    """A ledger with its tables on PostgreSQL, dropped after the test."""
    with database(postgres_server, template=postgres_ledger) as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_ledger_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A ledger with its tables, for a module's tests that look at the same and change nothing."""
    if request.param == "sqlite":
        file = request.getfixturevalue("sqlite_ledger")
        yield f"sqlite:///{shutil.copy(file, tmp_path_factory.mktemp('shared'))}"
        return
    server = request.getfixturevalue("postgres_server")
    with database(server, template=request.getfixturevalue("postgres_ledger")) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that each test's ledger is copied from: the migrations ran once."""
    file = tmp_path_factory.mktemp("ledger") / "ledger.sqlite"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_ledger(postgres_server: int) -> Iterator[str]:
    """The name of the database that each test's ledger is copied from."""
    with database(postgres_server) as url:
        migrate(url)
        yield url.rpartition("/")[2]


def migrate(url: str) -> None:
    """Make a ledger's tables."""
    ledger = Ledger(url)
    ledger.upgrade()
    ledger.close()


@contextmanager
def database(server: int, *, template: str = "template1") -> Iterator[str]:
    """A PostgreSQL database that is a copy of another."""
    name = f"test_{next(DATABASES)}"
    address = f"postgres@127.0.0.1:{server}"
    maintenance = f"postgresql://{address}/postgres"
    with psycopg.connect(maintenance, autocommit=True) as connection:
        # of files, not of pages through the log: half the work where no file is synced
        copied = "strategy file_copy" if connection.info.server_version >= 150_000 else ""
        connection.execute(f"create database {name} template {template} {copied}")
    yield f"postgresql+psycopg://{address}/{name}"
    # connected anew: a test may have crashed the server
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[int]:
    """The loopback port of this process's own PostgreSQL server."""
    with postgres() as port:
        yield port
