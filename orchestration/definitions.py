"""Everything that Dagster knows of Amsel: assets, checks, jobs, schedules, sensors, resources."""

import sys
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource

import assets
from assets.dbt_project import warehouse_project
from assets.resources import RESOURCES
from orchestration.jobs import jobs
from orchestration.schedules import schedules
from orchestration.sensors import sensors

defs = dg.Definitions(
    assets=dg.load_assets_from_package_module(assets),
    asset_checks=dg.load_asset_checks_from_package_module(assets),
    jobs=jobs,
    schedules=schedules,
    sensors=sensors,
    resources=RESOURCES
    | {
        "dbt": DbtCliResource(
            project_dir=warehouse_project,
            dbt_executable=str(Path(sys.executable).with_name("dbt")),
        )
    },
    executor=dg.multiprocess_executor.configured(
        {
            "max_concurrent": 2,
            "start_method": {"forkserver": {"preload_modules": ["orchestration.definitions"]}},
        }
    ),
)
