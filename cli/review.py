"""`amsel review`: the drafts that wait for a person, and the person's answer to them."""

import getpass
import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import world
from cli.terminal import one_line
from cli.versions import versions

if TYPE_CHECKING:
    from domain.platforms import Platform
    from planning.redrawing import Edit
    from planning.waiting import Waiting
    from storage.ledger.database import Ledger

_OF_A_CHECK = {"rule", "verdict", "evidence", "remedy", "platforms"}
"""What is shown of a verdict; without `platforms` it is about all of them."""
app = typer.Typer(help="Drafts that wait for a person.", invoke_without_command=True)


app.command()(versions)


@app.callback()
def waiting(
    context: typer.Context,
    brand: Annotated[str | None, typer.Option(help="Only this brand.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array with an object per draft.")
    ] = False,
    expired: Annotated[
        bool, typer.Option("--expired", help="Those that nobody decided about in time instead.")
    ] = False,
) -> None:
    """List the drafts that wait for a person, soonest slot first."""
    if context.invoked_subcommand is not None:
        return
    from planning import waiting

    ledger = _ledger()
    late = _expired(ledger, brand)
    if expired:
        typer.echo(json.dumps(late, ensure_ascii=False) if as_json else _told(late))
        return
    found = waiting.waiting(ledger, brand=brand)
    far = _distances(ledger, found)
    said = _reasons(found)
    rows = [
        _row(one) | {"distance": far[one.post.id], "forecast": said.get(one.post.id)}
        for one in found
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        _show(row)
    typer.echo(
        "amsel review approve ID [--text TEXT] [--at TIME] | "
        "edit ID --text TEXT [--platform NAME] | reject ID --reason WHY"
        if rows
        else "Nothing waits."
    )
    _show_held(ledger, brand)
    if late:
        typer.echo(f"{len(late)} waited too long and will not go out: amsel review --expired")


@app.command()
def approve(
    post_id: Annotated[str, typer.Argument(metavar="ID")],
    text: Annotated[
        str | None, typer.Option(help="Say this instead; checked like a draft.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(help="Another instant than its slot, like 2026-03-02T10:00:00+01:00."),
    ] = None,
) -> None:
    """Let a draft go out, as it is or with your own text.

    What a rule only holds may pass; what a rule blocks may not.
    """
    world.refuse_asleep()
    from planning import review

    ledger = _ledger()
    change = None if text is None else _edit(ledger, post_id, text)
    now = ledger.instant()
    done = review.approve(
        ledger, post_id, actor=getpass.getuser(), now=now, text=change, at=_instant(at)
    )
    for slot in done.slots:
        due_at = slot.schedule.due_at.isoformat()
        typer.echo(f"version {done.post.version} goes out on {slot.schedule.account} at {due_at}")
    for slot in done.missed:
        typer.echo(f"nothing goes out on {slot.schedule.account}: its slot has passed")


@app.command()
def edit(
    post_id: Annotated[str, typer.Argument(metavar="ID")],
    text: Annotated[str, typer.Option(help="What it shall say; checked like a draft.")],
    platform: Annotated[
        str | None, typer.Option(help="Only there; elsewhere it says what it said.")
    ] = None,
) -> None:
    """Give a post another text, as its next version.

    Without a platform it says that everywhere, and texts that some had of their own go.
    A draft waits on, for you or where the brand says so for another person. A scheduled post goes
    out with the new text, at the same time, as long as no worker has begun to send it.
    """
    from planning import review

    ledger = _ledger()
    change = _edit(ledger, post_id, text, platform)
    now = ledger.instant()
    post = review.edit(ledger, post_id, actor=getpass.getuser(), now=now, text=change)
    what = "goes out instead" if post.status == "scheduled" else "waits"
    typer.echo(f"version {post.version} of {post.id} {what}")


@app.command(name="pass")
def let_pass(
    post_id: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option(help="Why; it stands beside the decision.")],
) -> None:
    """Let a post go out that a rule holds at the door today, though it was approved.

    Not what a rule blocks. It holds for this text and for what the rules see today.
    """
    world.refuse_asleep()
    from planning import passing

    ledger = _ledger()
    now, actor = ledger.instant(), getpass.getuser()
    woken = passing.let_pass(ledger, post_id, actor=actor, reason=reason, now=now)
    for one in woken:
        typer.echo(f"{one.key} goes out on {one.account}")
    if not woken:
        typer.echo(f"{post_id} passes; nothing of it waited yet")


@app.command()
def reject(
    post_id: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option(help="Why; it stands beside the draft.")],
) -> None:
    """Turn a draft down; it goes to the archive with the reason."""
    from planning import review

    ledger = _ledger()
    now = ledger.instant()
    post = review.reject(ledger, post_id, actor=getpass.getuser(), now=now, reason=reason)
    typer.echo(f"rejected: {post.id}")


def _ledger() -> "Ledger":
    """The ledger with the brand files as they stand now: today's rules judge, and put away."""
    from planning.waiting import expire
    from runtime.build import open_ledger, sync_brands
    from runtime.settings import Settings

    settings = Settings()
    ledger = open_ledger(settings)
    known = sync_brands(settings, ledger)
    with ledger.transaction() as connection:
        for brand in known.values():
            expire(connection, brand, now=ledger.now(connection))
    return ledger


def _distances(ledger: "Ledger", found: "list[Waiting]") -> "dict[str, float | None]":
    from planning.manner import draft_distances

    with ledger.reading() as connection:
        return draft_distances(connection, [one.post for one in found])


def _reasons(found: "list[Waiting]") -> dict[str, str]:
    """By draft what raised and lowered its forecast, on the account where it is due first."""
    import polars as pl

    from runtime.build import open_lake
    from runtime.settings import Settings

    due = {one.post.id: one.slots[0].schedule.account for one in found if one.slots}
    key = {"post_id": pl.String(), "account": pl.String()}
    asked = pl.DataFrame([*due.items()], schema=key, orient="row")
    told = open_lake(Settings()).read("forecast_reasons").join(asked, on=[*key])
    first = {one.post.id: " as it was first written" * (one.post.version > 1) for one in found}
    rows = told.select("post_id", "reasons").iter_rows()
    return {post: f"forecast{first[post]}: {why}" for post, why in rows}


def _edit(ledger: "Ledger", post_id: str, text: str, platform: str | None = None) -> "Edit":
    """The edit, with the cards and clips that show the old words drawn anew."""
    from planning.redrawing import adapted_for, edit_of
    from runtime.build import open_blobs
    from runtime.settings import Settings

    blobs, there = open_blobs(Settings()), _platform(platform)
    change = edit_of(ledger, post_id, text, blobs=blobs, platform=there)
    if change.trouble:
        typer.echo(change.trouble)
    if there is None and (gone := adapted_for(ledger, post_id)):
        typer.echo(f"it says this on {', '.join(gone)} too; their own texts go")
    return change


def _platform(name: str | None) -> "Platform | None":
    from domain.platforms import Platform

    try:
        return None if name is None else Platform(name)
    except ValueError as exc:
        raise typer.BadParameter(f"{name!r} is no platform; name one like linkedin") from exc


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as exc:
        raise typer.BadParameter(
            f"{text!r} is no time; write one like 2026-03-02T10:00:00+01:00"
        ) from exc
    if instant.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no time zone; add one, like {text}+01:00")
    return instant


def _row(one: "Waiting") -> dict[str, Any]:
    from domain.rules.quality import in_words
    from domain.wordings import wordings

    risk, of = one.assessed
    return {
        "id": one.post.id,
        "brand": one.post.brand,
        "version": one.post.version,
        "language": one.post.language,
        "variant": one.post.variant,
        "angle": one.post.angle,
        "difference": one.post.difference,
        "text": one.post.text,
        "elsewhere": [
            {"platforms": list(each.platforms), "text": each.text}
            for each in wordings(one.post)[1:]
        ],
        "reason": one.reason,
        "risk": risk.value,
        "risk_why": of,
        "quality": one.post.quality.overall if one.post.quality else None,
        "confidence": in_words(one.post.quality) if one.post.quality else None,
        "let_go_unchanged": one.post.quality.accepted if one.post.quality else None,
        "decisions": one.post.quality.decisions if one.post.quality else 0,
        "checks": [
            check.model_dump(mode="json", include=_OF_A_CHECK)
            for check in one.post.compliance_checks
        ],
        "slots": [
            {"account": s.schedule.account, "due_at": s.schedule.due_at.isoformat()}
            for s in one.slots
        ],
        "written_by": one.post.generated_by,
        "prompt_version": one.post.prompt_version,
        "input_tokens": one.post.input_tokens,
        "output_tokens": one.post.output_tokens,
        "cost_cents": one.post.cost_cents,
        "expires_at": one.expires_at.isoformat() if one.expires_at else None,
    }


def _expired(ledger: "Ledger", brand: str | None) -> list[dict[str, Any]]:
    from planning import waiting

    return [
        {
            "id": post.id,
            "brand": post.brand,
            "version": post.version,
            "text": post.text,
            "state": decision.decision.value,
            "reason": decision.reason,
            "expired_at": decision.decided_at.isoformat(),
        }
        for post, decision in waiting.expired(ledger, brand=brand)
    ]


def _told(late: list[dict[str, Any]]) -> str:
    lines = [
        f"{row['id']}  {row['brand']}  {row['state']}\n"
        f"    {one_line(row['text'], limit=5000)}\n    {one_line(row['reason'], limit=500)}"
        for row in late
    ]
    return "\n".join(lines) or "Nothing has expired."


def _show_held(ledger: "Ledger", brand: str | None) -> None:
    """What was approved and is held at the door by a rule of today."""
    from planning.passing import held_at_the_door

    held = held_at_the_door(ledger, brand=brand)
    for one in held:
        typer.echo(f"{one.post_id}  {one.brand}  approved, and held at the door")
        typer.echo(f"    {one.due_at.isoformat()}  {one.account}")
        typer.echo(f"    {one_line(one.payload.text, limit=5000)}")
        typer.echo(f"    why: {one_line(one.reason or '', limit=500)}")
    if held:
        typer.echo("amsel review pass ID --reason WHY | amsel deliveries cancel KEY --reason WHY")


def _price(row: dict[str, Any]) -> str:
    """With which prompt, and for what; nothing where a person wrote it."""
    if not row["prompt_version"]:
        return ""
    tokens = f"{row['input_tokens']} tokens in, {row['output_tokens']} out"
    return f" ({row['prompt_version']}, {tokens}, {row['cost_cents']:.3f} cents)"


def _show(row: dict[str, Any]) -> None:
    typer.echo(f"{row['id']}  {row['brand']}  written by {row['written_by']}{_price(row)}")
    for slot in row["slots"]:
        typer.echo(f"    {slot['due_at']}  {slot['account']}")
    typer.echo(f"    {one_line(row['text'], limit=5000)}")
    for each in row["elsewhere"]:
        typer.echo(f"    on {', '.join(each['platforms'])}:")
        typer.echo(f"        {one_line(each['text'], limit=5000)}")
    typer.echo(f"    why: {one_line(row['reason'], limit=500)}")
    for line in _told_of_it(row):
        typer.echo(f"    {line}")
    if row["expires_at"]:
        typer.echo(f"    expires {row['expires_at']}")
    for check in row["checks"]:
        if check["verdict"] != "pass":
            told = "; ".join(filter(None, (check["evidence"], check["remedy"])))
            seen = f"{check['rule']}: {told}"
            typer.echo(f"    {check['verdict']} {one_line(seen, limit=500)}")


def _told_of_it(row: dict[str, Any]) -> list[str]:
    """What is known of the draft beside its text and why it waits."""
    far, differs = row["distance"], row["difference"]
    risk = f"{row['risk']} risk: {row['risk_why']}"
    said = [
        (risk not in row["reason"], one_line(risk, limit=500)),
        (row["confidence"], row["confidence"]),
        (far is not None, f"distance to the brand's voice {far or 0:.2f} (0 near, 1 far)"),
        (row["forecast"], one_line(row["forecast"] or "", limit=500)),
        (differs, f"variant {row['variant']}: {one_line(differs or '', limit=200)}"),
    ]
    return [line for known, line in said if known]
