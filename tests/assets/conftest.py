"""A small world: real stores, the example brands, a clock set by hand, no network."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import dagster as dg
import polars as pl
import pytest

from content.media.makers.base import Makers
from content.providers.composer import Composer
from domain.brand import Brand
from runtime.settings import CHECKOUT, Settings
from storage.blobs import Blobs
from storage.brand_files import load_brands
from storage.lake import Lake
from storage.lake_tables import TABLES
from storage.ledger import brands as ledger_brands
from storage.ledger.database import Ledger
from storage.models import ModelRegistry
from storage.warehouse import Warehouse
from tests.clock import SteppingClock
from tests.graph import load_graph
from tests.parsed import copy_parsed

DAWN = datetime(2026, 3, 2, 4, tzinfo=UTC)
PAST = 12
"""Posts of each account before the first day."""


@dataclass
class World:
    """Everything that an asset may ask for."""

    settings: Settings
    clock: SteppingClock
    ledger: Ledger
    lake: Lake
    warehouse: Warehouse
    models: ModelRegistry
    brands: dict[str, Brand]

    def call(self, asset: dg.AssetsDefinition, *given: object) -> dg.MaterializeResult:
        """Run an asset with the parts that it asks for; every column it shows has a meaning."""
        blobs = Blobs(self.settings.home / "media")
        asked = {"networks": {}, "writers": [Composer()], "makers": Makers(), "blobs": blobs}
        parts = vars(self) | asked
        wanted = asset.required_resource_keys - {"io_manager"}
        result = asset(*given, **{name: parts[name] for name in sorted(wanted)})
        columns = result.metadata["dagster/column_schema"].columns
        assert [] == [column.name for column in columns if not column.description]
        return result


@pytest.fixture(scope="session")
def assets(parsed_home: Path) -> Callable[[str], ModuleType]:
    """A module of assets by name; they can be imported once the graph is loaded."""
    from importlib import import_module

    load_graph(parsed_home)
    return lambda name: import_module(f"assets.{name}")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, parsed_home: Path) -> Warehouse:
    """The marts of a small past, built by the real dbt."""
    home = tmp_path_factory.mktemp("past")
    load_graph(parsed_home)
    copy_parsed(parsed_home, home)
    lake = Lake(home / "lake")
    lake.replace("posts", past_posts(load_brands(CHECKOUT / "brands")), day=DAWN.date())
    warehouse = Warehouse(home / "warehouse", lake)
    warehouse.run("--exclude-resource-type", "test").must_have_succeeded()
    warehouse.publish()
    return warehouse


@pytest.fixture
def world(tmp_path: Path, built: Warehouse) -> Iterator[World]:
    with new_world(tmp_path, built) as made:
        yield made


@contextmanager
def new_world(home: Path, built: Warehouse, *, posts_per_day: int | None = None) -> Iterator[World]:
    """Stores of its own beside the marts of the small past; `posts_per_day` as the brands say."""
    settings, clock = Settings(home=home), SteppingClock(DAWN)
    ledger = Ledger(settings.ledger, clock=clock)
    ledger.upgrade()
    brands = load_brands(CHECKOUT / "brands")
    if posts_per_day:
        brands = {name: posting(brand, posts_per_day) for name, brand in brands.items()}
    with ledger.transaction() as connection:
        for brand in brands.values():
            ledger_brands.save(connection, brand, now=DAWN)
    lake, models = Lake(home / "lake"), ModelRegistry(home / "models")
    yield World(settings, clock, ledger, lake, built, models, brands)
    ledger.close()


def posting(brand: Brand, posts_per_day: int) -> Brand:
    """The brand with so many posts a day."""
    changed = brand.posting.model_copy(update={"posts_per_day": posts_per_day})
    return brand.model_copy(update={"posting": changed})


def past_posts(brands: dict[str, Brand]) -> pl.DataFrame:
    rows = [
        {
            "platform": str(account.platform),
            "account": account.id,
            "post_id": f"{account.handle}-{number}",
            "published_at": DAWN - timedelta(days=number + 2),
            "text": f"{brand.about} {number}",
            "media_type": "text",
            "language": brand.voice.language,
            "likes": 10 + number,
            "comments": number % 3,
            "shares": number % 2,
            "observed_at": DAWN - timedelta(days=1),
            "is_reply": False,
            "is_repost": False,
            "source": "posts",
        }
        for brand in brands.values()
        for account in brand.accounts
        for number in range(PAST)
    ]
    return pl.DataFrame(rows, schema=TABLES["posts"])
