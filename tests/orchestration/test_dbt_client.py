"""Dagster's client for dbt, as we cut it down."""

import subprocess
import sys
from pathlib import Path

import dagster as dg

DBT = str(Path(sys.executable).with_name("dbt"))


def test_the_version_is_that_of_the_dbt_that_is_started(graph: dg.Definitions) -> None:
    said = subprocess.run([DBT, "--version"], capture_output=True, text=True, check=True).stdout
    assert str(graph.resources["dbt"]._cli_version) in said


def test_what_we_replace_is_still_what_dagster_calls(graph: dg.Definitions) -> None:
    """They are private: if an update renames them, ours would silently no longer count."""
    ours, theirs = type(graph.resources["dbt"]).__mro__[:2]
    assert "DbtCliResource" == theirs.__name__
    assert {"_cli_version", "_initialize_dbt_core_adapter"} <= vars(ours).keys()
    assert {"_cli_version", "_initialize_dbt_core_adapter"} <= vars(theirs).keys()
