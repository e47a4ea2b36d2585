"""`amsel local`: a small open model on this machine, as a writer that needs no key."""

import threading
from typing import Annotated

import typer


def local(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where it answers.")] = 8089,
) -> None:
    """Serve a small open model to this machine alone; it writes for whoever sets what is shown."""
    from content.providers.local_model import serve, settings_for

    server = serve(port)
    typer.echo(f"A local model answers on {server.listening_address}. To write with it:\n")
    for name, value in settings_for(server.listening_address).items():
        typer.echo(f"export {name}='{value}'")
    typer.echo("\namsel write --brief brief.yaml --writer openai-compatible\n\nCtrl-C ends it.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
