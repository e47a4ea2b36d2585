"""The Dagster UI ends with `amsel up`, and what a killed one left holds up nothing."""

import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import httpx
import pytest

from cli.demo import PATIENCE
from runtime.dagster_home import prepare_home
from runtime.locks import only_one
from runtime.settings import Settings
from tests.parsed import copy_parsed
from tests.processes import assert_gone, descendants

ROOT = Path(__file__).parents[2]
UP = [sys.executable, "-c", "from cli.main import run; run()", "up"]
LONGEST_START = 400
"""Seconds, on a busy machine too."""


@dg.asset
def entry() -> None:
    """One row."""


DEFS = dg.Definitions([entry], jobs=[dg.define_asset_job("work", [entry])])


@dataclass(frozen=True)
class Killed:
    """`amsel up` after `kill -9`; `dead` is how the run that an earlier one left was found."""

    home: Path
    parts: list[int]
    dead: dg.DagsterRunStatus


@pytest.fixture(scope="module")
def killed(tmp_path_factory, parsed_home):
    """The UI on a folder with a run that looks alive, killed as soon as it answers."""
    home, port = tmp_path_factory.mktemp("up") / "demo", free_port()
    prepare_home(Settings(home=home))
    copy_parsed(parsed_home, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(home / "dagster"))  # its event log names it
        instance = dg.DagsterInstance.get()
    with instance:
        job = DEFS.resolve_job_def("work")
        run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
        with subprocess.Popen(
            [*UP, "--home", str(home), "--port", str(port)], cwd=ROOT, stdout=subprocess.DEVNULL
        ) as process:
            try:
                wait_for_answer(process, port)
                parts = descendants(process.pid)
            finally:
                process.kill()
        yield Killed(home, parts, instance.get_run_by_id(run.run_id).status)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for_answer(process, port):
    """Return when the UI has loaded the project's code."""
    query = {"query": "{ repositoriesOrError { __typename } }"}
    give_up_at = time.monotonic() + LONGEST_START
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json=query, timeout=30)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            assert "RepositoryConnection" in answer.text
            return
    pytest.fail("the UI did not come up")


def test_every_server_and_the_sandbox_end_when_it_is_killed(killed):
    assert len(killed.parts) >= 5  # the sandbox, dagster dev, webserver, daemon, code server
    assert_gone(*killed.parts, within=5)


def test_its_folder_is_free_at_once(killed):
    with only_one(killed.home.parent / ".demo", what="a demo", patience=PATIENCE):
        pass


def test_a_run_that_a_killed_one_left_is_ended(killed):
    assert dg.DagsterRunStatus.FAILURE == killed.dead
