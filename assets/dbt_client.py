"""Dagster's client for dbt, as light as our use of it."""

from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any

from dagster_dbt import DbtCliResource
from packaging.version import Version, parse


class Dbt(DbtCliResource):
    """dbt's command line, and nothing of dbt inside our own process.

    Dagster's own resource starts `dbt --version` in every run and loads dbt's adapter, which
    serves to fetch row counts that we do not fetch: two seconds of work each.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return parse(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ARG002
        return None
