"""Dagster's instance file is chosen by one variable."""

import pytest
import yaml

from domain.errors import ConfigError
from runtime.dagster_home import DATABASE, prepare_home
from runtime.settings import Settings


def test_without_a_variable_dagster_keeps_sqlite(tmp_path):
    home = prepare_home(Settings(home=tmp_path), environment={})

    assert "storage" not in yaml.safe_load((home / "dagster.yaml").read_text())


def test_one_variable_selects_postgresql(tmp_path):
    url = "postgresql+psycopg2://dagster@localhost/dagster"

    home = prepare_home(Settings(home=tmp_path), environment={DATABASE: url})

    written = (home / "dagster.yaml").read_text()
    assert yaml.safe_load(written)["storage"]["postgres"]["postgres_url"] == {"env": DATABASE}
    assert url not in written


def test_a_scheme_that_dagster_fails_on_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="change the scheme"):
        prepare_home(Settings(home=tmp_path), environment={DATABASE: "postgresql://x/y"})


def test_the_storage_that_was_not_chosen_is_not_written(tmp_path):
    sqlite = prepare_home(Settings(home=tmp_path), environment={}) / "dagster.yaml"
    assert yaml.safe_load(sqlite.read_text())["event_log_storage"]["class"] == "HeldEventLog"

    url = "postgresql+psycopg2://dagster@localhost/dagster"
    postgresql = prepare_home(Settings(home=tmp_path), environment={DATABASE: url})
    assert "event_log_storage" not in yaml.safe_load((postgresql / "dagster.yaml").read_text())
