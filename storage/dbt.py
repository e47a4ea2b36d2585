"""dbt, run in this very process: one of its own would import it anew for every build."""

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from domain.errors import StoreError

RESULTS = frozenset({"LogModelResult", "LogSeedResult", "LogSnapshotResult", "LogTestResult"})
"""The events that tell how a model or a test ended."""

_ONE_AT_A_TIME = threading.Lock()
"""dbt keeps its settings, its log and its DuckDB connection in globals."""


@dataclass(slots=True)
class DbtRun:
    """What one dbt command told.

    Attributes:
        command: its first word.
        succeeded: whether dbt ended well.
        results: the events of `RESULTS`, each as dbt writes it in its log of JSON lines.
        complaints: what dbt called an error.
    """

    command: str
    succeeded: bool = False
    results: list[dict[str, Any]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def built(self) -> list[str]:
        """The models that were built."""
        return [
            name_of(result)
            for result in self.results
            if result["info"]["name"] == "LogModelResult"
            and result["data"]["node_info"]["node_status"] == "success"
        ]

    def must_have_succeeded(self) -> None:
        """Raises StoreError with what dbt said, where it did not end well."""
        if not self.succeeded:
            said = "\n".join(self.complaints)
            raise StoreError(
                f"dbt {self.command} failed:\n{said}\n"
                "mend what it names (a lock: wait until the other build is done; a full disk: free "
                "space) and run it again"
            )


def name_of(result: Mapping[str, Any]) -> str:
    """The model or the test that a result is about."""
    return str(result["data"]["node_info"]["node_name"])


def run_dbt(*arguments: str, environment: Mapping[str, str]) -> DbtRun:
    """Run one dbt command with these variables beside those of the process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner
    from dbt_common.events.functions import msg_to_dict

    run = DbtRun(arguments[0])

    def hear(event: Any) -> None:
        if event.info.name in RESULTS:
            run.results.append(msg_to_dict(event))
        if event.info.level == "error" and event.info.msg.strip():
            run.complaints.append(event.info.msg.strip())

    with _ONE_AT_A_TIME, _surroundings(environment):
        try:
            ended = dbtRunner(callbacks=[hear]).invoke(list(arguments))
        finally:
            # it would hold both until the process ends, and lock others out of the database
            DuckDBConnectionManager.close_all_connections()
            _close_log()
    run.succeeded = ended.success
    if ended.exception is not None:
        run.complaints.append(str(ended.exception))
    return run


def _close_log() -> None:
    log = logging.getLogger("file_log")
    while log.handlers:
        log.handlers.pop().close()


@contextmanager
def _surroundings(environment: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in environment}
    os.environ |= environment
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
