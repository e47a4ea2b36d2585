"""`amsel review versions`: what became of a post's words, version by version."""

import json
from itertools import zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.terminal import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planning.versions import Piece, Version

_COLUMN = 46


def versions(
    post_id: Annotated[str, typer.Argument(metavar="ID")],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array with an object per version.")
    ] = False,
) -> None:
    """Show a post's versions side by side: who changed which words, when and why.

    Left the version before with [-what went-], right this one with {+what came+}.
    """
    from planning.versions import versions_of
    from runtime.build import open_ledger
    from runtime.settings import Settings

    found = versions_of(open_ledger(Settings()), post_id)
    if as_json:
        typer.echo(json.dumps([_row(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        typer.echo("\n".join(shown(one)))


def shown(one: "Version") -> list[str]:
    """The version in lines: a head, then both sides."""
    head = f"version {one.post.version}  {one.made_at:%Y-%m-%dT%H:%MZ}  {one.actor}"
    lines = [head, f"    {one_line(one.why, limit=500)}"]
    told = [("", one.pieces), *one.elsewhere]
    changed = [(where, pieces) for where, pieces in told if any(p.is_change for p in pieces)]
    for where, pieces in changed:
        lines += [f"    on {where}"] if where else []
        lines += _sides(pieces, is_new=one.post.version == 1)
    return lines if changed else [*lines, "    the words stay"]


def _sides(pieces: "Sequence[Piece]", *, is_new: bool) -> list[str]:
    """The words before beside those after; of a new text only these."""
    if is_new:
        return [f"    {one_line(''.join(piece.after for piece in pieces), limit=5000)}"]
    before = "".join(_marked(p.before, "[-", "-]", p.is_change) for p in pieces)
    after = "".join(_marked(p.after, "{+", "+}", p.is_change) for p in pieces)
    sides = zip_longest(*(wrap(one_line(s, limit=9000), _COLUMN) for s in (before, after)))
    return [f"    {old or '':<{_COLUMN}}  |  {new or ''}".rstrip() for old, new in sides]


def _marked(words: str, begin: str, end: str, is_change: bool) -> str:
    bare = words.rstrip()
    return f"{begin}{bare}{end}{words[len(bare) :]}" if is_change and bare else words


def _row(one: "Version") -> dict[str, Any]:
    return {
        "version": one.post.version,
        "made_at": one.made_at.isoformat(),
        "actor": one.actor,
        "why": one.why,
        "text": one.post.text,
        "changes": _changes(one.pieces),
        "elsewhere": [
            {"platforms": where.split(", "), "changes": _changes(pieces)}
            for where, pieces in one.elsewhere
        ],
    }


def _changes(pieces: "Sequence[Piece]") -> list[dict[str, str]]:
    return [{"before": piece.before, "after": piece.after} for piece in pieces if piece.is_change]
