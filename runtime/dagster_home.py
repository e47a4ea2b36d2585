"""Dagster's home under AMSEL_HOME: its storage is SQLite, or PostgreSQL by one variable."""

import os
from collections.abc import Mapping
from pathlib import Path

import yaml

from domain.errors import ConfigError
from runtime.settings import CHECKOUT, Settings

DATABASE = "AMSEL_DAGSTER_DB"


def prepare_home(settings: Settings, *, environment: Mapping[str, str] = os.environ) -> Path:
    """Write DAGSTER_HOME/dagster.yaml from the checkout's `dagster.yaml` and return the folder.

    Raises:
        ConfigError: where the database's URL has not the scheme that Dagster can use.
    """
    base = yaml.safe_load((CHECKOUT / "dagster.yaml").read_text())
    if url := environment.get(DATABASE, ""):
        if not url.startswith("postgresql+psycopg2://"):
            raise ConfigError(
                f"{DATABASE} must start with postgresql+psycopg2:// (another driver fails on "
                "Dagster's event log); change the scheme"
            )
        base |= yaml.safe_load((CHECKOUT / "deploy" / "dagster-postgresql.yaml").read_text())
    home = settings.home.resolve() / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(yaml.safe_dump(base, sort_keys=False))
    return home
