"""`amsel deliveries`: every change of the outside world, and where it stands."""

import getpass
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.terminal import one_line
from domain.deliveries import DeliveryState
from domain.engagement import METRICS, SentimentAnalysis

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from domain.deliveries import Delivery
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


app = typer.Typer(
    help="Every change of the outside world: where it stands, what was tried, another try.",
    invoke_without_command=True,
)
SHOWN = 50
"""So many are listed where nobody asks for another number."""
Name = Annotated[str, typer.Argument(metavar="ID", help="The id or the key of the delivery.")]


@app.callback()
def deliveries(
    context: typer.Context,
    brand: Annotated[str | None, typer.Option(help="Only this brand.")] = None,
    state: Annotated[
        DeliveryState | None, typer.Option(help="Only what stands there, such as waiting.")
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"At most so many; {SHOWN}, or all of them with --json."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array with an object per delivery.")
    ] = False,
) -> None:
    """List what is to come, soonest first, then what is at an end, the last of it first."""
    if context.invoked_subcommand is not None:
        return
    if as_json:
        found = deliveries_table(_ledger(), brand=brand, state=state, limit=limit)
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    listed = foremost(_ledger(), brand=brand, state=state, limit=limit or SHOWN)
    for row in listed.rows:
        typer.echo(f"{row['due_at']}  {row['state']:<9}  {row['account']:<28}  {row['key']}")
        typer.echo(f"    {one_line(row['text'], limit=90)}  {row['url'] or ''}".rstrip())
        if row["reason"]:
            typer.echo(f"    {one_line(row['reason'], limit=500)}")
    if listed.more:
        typer.echo(f"and {listed.more} more; --limit, --brand and --state show others")
    if not listed.rows:
        typer.echo("There is none.")


@app.command()
def show(
    name: Name, as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False
) -> None:
    """Show one delivery with its attempts: when, how each ended, and what was said on the wire."""
    found = story(_ledger(), name)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for key in (*KEYS, "kind", "url", "remedy"):
        if found[key] is not None:
            typer.echo(f"{key:<12} {one_line(str(found[key]), limit=500)}")
    if found["metrics"] is not None:
        typer.echo(f"{'metrics':<12} {in_words(found['metrics'])}")
    for attempt in found["tried"]:
        _show_attempt(attempt)


def in_words(metrics: dict[str, Any]) -> str:
    """The counts that a platform gives, and how the comments sound."""
    counts = [f"{metrics[name]} {name}" for name in METRICS if metrics[name] is not None]
    told = ", ".join(counts) + f" as of {metrics['observed_at']}"
    sound = metrics["sentiment"]
    return f"{told}; comments: {SentimentAnalysis(**sound).in_words()}" if sound else told


def _show_attempt(attempt: dict[str, Any]) -> None:
    until, ended = attempt["finished_at"] or "now", attempt["outcome"] or "under way"
    typer.echo(f"attempt {attempt['attempt']}    {attempt['started_at']} to {until}  {ended}")
    if attempt["detail"]:
        typer.echo(f"    {one_line(attempt['detail'], limit=500)}")
    for said in attempt["exchanges"] or ():
        why = "look-up: " if said.get("looks_up") else ""
        answer = said.get("status", "no answer")
        typer.echo(f"    {why}{said['method']} {said['url']} -> {answer}")
        for part in ("sent", "limits", "answer"):
            if part in said:
                shown = json.dumps(said[part], ensure_ascii=False)
                typer.echo(f"        {part:<7} {one_line(shown, limit=2000)}")


@app.command()
def requeue(name: Name) -> None:
    """Try it again at once; what was tried before is looked up first, so nothing is doubled."""
    from publishing import interventions

    row = interventions.requeue(_ledger(), name, actor=getpass.getuser())
    typer.echo(f"{row.key}: {row.state}, {row.reason}")


@app.command()
def cancel(
    name: Name,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "no reason given",
) -> None:
    """Take back what is not out yet."""
    from publishing import interventions

    row = interventions.cancel(_ledger(), name, actor=getpass.getuser(), reason=reason)
    typer.echo(f"{row.key}: {row.state}, {row.reason}")


@app.command()
def settle(
    name: Name,
    sent: Annotated[str | None, typer.Option(help="It is out, under this id.")] = None,
    absent: Annotated[bool, typer.Option("--absent", help="It is not out: send it.")] = False,
) -> None:
    """Say what became of a delivery that no look-up can find."""
    from publishing import interventions

    if (sent is None) != absent:
        raise typer.BadParameter("say either --sent ID or --absent")
    row = interventions.settle(_ledger(), name, actor=getpass.getuser(), platform_id=sent)
    typer.echo(f"{row.key}: {row.state}, {row.reason}")


@app.command()
def verify() -> None:
    """Walk along each delivery's chain of events; says where one was changed or taken out."""
    from storage.ledger import chain

    with _ledger().reading() as connection:
        found = chain.verify(connection)
    for words in found.broken:
        typer.echo(words)
    if found.broken:
        typer.echo("compare with a backup; `amsel deliveries show ID` tells what is kept of one")
        raise typer.Exit(1)
    typer.echo(f"{found.events} events of {found.deliveries} deliveries stand as they were written")


@app.command()
def restored() -> None:
    """After a backup was put back: look up what was due since, and send only what is not there."""
    from publishing.restored import doubt
    from runtime.build import open_networks
    from runtime.settings import Settings

    networks = open_networks(Settings())
    count = doubt(_ledger(), networks=networks, actor=getpass.getuser())
    typer.echo(f"{count} deliveries are looked up before anything is sent again")


def story(ledger: "Ledger", name: str) -> dict[str, Any]:
    """One delivery as JSON data, with its attempts under `tried`, oldest first.

    `metrics` are the newest counts of its post over all accounts, None before the first count.

    Raises:
        StoreError: there is none of that id or key, or the ledger refused.
    """
    from storage.ledger import deliveries as ledger_deliveries
    from storage.ledger import listings, posts

    with ledger.reading() as connection:
        row = listings.named(connection, name)
        tried = ledger_deliveries.attempts(connection, row.id)
        metrics = posts.metrics(connection, row.post_id) if row.post_id else None
    shown = ("attempt", "started_at", "finished_at", "outcome", "detail", "exchanges")
    return row.model_dump(mode="json") | {
        "metrics": metrics.model_dump(mode="json") if metrics else None,
        "tried": [{key: _plain(attempt[key]) for key in shown} for attempt in tried],
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _ledger() -> "Ledger":
    from runtime.build import open_ledger
    from runtime.settings import Settings

    return open_ledger(Settings())


@dataclass(frozen=True, slots=True)
class Listed:
    """The first deliveries of a list, as JSON data with their `text`, and how many more it has."""

    rows: list[dict[str, Any]]
    more: int


def foremost(
    ledger: "Ledger",
    *,
    brand: str | None = None,
    state: DeliveryState | None = None,
    limit: int = SHOWN,
) -> Listed:
    """What is to come, soonest first, then what is at an end, the last of it first.

    Raises:
        StoreError: the ledger refused.
    """
    from storage.ledger import overview

    with ledger.reading() as connection:
        rows = _first(connection, brand=brand, state=state, limit=limit)
        count = overview.count_deliveries(connection, brand=brand, state=state)
    found = [row.model_dump(mode="json") | {"text": row.payload.text} for row in rows]
    return Listed(found, more=count - len(found))


def deliveries_table(
    ledger: "Ledger",
    *,
    brand: str | None = None,
    state: DeliveryState | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """One JSON object with `KEYS` per delivery; instants are ISO, UTC.

    All of them by due instant; with a limit the first ones, in the order of `foremost`.

    Raises:
        StoreError: the ledger refused.
    """
    from storage.ledger import listings

    with ledger.reading() as connection:
        if limit is None:
            rows: Sequence[Delivery]
            rows = listings.everything(connection, state=state, brand=brand)
        else:
            rows = _first(connection, brand=brand, state=state, limit=limit)
    return [
        {key: shown[key] for key in KEYS} for shown in (r.model_dump(mode="json") for r in rows)
    ]


def _first(
    connection: "Connection", *, brand: str | None, state: DeliveryState | None, limit: int
) -> "Sequence[Delivery]":
    from storage.ledger import listings

    states = DeliveryState if state is None else (state,)
    found = listings.foremost(connection, states, limit=limit, brand=brand)
    return listings.newest_first(found)[:limit]
