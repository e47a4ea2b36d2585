"""`amsel faults`: demos killed at random moments and at exact points of a send, then judged."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cli.fault_campaign import Found


def faults(
    runs: Annotated[int, typer.Option(min=1, help="Demos of each case.")] = 1,
    case: Annotated[
        str, typer.Option(help="Only the cases whose name has these words in it.")
    ] = "",
    seed: Annotated[int, typer.Option(help="From it follows every random moment.")] = 1,
    json_path: Annotated[Path, typer.Option("--json", help="Where the table goes.")] = Path(
        "var/faults/demos.json"
    ),
) -> None:
    """Kill demos with kill -9, start them again until they finish, and judge what went out.

    The judge is the sandbox's own ledger of what it accepted. Takes some minutes a demo; each
    demo's folder stays beside the table. Ends with 1 where anything was doubled, lost, stuck or
    damaged.
    """
    from cli.fault_campaign import CASES, Campaign

    chosen = [one for one in CASES if case in one.name]
    if not chosen:
        names = ", ".join(one.name for one in CASES)
        raise typer.BadParameter(f"no case has {case!r} in its name; there are: {names}")
    root = json_path.resolve().parent / "homes"
    shutil.rmtree(root, ignore_errors=True)
    campaign = Campaign(root, seed=seed, say=lambda words: typer.echo(f"           {words}"))
    rows = []
    for one in chosen:
        typer.echo(f"case       {one.name}")
        found = [campaign.play(one, number=number) for number in range(1, runs + 1)]
        rows.append(_row(found))
        json_path.write_text(json.dumps(rows, indent=2), encoding="utf-8")
    _print(rows, json_path)
    wrong = ("doubled", "lost", "unplanned", "stuck", "damage")
    if any(row[name] for row in rows for name in wrong):
        raise typer.Exit(1)


def _row(found: Sequence["Found"]) -> dict[str, Any]:
    """One row of the contract: counts over all demos of a case, the slowest recovery."""
    return {
        "case": found[0].case,
        "profile": "demo, one day",
        "database": "sqlite",
        "runs": len(found),
        "kills": sum(one.kills for one in found),
        "doubled": sum(one.doubled for one in found),
        "lost": sum(one.lost for one in found),
        "unplanned": sum(one.unplanned for one in found),
        "stuck": sum(one.stuck for one in found),
        "recovery_seconds": max(one.recovery_seconds for one in found),
        "damage": [words for one in found for words in one.damage],
    }


def _print(rows: Sequence[dict[str, Any]], path: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = ("case", "runs", "kills", "doubled", "lost", "stuck", "recovery_seconds")
    table = Table(*shown, title="Killed and started again", title_justify="left")
    for row in rows:
        table.add_row(*(str(row[name]) for name in shown))
    console = Console(highlight=False)
    console.print(table)
    for words in (words for row in rows for words in row["damage"]):
        console.print(f"damage   {words}", markup=False, soft_wrap=True)
    console.print(f"JSON     {path}", soft_wrap=True)
