"""`amsel inbox`: what waits for a person, and the person's answer to it."""

import getpass
import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import world
from cli.terminal import one_line

if TYPE_CHECKING:
    from storage.ledger.database import Ledger
    from storage.ledger.replies import Standing

app = typer.Typer(help="What people wrote that waits for a person.", invoke_without_command=True)


@app.callback()
def waiting(
    context: typer.Context,
    brand: Annotated[str | None, typer.Option(help="Only this brand.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array with an object per message.")
    ] = False,
) -> None:
    """List the messages that wait for a person: complaints first, then questions, then the rest."""
    if context.invoked_subcommand is not None:
        return
    from community import escalation

    rows = [_row(standing) for standing in escalation.waiting(_ledger(), brand=brand)]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(
            f"{row['id']}  {row['brand']}  {row['platform']}  @{row['author']}  "
            f"{row['intent'] or 'not read'}  {row['created_at'][:16].replace('T', ' ')} UTC"
        )
        typer.echo(f"    {one_line(row['text'])}")
        typer.echo(f"    why: {row['reason']}")
        if row["proposal"]:
            typer.echo(f"    proposed: {one_line(row['proposal'])}")
    kinds = Counter(row["intent"] or "not read" for row in rows)
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    usage = "amsel inbox answer ID [--text TEXT] | amsel inbox ignore ID"
    typer.echo(f"{len(rows)} wait ({counts}): {usage}" if rows else "Nothing waits.")


@app.command()
def answer(
    action_id: Annotated[str, typer.Argument(metavar="ID")],
    text: Annotated[str | None, typer.Option(help="Say this instead of the proposal.")] = None,
) -> None:
    """Send the proposed reply or your own text; confirm a proposed hiding."""
    from community import escalation

    world.refuse_asleep()
    ledger = _ledger()
    now = ledger.instant()
    action = escalation.approve(ledger, action_id, actor=getpass.getuser(), now=now, text=text)
    typer.echo(f"{action.kind}: planned for message {action.message_id}")


@app.command()
def ignore(
    action_id: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
) -> None:
    """Leave a message without an answer."""
    from community import escalation

    ledger = _ledger()
    now = ledger.instant()
    action = escalation.decline(ledger, action_id, actor=getpass.getuser(), now=now, reason=reason)
    typer.echo(f"ignored: message {action.message_id}")


def _ledger() -> "Ledger":
    from runtime.build import open_ledger
    from runtime.settings import Settings

    return open_ledger(Settings())


def _row(standing: "Standing") -> dict[str, Any]:
    message, triage = standing.message, standing.triage
    return {
        "id": standing.action.id,
        "brand": standing.brand,
        "platform": message.platform.value,
        "account": message.account,
        "author": message.author,
        "message_id": message.message_id,
        "created_at": message.created_at.isoformat(),
        "text": message.text,
        "intent": triage.intent.value if triage else None,
        "kind": standing.action.kind.value,
        "reason": standing.action.reason,
        "proposal": standing.action.text,
    }
