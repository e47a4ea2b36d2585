"""The graph, loaded once, and a ledger whose clock is set by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from storage.ledger.database import Ledger
from tests.clock import SteppingClock
from tests.graph import load_graph

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def graph(parsed_home: Path) -> dg.Definitions:
    return load_graph(parsed_home)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock(NOON)


@pytest.fixture
def ledger(tmp_path: Path, clock: SteppingClock) -> Iterator[Ledger]:
    made = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock=clock)
    made.upgrade()
    yield made
    made.close()
