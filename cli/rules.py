"""`amsel rules`: how the compliance rules fare on drafts of which the truth is known."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.terminal import one_line
from domain.errors import InputError

if TYPE_CHECKING:
    from content.labels import Miss, RuleScore


app = typer.Typer(
    help="Try the compliance rules on drafts whose verdicts are known.", no_args_is_help=True
)


@app.command()
def labels(
    files: Annotated[
        list[Path], typer.Argument(metavar="LABELS.yaml...", help="Drafts with their verdicts.")
    ],
) -> None:
    """Judge labelled drafts: false passes and false blocks of every rule, and each miss."""
    # pydantic's models take a while to build, and `amsel --help` needs none
    from content.labels import judge_labels, read_labels
    from runtime.build import read_brands
    from runtime.settings import Settings

    drafts = [draft for file in files for draft in read_labels(file)]
    scores, misses = judge_labels(drafts, brands=read_brands(Settings()))
    typer.echo(f"{len(drafts)} drafts, {len(scores)} rules")
    typer.echo(_table(scores))
    for miss in misses:
        typer.echo(_told(miss))


@app.command()
def gate(
    drafts: Annotated[int, typer.Option(min=4, help="So many false ones, and as many true.")] = 500,
    seed: Annotated[int, typer.Option(help="Another seed, other drafts.")] = 1,
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind; repeatable.")] = None,
) -> None:
    """Plant falsehoods of every kind in true drafts, and count what passes."""
    from content.planted import KINDS, try_gate
    from runtime.build import read_brands
    from runtime.settings import Settings

    if strange := set(kind or ()) - {*KINDS}:
        raise InputError(f"{min(strange)!r} is no kind of falsehood; name {', '.join(KINDS)}")
    brands = [*read_brands(Settings()).values()]
    outcome = try_gate(brands, count=drafts, seed=seed, kinds=kind or KINDS)
    for kind, count in sorted(outcome.counts.items()):
        wrong = outcome.misjudged_of(kind)
        typer.echo(f"{kind:<9}{count:>6} drafts, {_share(wrong, count)} misjudged")
    for trial in outcome.misjudged:
        typer.echo(f"{trial.kind} {trial.planted!r} {', '.join(trial.rules)}: {trial.post.text!r}")


@app.command()
def affected(
    brand: Annotated[str | None, typer.Option(help="Only this brand.")] = None,
) -> None:
    """Show which planned posts a change of the brand file or of the rules affects."""
    from planning.affected import affected as found_in
    from runtime.build import open_ledger, read_brands
    from runtime.settings import Settings

    settings = Settings()
    brands = [one for one in read_brands(settings).values() if brand in (None, one.name)]
    found = [one for own in brands for one in found_in(open_ledger(settings), own)]
    for one in found:
        typer.echo(
            f"{one.due_at:%Y-%m-%dT%H:%MZ}  {one.post.id}  {one_line(one.post.text, limit=70)}"
        )
        for check in one.checks:
            seen = f"{check.rule}: {check.evidence}; {check.remedy}"
            typer.echo(f"    {check.verdict} {one_line(seen, limit=500)}")
    typer.echo(f"{len(found)} planned posts would be judged more strictly today.")


@app.command()
def news(
    headlines: Annotated[
        list[str] | None, typer.Argument(metavar="[HEADLINE...]", help="Try these instead.")
    ] = None,
) -> None:
    """Show the headlines that posts are held against, and what each is taken for."""
    from domain.rules.themes import headline_of
    from runtime.build import open_ledger, sync_brands
    from runtime.settings import Settings
    from storage.ledger.news import lately

    if headlines:
        for text in headlines:
            tried = headline_of(text, source="you", seen_at=datetime.now(UTC))
            typer.echo(f"{', '.join(tried.themes) if tried else 'harmless'}: {one_line(text)}")
        return
    settings = Settings()
    ledger = open_ledger(settings)
    brands = sync_brands(settings, ledger)
    with ledger.reading() as connection:
        found = lately(connection, [*brands.values()], now=ledger.now(connection))
    for one in found:
        told = one_line(f"{', '.join(one.themes)}: {one.text} ({one.source})")
        typer.echo(f"{one.seen_at:%Y-%m-%dT%H:%MZ}  {told}")
    typer.echo(f"{len(found)} sensitive headlines")


@app.command()
def likeness(
    files: Annotated[list[Path], typer.Argument(metavar="PICTURE...", help="Known works.")],
) -> None:
    """Print the entries for `terms.works` of the brand file: no post may look like these."""
    from planning.uploads import likeness_of_file

    for file in files:
        typer.echo(f"- title: {json.dumps(file.stem, ensure_ascii=False)}")
        typer.echo(f'  likeness: "{likeness_of_file(file)}"')


def _table(scores: "list[RuleScore]") -> str:
    head = f"{'rule':<20}{'bad':>5}{'false pass':>16}{'good':>7}{'false block':>16}{'other':>8}"
    rows = [
        f"{score.rule:<20}{score.bad:>5}{_share(score.false_passes, score.bad):>16}"
        f"{score.good:>7}{_share(score.false_blocks, score.good):>16}{score.other:>8}"
        for score in scores
    ]
    return "\n".join((head, *rows))


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.1%})" if whole else "-"


def _told(miss: "Miss") -> str:
    seen = f" ({miss.evidence})" if miss.evidence else ""
    return f"{miss.rule}: wanted {miss.wanted}, gave {miss.given}{seen}: {miss.draft.text[:100]!r}"
