"""`amsel commissions`: what models of others make for money, and what a person knows of it."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from cli.terminal import one_line

if TYPE_CHECKING:
    from storage.ledger.database import Ledger

app = typer.Typer(
    help="Pictures, clips and batches of texts that models of others are paid for.",
    invoke_without_command=True,
)
Id = Annotated[str, typer.Argument(metavar="ID")]
KEYS = ("id", "brand", "kind", "maker", "state", "cents", "job", "reason", "remedy")


@app.callback()
def commissions(
    context: typer.Context,
    brand: Annotated[str | None, typer.Option(help="Only this brand.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array with an object per commission.")
    ] = False,
) -> None:
    """List every commission with its state, oldest first."""
    if context.invoked_subcommand is not None:
        return
    from storage.ledger.commissions import all_of

    with (ledger := _ledger()).reading() as connection:
        every = all_of(connection, brand=brand)
    rows = [{key: getattr(one, key) for key in KEYS} for one in every]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(f"{row['state']:<8} {row['cents']:>7.2f} ct  {row['maker']}  {row['id']}")
        for key in ("reason", "remedy"):
            if row[key]:
                typer.echo(f"    {one_line(row[key], limit=500)}")
    if not rows:
        typer.echo(f"Nothing was commissioned in {ledger.name}.")


@app.command()
def paid(commission_id: Id) -> None:
    """The bill shows it: book its price, and do not order it again."""
    _answer(commission_id, is_paid=True)


@app.command()
def free(commission_id: Id) -> None:
    """The bill does not show it: give the money back to the budget."""
    _answer(commission_id, is_paid=False)


def _answer(commission_id: str, *, is_paid: bool) -> None:
    from storage.ledger.commissions import answer

    with (ledger := _ledger()).transaction() as connection:
        one = answer(connection, commission_id, is_paid=is_paid, now=ledger.now(connection))
    booked = f"{one.cents:.2f} cents are booked" if is_paid else "nothing is booked"
    typer.echo(f"{one.id}: {booked}")


def _ledger() -> "Ledger":
    from runtime.build import open_ledger
    from runtime.settings import Settings

    return open_ledger(Settings())
