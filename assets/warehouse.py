"""The dbt models over the lake, each an asset, each dbt test a check."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    dbt_assets,
    get_asset_key_for_model,
)

from assets.conditions import when_inputs_change
from assets.dbt_events import built
from assets.dbt_project import warehouse_project
from storage.warehouse import Warehouse


class Translator(DagsterDbtTranslator):
    """dbt's names and descriptions as they are, rebuilt when the lake changes."""

    def get_automation_condition(self, _: Any) -> dg.AutomationCondition:
        """The same rule as for every derived table."""
        return when_inputs_change


@dbt_assets(
    manifest=warehouse_project.manifest_path,
    project=warehouse_project,
    pool="duckdb",
    dagster_dbt_translator=Translator(
        settings=DagsterDbtTranslatorSettings(enable_asset_checks=True)
    ),
)
def warehouse_models(
    context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[Any]:
    """Build and test the models, then publish the marts as Parquet, so that readers never wait."""
    yield from built(context, warehouse)
    warehouse.publish()


def mart(name: str) -> dg.AssetKey:
    """The asset of a dbt model; fails at load where the model is gone."""
    return get_asset_key_for_model([warehouse_models], name)
