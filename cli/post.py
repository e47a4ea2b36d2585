"""`amsel post`: posts that were written elsewhere, through the same checks and the same door."""

import getpass
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import world
from cli.terminal import one_line
from domain.errors import ConfigError

if TYPE_CHECKING:
    from planning.written import Written


def post(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.jsonl", help="One object a line: key, platform, account, text, at, media."
        ),
    ],
    brand: Annotated[str, typer.Option(help="The brand whose accounts they go out on.")],
    approve: Annotated[
        bool,
        typer.Option("--approve", help="You have looked: what a rule only holds goes out too."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array with an object per post.")
    ] = False,
) -> None:
    """Plan posts that were written elsewhere; the same file twice changes nothing.

    Each text passes the brand's checks. A number, name or link that the brand file does not know
    holds it for `amsel review`; a text that is too long or says a banned word makes the file
    wrong, and then nothing of it is planned.
    """
    from planning.post_files import keep_media, read_posts
    from planning.written import plan_written
    from runtime.build import open_blobs, open_ledger, sync_brands
    from runtime.settings import Settings

    world.refuse_asleep()
    lines = read_posts(file)
    settings = Settings()
    ledger = open_ledger(settings)
    known = sync_brands(settings, ledger)
    if brand not in known:
        raise ConfigError(f"there is no brand {brand!r}; known: {', '.join(known)}")
    keep_media(lines, open_blobs(settings))
    written = plan_written(ledger, known[brand], lines, actor=getpass.getuser(), approve=approve)
    if as_json:
        typer.echo(json.dumps([_row(one) for one in written], ensure_ascii=False))
        return
    _show(written)


def _row(one: "Written") -> "dict[str, str | list[str] | None]":
    return {
        "key": one.post.id,
        "account": one.line.post.account_id,
        "at": one.line.post.at.isoformat(),
        "decision": str(one.decision) if one.decision else None,
        "reason": one.reason,
        "warnings": _warnings(one),
    }


def _warnings(one: "Written") -> list[str]:
    """What its platform will leave out or change without refusing it."""
    from domain.media import attachments
    from domain.preflight import losses

    platform = one.line.post.platform
    return [loss.evidence for loss in losses(platform, attachments(one.post.media, platform))]


def _show(written: "list[Written]") -> None:
    counts = Counter(str(one.decision) if one.decision else "known" for one in written)
    typer.echo(
        f"{counts['approved']} planned, {counts['held']} wait for a person, "
        f"{counts['known']} were planned before"
    )
    for one in written:
        if one.decision == "held":
            typer.echo(f"    {one.line.place}  {one.post.id}: {one_line(one.reason, limit=300)}")
    for one in written:
        for warning in _warnings(one):
            typer.echo(f"    {one.line.place}  {one.post.id}: warning: {warning}")
    if counts["held"]:
        typer.echo("see them: amsel review")
