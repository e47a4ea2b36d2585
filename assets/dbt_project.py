"""Where the dbt project lies; alone in a module, so that dbt can prepare what others import."""

from dagster_dbt import DbtProject

from runtime.settings import CHECKOUT

warehouse_project = DbtProject(project_dir=CHECKOUT / "dbt", profiles_dir=CHECKOUT / "dbt")
if not warehouse_project.manifest_path.exists():
    warehouse_project.preparer.prepare(warehouse_project)
