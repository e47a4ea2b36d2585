"""What a run leaves beside its data: counts, columns, samples and pictures."""

import base64
from collections.abc import Mapping
from typing import Any

import dagster as dg
import polars as pl

from assets.columns import column_schema

SAMPLE_ROWS = 5
PICTURE_LIMIT = 100_000
SAMPLE_CUT, TABLE_CUT = 120, 400
"""How many characters of a cell are shown: a sample is looked at, a table is read."""


def evidence(
    frame: pl.DataFrame,
    *,
    pictures: Mapping[str, bytes] | None = None,
    facts: Mapping[str, Any] | None = None,
    tables: Mapping[str, pl.DataFrame] | None = None,
    rows: int | None = None,
    scores: bool = False,
) -> dg.MaterializeResult:
    """The result of an asset: pictures, facts, tables, a sample; row count and columns beside.

    `rows` is the row count where `frame` holds only the latest rows. `pictures` are PNG bytes of at
    most 100 kB each: Dagster keeps them in its event log. `scores` tells that the frame holds a
    back-test.
    """
    metadata: dict[str, Any] = {name: picture(png, name) for name, png in (pictures or {}).items()}
    metadata |= dict(facts or {})
    metadata |= {
        name: dg.MetadataValue.md(markdown(t, cut=TABLE_CUT)) for name, t in (tables or {}).items()
    }
    if frame.height:
        metadata["sample"] = dg.MetadataValue.md(markdown(frame.head(SAMPLE_ROWS)))
    count = frame.height if rows is None else rows
    if frame.width:
        metadata["dagster/column_schema"] = column_schema(frame, scores=scores)
    return dg.MaterializeResult(metadata=metadata | {"dagster/row_count": count})


def picture(png: bytes, title: str) -> dg.MetadataValue:
    """A PNG shown inline; one that is too heavy for the event log is named, not stored."""
    if len(png) > PICTURE_LIMIT:
        return dg.MetadataValue.text(f"{title}: {len(png):,} bytes, too heavy for the event log")
    coded = base64.b64encode(png).decode()
    return dg.MetadataValue.md(f"![{title}](data:image/png;base64,{coded})")


def markdown(frame: pl.DataFrame, *, cut: int = SAMPLE_CUT) -> str:
    """The frame as a Markdown table; cells are cut at so many characters."""
    head = "| " + " | ".join(frame.columns) + " |\n|" + " --- |" * frame.width
    lines = [
        "| " + " | ".join(_cell(value, cut) for value in row) + " |" for row in frame.iter_rows()
    ]
    return "\n".join([head, *lines])


def _cell(value: object, cut: int) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}"
    text = "" if value is None else str(value)
    text = text.replace("|", "\\|").replace("\n", " ")
    return text if len(text) <= cut else text[: cut - 1] + "…"
