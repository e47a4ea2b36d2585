"""`amsel import`: analytics exports and canonical tables into the lake."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from domain.brand import Brand
from domain.errors import InputError

if TYPE_CHECKING:
    from sources.exports import ImportSummary
    from storage.ledger.imports import ImportedFile


def import_(
    format_name: Annotated[
        str,
        typer.Argument(metavar="FORMAT", help="x-analytics, posts or variants (canonical tables)"),
    ],
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="files or folders")],
    brand: Annotated[str | None, typer.Option(help="the brand whose account it is")] = None,
    account: Annotated[
        str | None, typer.Option(help="platform:handle, like x:northloom; variants need none")
    ] = None,
    observed_at: Annotated[
        str | None, typer.Option(help="when the export was made, like 2026-03-02T10:00:00Z")
    ] = None,
) -> None:
    """Bring an analytics export into the lake; the same file twice changes nothing."""
    from runtime.build import open_ledger, read_brands
    from runtime.settings import Settings
    from sources.exports import ingest
    from sources.exports.register import Register
    from sources.exports.request import Request
    from storage.lake import Lake

    settings = Settings()
    if format_name == "variants":
        _import_variants(paths, settings.home / "lake")
        return
    if brand is None or account is None:
        raise InputError("say whose posts they are: --brand BRAND --account PLATFORM:HANDLE")
    full = _full_account(account, format_name)
    _refuse_stranger(brand, full, read_brands(settings))
    request = Request(
        account=full,
        brand=brand,
        now=datetime.now(UTC),
        observed_at=_instant(observed_at),
    )
    summary = ingest(format_name, paths, request, Lake(settings.home / "lake"))
    ledger, register = open_ledger(settings), Register.of(format_name, full, paths)
    earlier = register.earlier(ledger)
    register.record(ledger, summary, now=request.now)
    _show(summary)
    for file in earlier:
        _show_earlier(file)
    if summary.rows and not summary.posts:
        raise typer.Exit(1)


def _import_variants(paths: list[Path], root: Path) -> None:
    """Finished tests are nobody's: wording that was clicked on one site teaches every brand."""
    from cli.variant_tables import read_variants
    from ml.variant_tests import prepare_tests
    from storage.lake import Lake
    from storage.lake_tables import DAY_COLUMNS, KEYS, TABLES

    name = "variant_tests"
    tests = prepare_tests(read_variants(paths)).select(*TABLES[name])
    fresh = Lake(root).merge(name, tests, key=KEYS[name], day_column=DAY_COLUMNS[name])
    tested = tests["test_id"].n_unique()
    typer.echo(f"{tested:,} tests with {tests.height:,} variants, {fresh:,} of them new")


def _refuse_stranger(brand: str, account: str, brands: Mapping[str, Brand]) -> None:
    """What is in the lake stays there: a misspelt name must not get in."""
    if brand not in brands:
        known = ", ".join(sorted(brands)) or "none"
        raise InputError(f"no brand file names the brand {brand!r}; known: {known}")
    known_accounts = [one.id for one in brands[brand].accounts]
    if account not in known_accounts:
        raise InputError(
            f"{brand} has no account {account!r}; known: {', '.join(known_accounts)}. "
            "Add it to the brand file first"
        )


def _full_account(account: str, format_name: str) -> str:
    bare = account.removeprefix("@")
    return f"x:{bare}" if format_name == "x-analytics" and ":" not in bare else bare


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(
            f"observed-at {text!r} is no time; write one like 2026-03-02T10:00:00Z"
        ) from error


def _show_earlier(file: "ImportedFile") -> None:
    typer.echo(
        f"{Path(file.path).name} was imported before, on {file.imported_at:%Y-%m-%d %H:%M} UTC "
        f"({file.rows:,} rows, {file.quarantined:,} of them set aside)"
    )


def _show(summary: "ImportSummary") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="bold")
    table.add_column()
    for number, what in (
        (len(summary.files), "files"),
        (summary.rows, "rows"),
        (summary.new_posts, "posts are new"),
        (summary.posts - summary.new_posts, "were already there"),
        (summary.new_snapshots, "metric values are new"),
        (summary.replies, "are replies, which models leave out"),
        (summary.reposts, "are reposts, which models leave out"),
        (summary.quarantined, "rows were set aside"),
    ):
        table.add_row(f"{number:,}", what)
    console.print(table)
    if not summary.rows:
        console.print("There is no row in it, so nothing came in.", style="yellow")
    for row in summary.first_quarantined:
        place = f"{row['file']}, line {row['line']}"
        field = f", {row['field']}" if row["field"] else ""
        console.print(f"  {place}{field}: {row['reason']}", markup=False, highlight=False)
    if summary.quarantined > len(summary.first_quarantined):
        console.print("  see them all: amsel sql 'select * from quarantine'", markup=False)
    if summary.changed:
        console.print(
            f"{summary.changed:,} posts are there with other counts for the same instant and stay "
            "as they were; if this export is newer, give --observed-at",
            style="yellow",
        )
    for note in summary.notes:
        console.print(f"note: {note}", style="dim", markup=False, highlight=False)
