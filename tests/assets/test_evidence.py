"""What a run leaves beside its data."""

from datetime import UTC, datetime

import polars as pl
import pytest


@pytest.fixture
def evidence(assets):
    return assets("evidence")


@pytest.fixture
def columns(assets):
    return assets("columns")


def test_a_column_is_shown_with_a_plain_type_and_its_meaning(columns) -> None:
    frame = pl.DataFrame({"likes": [1], "due_at": [datetime(2026, 3, 2, tzinfo=UTC)]})
    shown = [(c.name, c.type, c.description) for c in columns.column_schema(frame).columns]
    assert shown == [
        ("likes", "integer", "Likes."),
        ("due_at", "timestamp, UTC", "When it is to go out, UTC."),
    ]


def test_the_value_of_a_backtest_is_no_count(columns) -> None:
    frame = pl.DataFrame({"value": [0.3]})
    assert columns.column_schema(frame, scores=True).columns[0].description == "The score."


def test_text_from_outside_cannot_break_out_of_a_table(evidence) -> None:
    table = evidence.markdown(pl.DataFrame({"text": ["a | b\n| c"]}))
    assert table.splitlines() == ["| text |", "| --- |", r"| a \| b \| c |"]


def test_a_picture_too_heavy_for_the_event_log_is_named_instead(evidence) -> None:
    heavy = evidence.picture(b"0" * 100_001, "hours")
    assert heavy.text == "hours: 100,001 bytes, too heavy for the event log"


def test_pictures_come_before_numbers_and_the_sample_last(evidence) -> None:
    result = evidence.evidence(
        pl.DataFrame({"likes": [1]}),
        pictures={"hours": b"png"},
        facts={"version": "1"},
        tables={"scores": pl.DataFrame({"model": [None]})},
    )
    shown = [name for name in result.metadata if not name.startswith("dagster/")]
    assert shown == ["hours", "version", "scores", "sample"]
