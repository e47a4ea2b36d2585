"""`amsel status`: what is planned, what went out, what waits, what is stopped."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.terminal import one_line

if TYPE_CHECKING:
    from storage.ledger.database import Ledger
    from storage.models import ModelRegistry


def status(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Show what is planned, sent, unknown, failed, stopped, and what waits for a person."""
    from runtime.build import open_ledger, open_models
    from runtime.settings import Settings

    settings = Settings()
    ledger = open_ledger(settings)
    found = {
        "home": str(settings.home.resolve()),
        "ledger": ledger.name,
        "sandbox": settings.sandbox_url or None,
        "sending": settings.sending,
        "models": serving(open_models(settings)),
    } | standing(ledger)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    _show(found)


def standing(ledger: "Ledger") -> dict[str, Any]:
    """Each brand's deliveries by platform and state, what waits for a person, and the stops.

    Raises:
        StoreError: the ledger refused.
    """
    from publishing.watchdog import overdue
    from runtime.token_check import not_granted
    from storage.ledger import brands, imports, overview, stops, tokens, writer_calls

    with ledger.reading() as connection:
        now = ledger.now(connection)
        late = overdue(connection, now=now)
        deliveries = overview.deliveries_by_state(connection)
        due = overview.next_due(connection)
        messages = overview.messages_by_status(connection)
        drafts = overview.held_drafts(connection)
        active = stops.active_all(connection)
        matters = tokens.attention(connection)
        held_up = overview.held_up(connection)
        loaded = brands.all(connection)
        granted = tokens.scopes(connection)
        files, last = imports.newest(connection)
        failing = writer_calls.failing(connection, now=now)
    known = {brand.name for brand in loaded}
    named = sorted(known | {brand for brand, _ in deliveries} | messages.keys() | drafts.keys())
    return {
        "brands": [
            {
                "brand": name,
                "deliveries": {
                    platform: counts
                    for (brand, platform), counts in deliveries.items()
                    if brand == name
                },
                "next_due": due[name].isoformat() if name in due else None,
                "drafts_waiting": drafts.get(name, 0),
                "messages_waiting": messages.get(name, {}).get("held", 0),
                "messages_new": messages.get(name, {}).get("new", 0),
                "stopped": any(stop.brand in (None, name) for stop in active),
            }
            for name in named
        ],
        "attention": [
            {
                "account": one.account,
                "brand": one.brand,
                "reason": one.reason,
                "remedy": one.remedy,
                "since": one.since.isoformat(),
            }
            for one in matters
        ],
        "not_granted": [
            {"account": account.id, "brand": brand.name, "trouble": trouble}
            for brand in loaded
            for account in brand.accounts
            if (trouble := not_granted(account, granted.get(account.id, ())))
        ],
        "held_up": [
            {
                "account": one.account,
                "deliveries": one.count,
                "reason": one.reason,
                "remedy": one.remedy,
            }
            for one in held_up
        ],
        "writers_failing": [
            {
                "writer": one.writer,
                "calls": one.calls,
                "reason": one.why,
                "last_at": one.last_at.isoformat(),
            }
            for one in failing
        ],
        "late": late.words(now) if late.count else None,
        "imports": {
            "files": files,
            "last": Path(last.path).name if last else None,
            "at": last.imported_at.isoformat() if last else None,
        },
        "stops": [
            {
                "brand": stop.brand,
                "reason": stop.reason,
                "actor": stop.actor,
                "stopped_at": stop.stopped_at.isoformat(),
            }
            for stop in active
        ],
    }


def serving(models: "ModelRegistry") -> dict[str, str | None]:
    """Each known model with the version that serves; None where none was promoted."""
    return {name: models.serving(name) for name in models.names()}


def _show(found: dict[str, Any]) -> None:
    sandbox = f", sandbox {found['sandbox']}" if found["sandbox"] else ""
    typer.echo(f"home    {found['home']}")
    typer.echo(f"ledger  {found['ledger']}")
    typer.echo(f"sending {found['sending']}{sandbox}")
    versions = (f"{name} {version or 'none'}" for name, version in found["models"].items())
    typer.echo(f"models  {', '.join(versions) or 'none yet: default times are used'}")
    if found["imports"]["files"]:
        typer.echo(f"history {_imported(found['imports'])}")
    _show_troubles(found)
    for brand in found["brands"]:
        _show_brand(brand)
    if not found["brands"]:
        typer.echo(f"\nNo brand is loaded here yet. {_elsewhere()}")


def _imported(files: dict[str, Any]) -> str:
    return f"{files['files']} files imported, the last {one_line(files['last'])} at {files['at']}"


def _show_troubles(found: dict[str, Any]) -> None:
    for stop in found["stops"]:
        what = stop["brand"] or "every brand"
        typer.secho(
            f"\nSTOPPED {what} since {stop['stopped_at']} by {stop['actor']}: "
            f"{one_line(stop['reason'])}; lift it with `amsel resume`",
            fg="red",
        )
    for one in found["attention"]:
        typer.secho(
            f"\nACCOUNT {one['account']}: {one_line(one['reason'])}; {one_line(one['remedy'])}",
            fg="red",
        )
    for one in found["not_granted"]:
        typer.secho(f"\nACCOUNT {one['account']}: {one_line(one['trouble'])}", fg="yellow")
    named = {one["account"] for one in found["attention"]}
    for one in found["held_up"]:
        if one["account"] not in named:
            typer.secho(
                f"\nWAITING {one['account']}, {one['deliveries']} to go out: "
                f"{one_line(one['reason'], limit=300)}; {one_line(one['remedy'])}",
                fg="yellow",
            )
    for one in found["writers_failing"]:
        typer.secho(
            f"\nWRITER {one['writer']}: its last {one['calls']} calls failed, the last at "
            f"{one['last_at']}: {one_line(one['reason'], limit=300)}",
            fg="yellow",
        )
    if found["late"]:
        typer.secho(f"\nLATE {one_line(found['late'], limit=500)}", fg="red")


def _elsewhere() -> str:
    """Where the demo's data is, for whom looks into the empty folder beside it."""
    if (Path("var/demo") / "ledger.db").exists():
        return "The demo's data is in var/demo: export AMSEL_HOME=var/demo"
    return "`make demo` shows everything at work."


def _show_brand(brand: dict[str, Any]) -> None:
    typer.echo(f"\n{brand['brand']}   next due: {brand['next_due'] or 'nothing'}")
    for platform, counts in brand["deliveries"].items():
        shown = ", ".join(f"{number} {state}" for state, number in counts.items() if number)
        typer.echo(f"  {platform:<9} {shown}")
    waits = (
        ("drafts_waiting", "drafts wait for a person: amsel review"),
        ("messages_waiting", "messages wait for a person: amsel inbox"),
        ("messages_new", "messages are not read yet"),
    )
    for key, what in waits:
        if brand[key]:
            typer.echo(f"  {brand[key]} {what}")
