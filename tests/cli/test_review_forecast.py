"""`amsel review` says of each draft what moved its forecast."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from cli.review import app
from storage.lake import Lake
from storage.lake_tables import KEYS, TABLES
from storage.ledger.database import Ledger
from tests.cli.test_review import hold


def test_the_list_says_in_a_line_what_raised_and_lowered_the_forecast(
    home: Path, brands: Path
) -> None:
    ledger = Ledger(f"sqlite:///{home / 'ledger.db'}")
    ledger.upgrade()
    due = datetime.now(UTC) + timedelta(days=1)
    post_id = hold(ledger, brands, slot=due)
    ledger.close()
    assert "forecast" not in CliRunner().invoke(app, []).stdout

    why = "Raised by the time +9%; lowered by questions -4%."
    rows = [(post_id, "x:acme", due, why), (post_id, "bluesky:acme", due, "not where it goes")]
    told = pl.DataFrame(rows, schema=TABLES["forecast_reasons"], orient="row")
    Lake(home / "lake").merge(
        "forecast_reasons", told, key=KEYS["forecast_reasons"], day_column="due_at"
    )

    shown = CliRunner().invoke(app, []).stdout.splitlines()
    assert [f"    forecast: {why}"] == [line for line in shown if "forecast" in line]
    (row,) = json.loads(CliRunner().invoke(app, ["--json"]).stdout)
    assert f"forecast: {why}" == row["forecast"]
