"""`amsel connect`: let Amsel speak for an account."""

import sys
import webbrowser
from typing import TYPE_CHECKING, Annotated

import typer

from cli.terminal import one_line
from domain.platforms import Platform

if TYPE_CHECKING:
    from domain.tokens import Tokens
    from runtime.connecting import Kept
    from storage.ledger.tokens import Holder

REDIRECT_URI = "http://127.0.0.1:8765/callback"
PATIENCE = 300.0
"""Seconds in which the browser must have come back."""


def connect(
    platform: Annotated[Platform, typer.Argument(help="The platform.")],
    brand: Annotated[str, typer.Option("--brand", help="The brand that the account belongs to.")],
    account: Annotated[
        str | None,
        typer.Option("--account", help="The handle, where the brand has several there."),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="Ask for this scope instead; may be given several times."),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the browser, or only say where.")
    ] = True,
    redirect_uri: Annotated[
        str,
        typer.Option(
            "--redirect-uri",
            help="The redirect address that the app was registered with. Where it is not on this "
            "machine, you paste the address that the browser ends at.",
        ),
    ] = REDIRECT_URI,
) -> None:
    """Log in to a platform once, so that Amsel may speak for an account.

    The platform's page opens in your browser: allow what it asks for.
    For Bluesky you type an app password instead.

    What comes of it is kept encrypted in the ledger and renewed by itself.
    Deliveries that waited for it go out at once.

    What you need at the platform beforehand is told, step by step, where it is missing.
    """
    from publishing.oauth.loopback import Return
    from runtime.build import open_vault
    from runtime.connecting import account_of, begin, finish, keep
    from runtime.settings import Settings

    settings = Settings()
    holder = account_of(settings, platform, brand=brand, handle=account)
    vault = open_vault(settings)
    if platform is Platform.BLUESKY:
        _tell(holder, keep(vault, holder, _by_password(holder)), ())
        return
    with Return(redirect_uri) as back:
        flow = begin(settings, holder, redirect_uri=back.redirect_uri, scopes=tuple(scope or ()))
        _send_to(flow.address, browser=browser)
        if back.is_here:
            code = back.wait(flow.code_in, seconds=PATIENCE)
        else:
            typer.echo("Then paste the address that the browser ends at:")
            code = flow.code_in(sys.stdin.readline().strip())
        connected = finish(flow, code, settings=settings, vault=vault, holder=holder)
    _tell(holder, keep(vault, holder, connected.tokens), connected.lacks)


def _by_password(holder: "Holder") -> "Tokens":
    from publishing.oauth.steps import steps
    from runtime.connecting import log_in

    for line in steps(Platform.BLUESKY, redirect=""):
        typer.echo(line)
    if sys.stdin.isatty():
        password = typer.prompt(f"App password of {holder.account.handle}", hide_input=True)
    else:
        password = sys.stdin.readline().strip()
    return log_in(holder.account, password)


def _send_to(address: str, *, browser: bool) -> None:
    typer.echo(f"Open this page and let Amsel in:\n{address}")
    if browser:
        webbrowser.open(address)


def _tell(holder: "Holder", kept: "Kept", lacks: tuple[str, ...]) -> None:
    typer.secho(f"{holder.account.id} is connected for {holder.brand}", fg="green")
    if kept.user_id:
        typer.echo(f"  it is    {one_line(kept.user_id)}")
    if kept.scopes:
        typer.echo(f"  it may   {one_line(', '.join(kept.scopes), limit=500)}")
    if kept.expires_at is None:
        typer.echo("  it lasts until it is revoked")
    elif kept.renews_itself:
        typer.echo("  it is renewed by itself")
    else:
        typer.echo(f"  it lasts until {kept.expires_at.isoformat()}")
    if kept.released:
        typer.echo(f"  {kept.released} deliveries that waited for it go out now")
    for lack in lacks:
        typer.secho(f"  missing: {one_line(lack, limit=500)}", fg="yellow")
