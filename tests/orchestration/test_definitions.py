"""What Dagster is told: it loads anywhere, its names are a contract, and no send is retried."""

import dagster as dg

from tests.graph import own_assets

SENDERS = {"publications"}
WRITERS = {
    "duckdb": {"warehouse"},
    "ledger": {"slot_plan", "experiments", "briefs", "content_batch", "replies"},
    "networks": {"engagement_snapshots", "publications", "inbox"},
    "writers": {"drafts"},
    "studio": {"media"},
}
"""Who writes to a store that others write to as well, by the pool that keeps them apart."""


def test_the_graph_loads_without_any_variable(graph: dg.Definitions) -> None:
    """Tests run without settings, tokens and keys: see `tests/conftest.py`."""
    dg.Definitions.validate_loadable(graph)


def test_the_names_that_people_and_scripts_rely_on(graph: dg.Definitions) -> None:
    jobs = {job.name for job in graph.jobs}
    assert jobs == {
        "answer_comments",
        "finish_media",
        "prepare_day",
        "keep_house",
        "prepare_posts",
        "refresh_engagement",
        "retrain_models",
        "send_due_posts",
        "write_report",
    }
    assert {each.name: each.cron_schedule for each in graph.schedules} == {
        "every_ten_minutes": "*/10 * * * *",
        "every_sunday_night": "0 2 * * 0",
        "every_monday_morning": "0 6 * * 1",
    }
    assert {each.name for each in graph.sensors} == {
        "automation",
        "due_posts",
        "new_comments",
        "new_day",
        "open_commissions",
        "watchdog",
    }


def test_every_schedule_and_sensor_runs_from_the_first_start(graph: dg.Definitions) -> None:
    assert {"RUNNING"} == {each.default_status.value for each in [*graph.schedules, *graph.sensors]}


def test_every_job_schedule_and_sensor_says_what_it_is_for(graph: dg.Definitions) -> None:
    told = [*graph.jobs, *graph.schedules, *graph.sensors]
    silent = [each.name for each in told if not each.description]
    assert [] == silent


def test_every_setting_of_the_launchpad_says_what_it_does(graph: dg.Definitions) -> None:
    settings = {
        f"{name}.{setting}": field.description
        for name, asset in _single(graph).items()
        for setting, field in _settings(asset).items()
    }
    assert {"slot_plan.days", "publications.look_ahead_seconds"} <= set(settings)
    assert [] == [setting for setting, told in settings.items() if not told]


def test_nothing_that_sends_is_retried_by_dagster(graph: dg.Definitions) -> None:
    """A retried step sends twice; the ledger knows what may be tried again."""
    retried = {name for name, asset in _single(graph).items() if asset.op.retry_policy}
    assert set() == retried & SENDERS
    for job in graph.jobs:
        resolved = graph.resolve_job_def(job.name)
        assert resolved.op_retry_policy is None, job.name


def test_every_writer_of_a_shared_store_waits_for_its_turn(graph: dg.Definitions) -> None:
    pools: dict[str, set[str]] = {}
    for name, asset in _single(graph).items():
        if asset.op.pool:
            pools.setdefault(asset.op.pool, set()).add(name)
    assert pools == {pool: names for pool, names in WRITERS.items() if pool != "duckdb"}
    dbt = [a for a in graph.assets if isinstance(a, dg.AssetsDefinition) and len(a.keys) > 1]
    assert ["duckdb"] == [asset.op.pool for asset in dbt]


def test_every_asset_has_a_job_that_makes_it(graph: dg.Definitions) -> None:
    made = {
        key
        for job in graph.jobs
        for key in graph.resolve_job_def(job.name).asset_layer.executable_asset_keys
    }
    assert set() == {spec.key for spec in own_assets(graph)} - made


def _settings(asset: dg.AssetsDefinition) -> dict[str, dg.Field]:
    schema = asset.op.config_schema
    return getattr(schema.as_field().config_type, "fields", None) or {} if schema else {}


def _single(graph: dg.Definitions) -> dict[str, dg.AssetsDefinition]:
    return {
        asset.key.to_user_string(): asset
        for asset in graph.assets
        if isinstance(asset, dg.AssetsDefinition) and len(asset.keys) == 1
    }
