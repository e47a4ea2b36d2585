"""Dagster's own storage, on each of the databases that one variable selects."""

import dagster as dg
import pytest

from orchestration.dead_runs import end_dead_runs
from runtime.dagster_home import DATABASE, prepare_home
from runtime.settings import Settings


@dg.asset
def morning() -> None:
    """Nothing; it only leaves a run behind."""


def test_a_run_is_remembered_on_sqlite(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(prepare_home(Settings(home=tmp_path), environment={})))

    with dg.DagsterInstance.get() as instance:
        run = dg.materialize([morning], instance=instance).dagster_run

        assert instance.get_run_by_id(run.run_id).is_success


def test_one_variable_moves_runs_to_postgresql(tmp_path, monkeypatch, postgres_url):
    url = postgres_url.replace("postgresql+psycopg://", "postgresql+psycopg2://")
    monkeypatch.setenv(DATABASE, url)
    home = prepare_home(Settings(home=tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", str(home))

    with dg.DagsterInstance.get() as instance:
        run = dg.materialize([morning], instance=instance).dagster_run

        assert instance.get_run_by_id(run.run_id).is_success
    assert list(home.rglob("*.db")) == []


@pytest.fixture(autouse=True)
def _no_instance_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)


def test_runs_on_a_database_that_others_may_share_are_not_called_dead(
    tmp_path, monkeypatch, postgres_url
):
    url = postgres_url.replace("postgresql+psycopg://", "postgresql+psycopg2://")
    monkeypatch.setenv(DATABASE, url)
    monkeypatch.setenv("DAGSTER_HOME", str(prepare_home(Settings(home=tmp_path))))
    job = dg.Definitions([morning]).resolve_implicit_global_asset_job_def()

    with dg.DagsterInstance.get() as instance:
        run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)

        assert 0 == end_dead_runs(instance)
        assert dg.DagsterRunStatus.STARTED == instance.get_run_by_id(run.run_id).status
