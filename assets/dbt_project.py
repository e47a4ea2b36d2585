"""Where the dbt project lies and how it is prepared; nothing else, so that dbt can import it."""

from dagster_dbt import DbtProject

from runtime.build import open_warehouse
from runtime.settings import CHECKOUT, Settings

warehouse_project = DbtProject(project_dir=CHECKOUT / "dbt", profiles_dir=CHECKOUT / "dbt")
