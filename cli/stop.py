"""`amsel stop` and `amsel resume`: nothing of a brand goes out until a person says so."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from storage.ledger.database import Ledger


def stop(
    brand: Annotated[str | None, typer.Option(help="The brand; without it every brand.")] = None,
    reason: Annotated[str, typer.Option(help="Why; it stands beside what was held back.")] = "",
) -> None:
    """Stop everything that would go out. What falls due meanwhile is cancelled, not delayed."""
    from runtime.build import open_ledger, sync_brands
    from runtime.settings import Settings

    settings = Settings()
    ledger = open_ledger(settings)
    # a broken brand file must not stand in the way of stopping a brand that was running
    if brand is not None and not _knows(ledger, brand):
        sync_brands(settings, ledger)
    stop_sending(ledger, brand=brand, reason=reason or "no reason given", actor=getpass.getuser())
    typer.echo(f"{brand or 'every brand'} is stopped; lift it with `amsel resume`")


def resume(
    brand: Annotated[str | None, typer.Option(help="The brand; without it all stops.")] = None,
) -> None:
    """Lift emergency stops."""
    from runtime.build import open_ledger
    from runtime.settings import Settings

    lifted = resume_sending(open_ledger(Settings()), brand=brand, actor=getpass.getuser())
    typer.echo(f"{lifted} stop(s) lifted" if lifted else "nothing was stopped")


def stop_sending(ledger: "Ledger", *, brand: str | None, reason: str, actor: str) -> str:
    """Stop one brand (None: all) and return the stop's id.

    Raises:
        StoreError: the ledger knows no such brand: a misspelt stop must not look like one.
    """
    from storage.ledger import brands, stops

    with ledger.transaction() as connection:
        if brand is not None:
            brands.must_have(connection, brand)
        now = ledger.now(connection)
        return stops.stop(connection, brand=brand, reason=reason, actor=actor, now=now)


def resume_sending(ledger: "Ledger", *, brand: str | None, actor: str) -> int:
    """Lift the stops of a brand (None: all) and return how many.

    Raises:
        StoreError: the ledger knows no such brand: a misspelt name must not look like no stop.
    """
    from storage.ledger import brands, stops

    with ledger.transaction() as connection:
        if brand is not None:
            brands.must_have(connection, brand)
        now = ledger.now(connection)
        return stops.resume(connection, brand=brand, actor=actor, now=now)


def _knows(ledger: "Ledger", brand: str) -> bool:
    from storage.ledger import brands

    with ledger.reading() as connection:
        return brands.has(connection, brand)
