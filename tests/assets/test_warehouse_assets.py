"""What the catalogue shows of a dbt model, as of every other asset: its rows, its columns."""

from collections.abc import Callable
from types import ModuleType

import dagster as dg
import pytest

from storage.warehouse import MARTS, Warehouse


@pytest.mark.filterwarnings("ignore:AssetExecutionContext.op is:DeprecationWarning")  # dagster_dbt
def test_every_model_tells_its_rows(assets: Callable[[str], ModuleType], built: Warehouse) -> None:
    run = dg.materialize(
        [assets("warehouse").warehouse_models],
        resources={"warehouse": dg.ResourceDefinition.hardcoded_resource(built)},
    )
    rows = {
        event.asset_key.to_user_string(): event.materialization.metadata["dagster/row_count"].value
        for event in run.get_asset_materialization_events()
    }

    expected = {name: built.read(name).height for name in MARTS}
    staged = {"stg_posts": built.lake.read("posts").height}
    empty = dict.fromkeys(("stg_accounts", "stg_costs", "stg_engagement_snapshots"), 0)
    assert expected | staged | empty == rows


def test_every_column_of_a_model_says_what_it_means(assets: Callable[[str], ModuleType]) -> None:
    silent = {
        spec.key.to_user_string(): column.name
        for spec in assets("warehouse").warehouse_models.specs
        for column in spec.metadata["dagster/column_schema"].columns
        if not column.description
    }

    assert {} == silent
