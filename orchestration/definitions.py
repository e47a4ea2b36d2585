"""Everything that Dagster knows of Amsel: assets, checks, jobs, schedules, sensors, resources."""

import dagster as dg

from assets import (
    community,
    content,
    engagement,
    features,
    insights,
    models,
    plan,
    publishing,
    trends,
    warehouse,
)
from assets.resources import RESOURCES
from orchestration.jobs import jobs
from orchestration.schedules import schedules
from orchestration.sensors import sensors

GROUPS = (engagement, trends, features, models, plan, content, publishing, community, insights)
"""One module is one group in the UI; dbt's models name their group themselves."""

defs = dg.Definitions(
    assets=[
        *(
            asset
            for group in GROUPS
            for asset in dg.load_assets_from_modules(
                [group], group_name=group.__name__.removeprefix("assets.")
            )
        ),
        *dg.load_assets_from_modules([warehouse]),
    ],
    asset_checks=dg.load_asset_checks_from_modules(GROUPS),
    jobs=jobs,
    schedules=schedules,
    sensors=sensors,
    resources=RESOURCES,
    executor=dg.multiprocess_executor.configured(
        {
            "max_concurrent": 2,
            "start_method": {"forkserver": {"preload_modules": ["orchestration.definitions"]}},
        }
    ),
)
