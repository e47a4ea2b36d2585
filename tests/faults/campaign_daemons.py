"""Case 11 with Dagster: two runs of the door at once, and two daemons of one instance."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from storage.secrets import encoded, new_key
from tests.faults.campaign_judge import OPEN, Book, Stuck
from tests.faults.campaign_planner import run_job
from tests.faults.campaign_stage import playing

ROOT = Path(__file__).parents[2]
PATIENCE = 400.0
"""Seconds of real time within which the daemons' runs must have sent everything."""
LOOK = 0.5
FASTER = 2
"""How much faster than ours the sandbox's clock runs: nobody else moves it between two runs."""
SOON = (0, 0, 20, 60)
"""Seconds from now at which an account's posts are due: for several runs, some for the same one."""


def two_runs(stage, n):
    """Two instances of Dagster on one ledger, each with a run of the door at the same time."""
    book = Book("11 two runs of the door", stage)
    stage.variables["AMSEL_SECRET_KEYS"] = f"1:{encoded(new_key())}"  # else each home makes its own
    for number in range(n):
        chosen = stage.pick(number)
        book.plan(*[stage.new(platform) for platform in chosen for _ in range(10)])
        runs = [_run_of_its_own(stage, name) for name in ("first", "second")]
        for one in runs:
            if stage.end_of(one) != 0:
                words = f"a run ended with {one.exitcode}: {stage.said()}"
                book.of(chosen[0]).note("other", words)
        book.of(chosen[0]).met += len(runs)
        book.finish()
    return book.judge()


def _run_of_its_own(stage, name):
    home = stage.home / name
    home.mkdir(exist_ok=True)
    if not (home / "media").exists():
        (home / "media").symlink_to(stage.home / "media")
    variables = stage.variables | {"AMSEL_HOME": str(home)}
    return stage.start(target=run_job, arguments=(variables, None, "send_due_posts"))


def two_daemons(stage, n):
    """Two daemons of one instance, whose sensor rings for the same posts."""
    book = Book("11 two daemons", stage)
    stage.run(lay_down_instance)  # two that make its tables at once are in each other's way
    for number in range(n):
        chosen = stage.pick(number)
        book.plan(*[stage.new(one, seconds=after) for one in chosen for after in SOON])
        with _daemon(stage, "first"), _daemon(stage, "second"):
            _wait_for_all(book)
        runs, daemons = _runs_and_daemons(stage)
        book.of(chosen[0]).met += runs
        if daemons < 2 * (number + 1):
            words = f"only {daemons} daemons were ever there: {_said(stage)}"
            book.of(chosen[0]).note("other", words)
        book.finish()
    return book.judge()


def lay_down_instance(variables):
    """An instance of Dagster with its tables."""
    with playing(variables):
        from runtime.dagster_home import prepare_home
        from runtime.settings import Settings

        os.environ["DAGSTER_HOME"] = str(prepare_home(Settings()))
        import dagster as dg

        with dg.DagsterInstance.get() as instance:
            instance.get_runs(limit=1)
            instance.get_asset_keys(limit=1)
            instance.all_instigator_state()


@contextmanager
def _daemon(stage, name):
    variables = stage.variables | {"DAGSTER_HOME": str(_instance_of(stage))}
    with ExitStack() as stack:
        said = stack.enter_context((stage.home / f"{name}.log").open("ab"))
        daemon = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "tests.faults.campaign_door"],
                cwd=ROOT,
                env=os.environ | variables,
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                process_group=0,
            )
        )
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(daemon.pid, signal.SIGKILL)


def _instance_of(stage):
    from runtime.dagster_home import prepare_home
    from runtime.settings import Settings

    return prepare_home(Settings(home=stage.home))


def _wait_for_all(book):
    give_up_at = time.monotonic() + PATIENCE
    while any(row.state in OPEN for row in book.rows()):
        if time.monotonic() > give_up_at:
            raise Stuck(f"the daemons sent nothing more: {_said(book.stage)}")
        time.sleep(LOOK)
        clock = book.stage.clock
        clock.wait_until(clock.now() + timedelta(seconds=FASTER * LOOK))


def _runs_and_daemons(stage):
    """How many runs an instance has had, and how many daemons said that they were there."""
    stage.run(count_runs, str(stage.home / "counted"))
    runs = int((stage.home / "counted").read_text())
    starts = "Instance is configured with the following daemons"
    logs = [(stage.home / f"{name}.log").read_text("utf-8") for name in ("first", "second")]
    return runs, sum(log.count(starts) for log in logs)


def count_runs(variables, path):
    """Write how many runs the instance has had."""
    with playing(variables):
        from runtime.dagster_home import prepare_home
        from runtime.settings import Settings

        os.environ["DAGSTER_HOME"] = str(prepare_home(Settings()))
        import dagster as dg

        with dg.DagsterInstance.get() as instance:
            Path(path).write_text(str(instance.get_runs_count()), "ascii")


def _said(stage):
    logs = [stage.home / f"{name}.log" for name in ("first", "second")]
    return "\n".join(log.read_text("utf-8", "replace")[-1500:] for log in logs)
