"""One run of the daily graph for the graph benchmark: through Dagster, or in plain Python."""

import argparse
import importlib
import inspect
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import dagster as dg

from assets.resources import RESOURCES
from orchestration.definitions import defs
from orchestration.jobs import prepare_day
from orchestration.rehearsal import QUIET
from planning.slots import planned_slots
from runtime import build
from runtime.clock import make_clock
from runtime.settings import Settings
from sources.expectations import trends_suite, validate
from storage.lake_tables import TABLES

DBT = "warehouse_models"


def through_dagster(job: dg.JobDefinition, day: str) -> Callable[[], dict[str, float]]:
    """The day as one in-process run on the instance of DAGSTER_HOME; gives seconds by step."""
    instance = dg.DagsterInstance.get()

    def run() -> dict[str, float]:
        result = job.execute_in_process(instance=instance, partition_key=day, run_config=QUIET)
        return {
            event.step_key: event.step_success_data.duration_ms / 1000
            for event in result.all_events
            if event.is_step_success and event.step_key
        }

    return run


def in_plain_python(job: dg.JobDefinition, day: str) -> Callable[[], dict[str, float]]:
    """The functions behind the same steps, called in the same order; gives seconds by step.

    dbt is run by the warehouse alone, with the same command.
    """
    context = SimpleNamespace(partition_key=day)

    def run() -> dict[str, float]:
        parts = {name: resource.create_resource(None) for name, resource in RESOURCES.items()}  # type: ignore[arg-type]
        seconds = {}
        for node in job.graph.nodes_in_topological_order:
            start = perf_counter()
            if node.name == DBT:
                parts["warehouse"].build()
            else:
                _call(node.definition.compute_fn.decorated_fn, context, parts)
            seconds[node.name] = perf_counter() - start
        return seconds

    return run


def _call(function: Callable[..., Any], context: Any, parts: dict[str, Any]) -> None:
    given = {"context": context} | parts
    wanted = inspect.signature(function).parameters
    function(**{name: _argument(name, each.annotation, given) for name, each in wanted.items()})


def _argument(name: str, kind: Any, given: dict[str, Any]) -> Any:
    return kind() if name == "config" else given[name]


def _warm_up() -> None:
    """Leave out of the time what a process does once: heavy imports, dbt's among them."""
    import polars as pl

    validate(pl.DataFrame(schema=TABLES["trends"]), trends_suite())
    for module in ("dbt.cli.main", "dbt.adapters.duckdb"):
        importlib.import_module(module)


def _planned(settings: Settings) -> int:
    with build.open_ledger(settings).reading() as connection:
        brands = build.read_brands(settings).values()
        return sum(len(planned_slots(connection, brand)) for brand in brands)


def main() -> None:
    """Run the day on the side that is named and write what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=("dagster", "plain"))
    parser.add_argument("figures", type=Path)
    options = parser.parse_args()
    logging.getLogger("dagster").setLevel(logging.ERROR)
    settings = Settings()
    _warm_up()
    day = f"{make_clock(settings).now():%Y-%m-%d}"
    job = defs.resolve_job_def(prepare_day.name)
    run = (through_dagster if options.side == "dagster" else in_plain_python)(job, day)
    cpu, start = sum(os.times()[:4]), perf_counter()
    parts = run()
    figures = {
        "seconds": perf_counter() - start,
        "cpu_seconds": sum(os.times()[:4]) - cpu,
        "parts": parts,
        "posts": _planned(settings),
    }
    options.figures.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
