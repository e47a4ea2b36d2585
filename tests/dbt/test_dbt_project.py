"""What the dbt project promises to readers and to the catalogue."""

import re
from pathlib import Path

import pytest
import yaml

from storage.lake_tables import TABLES
from storage.warehouse import DBT_PROJECT, MARTS, SOURCES

MODELS = sorted(path.stem for path in (DBT_PROJECT / "models").rglob("*.sql"))


def described() -> dict[str, dict]:
    files = (yaml.safe_load(file.read_text()) for file in (DBT_PROJECT / "models").rglob("*.yml"))
    return {model["name"]: model for content in files for model in content.get("models", [])}


def names_of_tests(model: dict) -> list[str]:
    tests = [*model.get("data_tests", [])]
    tests += [test for column in model["columns"] for test in column.get("data_tests", [])]
    return [test if isinstance(test, str) else next(iter(test)) for test in tests]


def test_dbt_is_not_a_python_package() -> None:
    """An `__init__.py` would hide the real dbt from every import."""
    assert [] == list(DBT_PROJECT.rglob("__init__.py"))


def test_every_model_is_described() -> None:
    assert MODELS == sorted(described())


def test_the_marts_are_the_models_that_readers_see() -> None:
    assert [name for name in MODELS if not name.startswith("stg_")] == sorted(MARTS)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_states_its_grain_and_tests_it(name: str) -> None:
    model = described()[name]

    assert model["description"].lower().startswith("one row per")
    assert {"grain", "unique"} & set(names_of_tests(model))


@pytest.mark.parametrize("name", MODELS)
def test_every_column_is_described(name: str) -> None:
    assert [] == [
        column["name"] for column in described()[name]["columns"] if not column.get("description")
    ]


@pytest.mark.parametrize("name", MODELS)
def test_sql_is_lower_case_and_ends_with_its_final_step(name: str) -> None:
    [path] = (DBT_PROJECT / "models").rglob(f"{name}.sql")
    statements = [line for line in path.read_text().splitlines() if not line.startswith("-- ")]
    statements = [re.sub(r"'[^']*'", "''", line) for line in statements]

    assert "select * from final" == statements[-1]
    assert [] == [line for line in statements if line != line.lower()]


def test_every_source_names_its_dagster_asset() -> None:
    content = yaml.safe_load(Path(DBT_PROJECT / "models/staging/_sources.yml").read_text())
    keys = {
        table["name"]: table["config"]["meta"]["dagster"]["asset_key"]
        for table in content["sources"][0]["tables"]
    }

    assert {name: [name] for name in SOURCES} == keys
    assert set(SOURCES) <= set(TABLES)
