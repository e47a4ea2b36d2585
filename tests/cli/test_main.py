"""The command as a whole: quick to start, readable, and clear when something is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app

HEAVY = {
    "dagster", "polars", "sklearn", "duckdb", "great_expectations", "sqlalchemy", "matplotlib",
    "numpy", "pandas", "httpx", "openai", "anthropic", "rich",
}  # fmt: skip
VERBS = [
    "demo", "up", "status", "doctor", "import", "sql", "post", "review", "deliveries", "worker",
    "inbox", "stop", "resume", "backtest", "triage",
]  # fmt: skip


def test_help_needs_no_heavy_library() -> None:
    code = "import cli.main, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert set() == HEAVY & loaded


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_explains_itself_to_its_user(verb: str) -> None:
    result = CliRunner().invoke(app, [verb, "--help"])
    assert 0 == result.exit_code
    assert [] == [word for word in ("Raises", "StoreError", "ConfigError") if word in result.output]


def test_an_expected_error_is_one_line_and_no_traceback(amsel, home: Path) -> None:
    done = amsel("stop", "--brand", "nobody", "--reason", "x", AMSEL_BRANDS=str(home))
    assert (1, "") == (done.returncode, done.stdout)
    assert 1 == len(done.stderr.splitlines())
    assert done.stderr.startswith("error: ")


def test_a_wrong_setting_is_named_by_its_variable(amsel) -> None:
    done = amsel("status", AMSEL_SENDING="maybe")
    assert 1 == done.returncode
    assert "error: AMSEL_SENDING: input should be 'on' or 'off'" in done.stderr


@pytest.mark.usefixtures("home", "brands")
def test_a_wrong_argument_ends_with_two(amsel) -> None:
    done = amsel("review", "approve", "p1", "--at", "2026-03-02T10:00:00")
    assert 2 == done.returncode
    assert "has no time zone" in done.stderr
