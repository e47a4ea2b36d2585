"""Dagster's home under AMSEL_HOME: its storage is SQLite, or PostgreSQL by one variable."""

import os
from collections.abc import Mapping
from pathlib import Path

from domain.errors import ConfigError
from runtime.settings import CHECKOUT, Settings

DATABASE = "AMSEL_DAGSTER_DB"
HEADING = "# ---- "
"""What follows such a heading in `dagster.yaml` is a comment: SQLite's storage, then PostgreSQL's.
One of the two is taken in."""


def prepare_home(settings: Settings, *, environment: Mapping[str, str] = os.environ) -> Path:
    """Write DAGSTER_HOME/dagster.yaml from the checkout's `dagster.yaml` and return the folder.

    Raises:
        ConfigError: where the database's URL has not the scheme that Dagster can use.
    """
    plain, sqlite, postgresql = (CHECKOUT / "dagster.yaml").read_text().split(HEADING)
    url = environment.get(DATABASE, "")
    if url and not url.startswith("postgresql+psycopg2://"):
        raise ConfigError(
            f"{DATABASE} must start with postgresql+psycopg2:// (another driver fails on "
            "Dagster's event log); change the scheme"
        )
    _, *lines = (postgresql if url else sqlite).splitlines()
    home = settings.home.resolve() / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    storage = "\n".join(line.removeprefix("# ") for line in lines)
    (home / "dagster.yaml").write_text(f"{plain}{storage}\n")
    return home
