"""dbt in our own process leaves nothing behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from domain.errors import StoreError
from storage.dbt import run_dbt
from storage.lake import Lake
from storage.warehouse import Warehouse

OPEN = "import duckdb, sys; duckdb.connect(sys.argv[1]).close()"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse", Lake(tmp_path / "lake"))


def test_after_a_build_others_can_open_the_database_and_no_variable_is_left(warehouse):
    before = dict(os.environ)

    run = warehouse.run("--select", "stg_accounts", "--indirect-selection", "empty")

    assert run.succeeded, run.complaints
    assert {"model.amsel.stg_accounts"} == {
        one["data"]["node_info"]["unique_id"] for one in run.results
    }
    assert before == dict(os.environ)
    subprocess.run([sys.executable, "-c", OPEN, warehouse.root / "amsel.duckdb"], check=True)


def test_a_command_that_fails_says_what_dbt_said(warehouse):
    run = run_dbt("parse", "--project-dir", "nowhere", environment=warehouse.environment)

    assert not run.succeeded
    with pytest.raises(StoreError, match="nowhere"):
        run.must_have_succeeded()
