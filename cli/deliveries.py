"""`amsel deliveries`: every change of the outside world, and where it stands."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.terminal import one_line

if TYPE_CHECKING:
    from storage.ledger.database import Ledger

KEYS = (
    "id",
    "key",
    "platform",
    "account",
    "state",
    "due_at",
    "sent_at",
    "attempts",
    "platform_id",
    "reason",
)
"""The keys of the JSON, in order: a contract with checks from outside."""


def deliveries(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array with an object per delivery.")
    ] = False,
) -> None:
    """List every delivery with its state, soonest first."""
    from runtime.build import open_ledger
    from runtime.settings import Settings

    rows = deliveries_table(open_ledger(Settings()))
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(f"{row['due_at']}  {row['state']:<9}  {row['account']:<28}  {row['key']}")
        if row["reason"]:
            typer.echo(f"    {one_line(row['reason'], limit=500)}")
    if not rows:
        typer.echo("Nothing is planned yet.")


def deliveries_table(ledger: "Ledger") -> list[dict[str, Any]]:
    """One JSON object with `KEYS` per delivery, by due instant; instants are ISO, UTC.

    Raises:
        StoreError: the ledger refused.
    """
    from storage.ledger import deliveries as ledger_deliveries

    with ledger.reading() as connection:
        rows = ledger_deliveries.list(connection)
    return [{key: row.model_dump(mode="json")[key] for key in KEYS} for row in rows]
