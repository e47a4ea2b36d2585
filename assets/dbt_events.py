"""What dbt did, as Dagster events."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

from storage.dbt import name_of
from storage.warehouse import Warehouse


def built(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[Any]:
    """Build and test the models that this run selects; an event for each model and each test.

    A model's event tells its rows. Dagster's own client starts a process for each build, which
    imports dbt anew; here it is imported once.

    Raises:
        StoreError: a model or a test failed; what did not fail is told before.
    """
    chosen = get_updated_cli_invocation_params_for_context(context, {}, DagsterDbtTranslator())
    mode = chosen.indirect_selection
    run = warehouse.run(*chosen.selection_args, *(["--indirect-selection", mode] if mode else []))
    heights = warehouse.heights(run.built)
    for result in run.results:
        events = DbtCoreCliEventMessage(result, {}).to_default_asset_events(
            chosen.manifest,
            chosen.dagster_dbt_translator,
            context,
            warehouse.build_target,
            chosen.dbt_project,
        )
        rows = heights.get(name_of(result))
        yield from (event if rows is None else _counted(event, rows) for event in events)
    run.must_have_succeeded()


def _counted(event: Any, rows: int) -> dg.Output[None]:
    counted = {**event.metadata, "dagster/row_count": rows}
    return dg.Output(None, output_name=event.output_name, metadata=counted)
