"""Where the dbt project lies; alone in a module, so that dbt can prepare what others import."""

import os

from dagster_dbt import DbtProject

from runtime.build import open_warehouse
from runtime.settings import Settings
from storage.warehouse import DBT_PROJECT, dbt_target

_settings = Settings()
_warehouse = open_warehouse(_settings)
# dbt reads where the stores are from its environment, which each run inherits
os.environ |= _warehouse.environment
_warehouse.manifest()

warehouse_project = DbtProject(
    project_dir=DBT_PROJECT,
    profiles_dir=DBT_PROJECT,
    target_path=dbt_target(_settings.home),
)
