"""Dagster's home under AMSEL_HOME: its storage is SQLite, or PostgreSQL by one variable."""

import os
from collections.abc import Mapping
from pathlib import Path

from domain.errors import ConfigError
from runtime.settings import CHECKOUT, Settings

DATABASE = "AMSEL_DAGSTER_DB"
HEADING = "# ---- PostgreSQL"
"""What follows this heading in `dagster.yaml` is a comment, taken in where the variable is set."""


def prepare_home(settings: Settings, *, environment: Mapping[str, str] = os.environ) -> Path:
    """Write DAGSTER_HOME/dagster.yaml from the checkout's `dagster.yaml` and return the folder.

    Raises:
        ConfigError: where the database's URL has not the scheme that Dagster can use.
    """
    plain, variant = (CHECKOUT / "dagster.yaml").read_text().split(HEADING)
    if url := environment.get(DATABASE, ""):
        if not url.startswith("postgresql+psycopg2://"):
            raise ConfigError(
                f"{DATABASE} must start with postgresql+psycopg2:// (another driver fails on "
                "Dagster's event log); change the scheme"
            )
        _, *lines = variant.splitlines()
        plain += "\n".join(line.removeprefix("# ") for line in lines) + "\n"
    home = settings.home.resolve() / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(plain)
    return home
