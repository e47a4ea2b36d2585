"""Commands in a folder with a local social network speak to it, unless the ledger is elsewhere."""

import os

import pytest

from cli import world
from sandbox.process import start


@pytest.fixture
def sandbox(tmp_path, monkeypatch):
    monkeypatch.setenv("AMSEL_HOME", str(tmp_path))
    monkeypatch.setenv("AMSEL_SANDBOX_URL", "")  # so that it is put back, whoever sets it
    monkeypatch.delenv("AMSEL_SANDBOX_URL")
    with start(tmp_path / "sandbox") as process:
        yield process


def test_a_sandbox_that_runs_under_the_home_is_spoken_to(sandbox, monkeypatch) -> None:
    monkeypatch.delenv("AMSEL_LEDGER_URL", raising=False)
    world.adopt()
    assert os.environ.get("AMSEL_SANDBOX_URL") == sandbox.url


@pytest.mark.usefixtures("sandbox")
def test_posts_of_a_ledger_elsewhere_are_not_sent_to_the_sandbox(monkeypatch) -> None:
    monkeypatch.setenv("AMSEL_LEDGER_URL", "postgresql+psycopg://real.example/ledger")
    world.adopt()
    assert "AMSEL_SANDBOX_URL" not in os.environ
