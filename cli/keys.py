"""`amsel keys`: the keys that the accounts' tokens are sealed with."""

import typer

app = typer.Typer(
    help="The keys that the accounts' tokens are sealed with: make one, change to a new one.",
    no_args_is_help=True,
)


@app.command("new")
def new() -> None:
    """Print a new key for AMSEL_SECRET_KEYS; put it before those that are there."""
    from runtime.keyring import propose_key
    from runtime.settings import Settings

    typer.echo(propose_key(Settings()))


@app.command("rotate")
def rotate() -> None:
    """Seal every token with the newest key, while everything goes on.

    With a key file under AMSEL_HOME a new key is made first, and the one before stays valid. With
    AMSEL_SECRET_KEYS you put the new key first (`amsel keys new`), start everything again with
    both, run this, and then take the old one out.
    """
    from runtime.build import open_ledger
    from runtime.keyring import VARIABLE
    from runtime.keyring import rotate as rotate_keys
    from runtime.settings import Settings

    settings = Settings()
    keyring, done = rotate_keys(settings, open_ledger(settings))
    typer.echo(f"{done} accounts sealed again; key {keyring.newest} of {keyring.origin} seals now")
    if keyring.origin == VARIABLE:
        old = ", ".join(str(number) for number in keyring.keys if number != keyring.newest)
        typer.echo(f"no account needs the others any more ({old}): take them out of {VARIABLE}")
