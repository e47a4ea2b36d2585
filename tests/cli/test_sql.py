"""`amsel sql` as it is typed."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from cli.sql import sql
from domain.errors import PolicyError
from storage.lake import Lake
from storage.lake_tables import TABLES

LOADED = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.setenv("AMSEL_HOME", str(tmp_path))
    account = {"account": "x:grüne", "brand": "b", "loaded_at": LOADED}
    Lake(tmp_path / "lake").replace("accounts", pl.DataFrame([account], schema=TABLES["accounts"]))
    app = typer.Typer()
    app.command()(sql)
    return app


def test_rows_are_printed_as_a_table(app: typer.Typer) -> None:
    assert "x:grüne" in CliRunner().invoke(app, ["select account from accounts"]).stdout


def test_rows_are_printed_as_json(app: typer.Typer) -> None:
    query = "select account, handle, loaded_at from accounts"

    printed = CliRunner().invoke(app, [query, "--json"]).stdout

    row = {"account": "x:grüne", "handle": None, "loaded_at": "2026-01-01T00:00:00+00:00"}
    assert [row] == json.loads(printed)


def test_a_query_that_reads_a_file_is_refused(app: typer.Typer) -> None:
    with pytest.raises(PolicyError, match="read_text"):
        CliRunner().invoke(app, ["from read_text('/etc/passwd')"], catch_exceptions=False)
