"""`amsel models`: the versions of each model, which of them serves, and the way back."""

import getpass
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.terminal import one_line

if TYPE_CHECKING:
    from runtime.settings import Settings
    from storage.models import ModelRegistry

app = typer.Typer(
    help="The versions of what was learnt: which serves and why, and the way back to an older one.",
    no_args_is_help=True,
)


@app.command("list")
def list_(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array with an object per version.")
    ] = False,
) -> None:
    """List each version of each model, newest first: whether it serves, and by which decision."""
    from runtime.build import open_models
    from runtime.settings import Settings

    rows = versions_table(open_models(Settings()))
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        kind = f" ({row['kind']})" if row["kind"] else ""
        typer.echo(f"{row['model']:<12} {row['version']}  {row['state']}{kind}")
        typer.echo(f"    {one_line(row['decision'], limit=300) or 'no decision is on its card'}")
    if not rows:
        typer.echo("Nothing was learnt here yet; the brands' default times are used.")


@app.command()
def rollback(
    name: Annotated[str, typer.Argument(metavar="NAME", help="timing, engagement or variants.")],
    to: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="An older one that served; else the one before."),
    ] = None,
) -> None:
    """Let the version that served before serve again; what is decided already stays as it is."""
    from runtime.build import open_models
    from runtime.settings import Settings

    settings = Settings()
    models = open_models(settings)
    left = models.serving(name)
    serves = models.rollback(name, to=to)
    _tell(settings, models, name, left=left or "", serves=serves)
    typer.echo(f"{name}: {serves or 'nothing'} serves again, in place of {left}")
    typer.echo("What was planned stays; the next plan follows. The weekly gate judges anew.")


def versions_table(models: "ModelRegistry") -> list[dict[str, Any]]:
    """One JSON object per version, newest first: model, version, created_at, kind, state, decision.

    `kind` is which of the estimators that were back-tested it is, null where there is one alone.
    `state` is `serves`, `served before`, which a roll-back may go to, or `does not serve`.
    """
    rows = []
    for name in models.names():
        history = models.history(name)
        for card in reversed(models.versions(name)):
            earlier = "served before" if card.version in history else "does not serve"
            rows.append(
                {
                    "model": name,
                    "version": card.version,
                    "created_at": card.created_at.isoformat(),
                    "kind": card.notes.get("kind"),
                    "state": "serves" if history[-1:] == [card.version] else earlier,
                    "decision": card.decision,
                }
            )
    return rows


def _tell(
    settings: "Settings", models: "ModelRegistry", name: str, *, left: str, serves: str | None
) -> None:
    """Put it into the record, and show the hours that serve now where the lake shows them."""
    from ml.timing import load_hours
    from runtime.build import open_lake, open_ledger
    from storage.ledger.announcements import model_rolled_back

    if name == "timing":
        content = models.load(name, serves) if serves else None
        open_lake(settings).replace("slot_effects", load_hours(content))
    ledger = open_ledger(settings)
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        model_rolled_back(
            connection, name, left=left, serves=serves, actor=getpass.getuser(), now=now
        )
