"""`amsel write`: try a writer by hand, with the verdict on each text and what it cost."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from content.providers.base import Writer
    from domain.posts import ContentPost


def write(
    brief: Annotated[Path, typer.Option("--brief", help="A brief in YAML; see docs/writers.md.")],
    writer: Annotated[
        str, typer.Option("--writer", help="composer, or a writer that is set up.")
    ] = "composer",
    seed: Annotated[int, typer.Option(help="Another seed, other words.")] = 1,
) -> None:
    """Write one brief with one writer; nothing is planned or sent, but a billed call is booked."""
    # the writers' libraries take a second to import, and `amsel --help` needs none
    from content.brief_files import read_brief
    from content.drafts import make_drafts
    from content.router import Router
    from runtime.build import make_writers, open_ledger, sync_brands
    from runtime.settings import Settings
    from storage.ledger.costs import LedgerPurse

    settings = Settings()
    ledger = open_ledger(settings)
    brands = sync_brands(settings, ledger)
    with ledger.reading() as connection:
        order = read_brief(brief, brands=brands, now=ledger.now(connection))
    chosen = _named(writer, make_writers(settings))
    brand = brands[order.brand]
    written = Router([chosen], LedgerPurse(ledger)).booked(chosen, order, brand=brand, seed=seed)
    drafts = make_drafts(order, written, brand=brand)
    for draft in drafts:
        typer.echo(_shown(draft))
    left_out = len(written.variants) - len(drafts)
    typer.echo(
        f"{written.writer} {written.model}".strip() + f": {len(drafts)} drafts"
        + (f", {left_out} left out that said the same" if left_out else "")
        + f", {written.input_tokens} tokens in, {written.output_tokens} out, "
        f"{written.cost_cents:.3f} cents, seed {_told(written.seed)}, "
        f"temperature {_told(written.temperature)}"
    )  # fmt: skip


def _named(name: str, writers: "list[Writer]") -> "Writer":
    from domain.errors import ConfigError

    found = {writer.name: writer for writer in writers}
    if name not in found:
        raise ConfigError(
            f"no writer {name!r} is set up; there is {', '.join(found)}. docs/writers.md says how "
            "to set one up"
        )
    return found[name]


def _told(value: float | None) -> str:
    return "not taken" if value is None else str(value)


def _shown(draft: "ContentPost") -> str:
    from domain.wordings import wordings

    against = [check for check in draft.compliance_checks if check.verdict != "pass"]
    quality = draft.quality.overall if draft.quality else 0.0
    lines = [f"--- {draft.variant}: {draft.difference} (quality {quality:.2f})", draft.text]
    for one in wordings(draft)[1:]:
        lines += [f"  on {', '.join(one.platforms)}:", one.text]
    for check in against:
        seen = f"{check.rule} ({check.evidence})"
        lines.append(f"  {check.verdict}: {'; '.join(filter(None, (seen, check.remedy)))}")
    return "\n".join((*lines, ""))
