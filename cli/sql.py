"""`amsel sql`: read-only SQL over the lake and the marts."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer


def sql(
    query: Annotated[str, typer.Argument(help="One SELECT; `show tables` lists the tables.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array with an object per row.")
    ] = False,
) -> None:
    """Read the lake and the marts with SQL.

    Raises:
        PolicyError: the query would do more than read tables.
        InputError: the query is not valid SQL, or names an unknown table.
    """
    # polars, pyarrow and duckdb are slow to import, and `amsel --help` needs none of them
    import polars as pl

    from storage.lake import Lake
    from storage.warehouse import Warehouse

    home = Path(os.environ.get("AMSEL_HOME", "var"))
    frame = Warehouse(home / "warehouse", Lake(home / "lake")).query(query)
    if as_json:
        typer.echo(json.dumps(frame.to_dicts(), default=str, ensure_ascii=False))
        return
    with pl.Config(
        tbl_rows=-1, tbl_cols=-1, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True
    ):
        typer.echo(frame)
