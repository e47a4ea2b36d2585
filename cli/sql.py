"""`amsel sql`: read-only SQL over the lake and the marts."""

import json
from datetime import date, datetime
from typing import Annotated

import typer


def sql(
    query: Annotated[str, typer.Argument(help="One SELECT; `show tables` lists the tables.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array with an object per row.")
    ] = False,
) -> None:
    """Read the lake and the marts with SQL; nothing can be written and no other file be read."""
    # polars, pyarrow and duckdb are slow to import, and `amsel --help` needs none of them
    import polars as pl

    from runtime.settings import Settings
    from storage.lake import Lake
    from storage.warehouse import Warehouse

    home = Settings().home
    frame = Warehouse(home / "warehouse", Lake(home / "lake")).query(query)
    if as_json:
        typer.echo(json.dumps(frame.to_dicts(), default=_plain, ensure_ascii=False))
        return
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=-1,
        fmt_str_lengths=200,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
    ):
        typer.echo(frame)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
