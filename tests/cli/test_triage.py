"""`amsel triage` from file to file."""

from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from cli.triage import triage
from domain.errors import InputError

app = typer.Typer()
app.command()(triage)


def test_a_file_of_messages_becomes_a_file_of_labels(tmp_path: Path) -> None:
    source, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    texts = ["Was kostet das?", "You are all worthless scum", "Richtig lecker, danke!"]
    pl.DataFrame({"platform": ["x"] * 3, "message_id": [1, 2, 3], "text": texts}).write_parquet(
        source
    )
    result = CliRunner().invoke(app, [str(source), "--out", str(out)])
    labels = pl.read_parquet(out)
    wanted = ["language", "offensive", "spam", "sentiment", "intent", "crisis", "confidence"]
    assert 0 == result.exit_code
    assert [] == [name for name in ["message_id", *wanted, "action"] if name not in labels.columns]
    assert ["answer", "hide", "answer"] == labels["action"].to_list()


@pytest.mark.parametrize("content", [None, b"", b"not a parquet file"])
def test_what_is_no_parquet_file_is_refused_and_nothing_is_written(
    tmp_path: Path, content: bytes | None
) -> None:
    source, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    if content is not None:
        source.write_bytes(content)
    result = CliRunner().invoke(app, [str(source), "--out", str(out)])
    assert (InputError, False) == (type(result.exception), out.exists())
