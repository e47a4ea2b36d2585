"""Dagster's client for dbt, as we cut it down."""

import subprocess
import sys
from pathlib import Path

from dagster_dbt import DbtCliResource

from assets.resources import Dbt
from storage.warehouse import DBT_PROJECT

DBT = str(Path(sys.executable).with_name("dbt"))


def test_the_version_is_that_of_the_dbt_that_is_started():
    client = Dbt(project_dir=str(DBT_PROJECT), dbt_executable=DBT)
    said = subprocess.run([DBT, "--version"], capture_output=True, text=True, check=True).stdout
    assert str(client._cli_version) in said


def test_what_we_replace_is_still_what_dagster_calls():
    """They are private: if an update renames them, ours would silently no longer count."""
    ours = {name for name in vars(Dbt) if name in ("_cli_version", "_initialize_dbt_core_adapter")}
    assert ours <= set(vars(DbtCliResource))
    assert 2 == len(ours)
