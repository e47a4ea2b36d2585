"""`amsel doctor`: what is wrong, and what to type."""

import json
from typing import Annotated

import typer

COLOURS = {"ok": "green", "warn": "yellow", "bad": "red"}


def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array with an object per finding.")
    ] = False,
) -> None:
    """Look at everything that Amsel needs, and say what to type where something is wrong.

    Nothing is changed, and platforms are only read from. Ends with 1 where something is bad.
    """
    from runtime.checkup import Health, examine
    from runtime.settings import Settings

    found = []
    for finding in examine(Settings()):
        found.append(finding)
        if not as_json:
            label = typer.style(f"{finding.health:<5}", fg=COLOURS[finding.health])
            typer.echo(f"{label} {finding.about:<10} {finding.text}")
    if as_json:
        rows = [{"about": one.about, "health": one.health, "text": one.text} for one in found]
        typer.echo(json.dumps(rows, ensure_ascii=False))
    if any(one.health is Health.BAD for one in found):
        raise typer.Exit(1)
