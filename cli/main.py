"""The `amsel` command: one module per verb, each light to import, so that help is quick."""

import sys

import typer

from cli import up
from domain.errors import AmselError

app = typer.Typer(
    name="amsel",
    help="A social-media team as an asset graph: it learns, writes, posts once, and answers.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    add_completion=False,
)
app.command("up")(up.up)


def run() -> None:
    """Run the command; an expected error becomes one line on stderr and exit code 1."""
    try:
        app()
    except AmselError as exc:
        typer.secho(f"error: {exc}", fg="red", err=True)
        sys.exit(1)
