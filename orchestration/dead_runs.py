"""Runs whose process was killed: they look alive, and hold pools on which new runs would wait."""

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage

ALIVE = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def end_dead_runs(instance: dg.DagsterInstance) -> int:
    """Call every run that looks alive failed, and free its pools; returns how many there were.

    Only for who knows that no run can be alive: the holder of the home's lock. On a database that
    other homes may share nothing is ended: there Dagster's run monitoring does it.
    """
    if not isinstance(instance.event_log_storage, SqliteEventLogStorage):
        return 0
    runs = instance.get_runs(dg.RunsFilter(statuses=ALIVE))
    for run in runs:
        instance.report_run_failed(run, message="its process was killed")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return len(runs)
