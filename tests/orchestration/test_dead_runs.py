"""What a killed process leaves in Dagster does not hold up the next one."""

from pathlib import Path

import dagster as dg
import pytest

from orchestration.dead_runs import end_dead_runs

POOL = "ledger"


@dg.asset(pool=POOL)
def entry() -> None:
    """One row."""


job = dg.define_asset_job("work", [entry], executor_def=dg.in_process_executor)
DEFS = dg.Definitions([entry], jobs=[job])


@pytest.fixture
def instance(tmp_path: Path):
    config = {"concurrency": {"pools": {"default_limit": 1, "granularity": "op"}}}
    with dg.DagsterInstance.local_temp(str(tmp_path), overrides=config) as made:
        yield made


def test_a_pool_that_a_killed_run_holds_is_free_again(instance):
    dead = instance.create_run_for_job(DEFS.resolve_job_def("work"))
    instance.report_engine_event("it runs", dead)
    storage = instance.event_log_storage
    storage.initialize_concurrency_limit_to_default(POOL)
    assert storage.claim_concurrency_slot(POOL, dead.run_id, "entry").is_claimed
    assert not storage.claim_concurrency_slot(POOL, "another run", "entry").is_claimed
    storage.free_concurrency_slot_for_step("another run", "entry")

    assert 1 == end_dead_runs(instance)

    done = DEFS.resolve_job_def("work").execute_in_process(instance=instance)
    assert done.success
    assert dg.DagsterRunStatus.FAILURE == instance.get_run_by_id(dead.run_id).status
    assert 0 == end_dead_runs(instance)
