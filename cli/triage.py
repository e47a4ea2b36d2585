"""`amsel triage`: classify texts as the community assets do."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import polars as pl


def triage(
    source: Annotated[
        Path, typer.Argument(metavar="INPUT.parquet", help="Columns message_id, text, platform?.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Where the labels go, as Parquet.")],
) -> None:
    """Label each text: language, offensive, spam, sentiment, intent, crisis, action."""
    # polars and scikit-learn are slow to import, and `amsel --help` needs neither
    import polars as pl

    from community.triage import triage_frame
    from domain.errors import InputError, StoreError

    if not source.is_file():
        raise InputError(f"{source} does not exist; name a Parquet file of messages")
    try:
        texts = pl.read_parquet(source)
    except (pl.exceptions.ComputeError, OSError) as exc:
        raise InputError(
            f"{source} is no Parquet file; write one with columns message_id and text"
        ) from exc
    labels = triage_frame(texts)
    partial = out.with_name(f".{out.name}.partial")
    try:
        labels.write_parquet(partial)
        partial.replace(out)
    except OSError as exc:
        raise StoreError(f"{out} cannot be written: {exc}; name a place with room") from exc
    typer.echo(_summary(labels))


def _summary(labels: "pl.DataFrame") -> str:
    counts = labels["action"].value_counts(sort=True).iter_rows()
    parts = ", ".join(f"{action} {count}" for action, count in counts)
    return f"{labels.height} messages: {parts or 'none'}"
