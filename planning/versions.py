"""The versions of a post beside each other: who changed which words, when and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

import regex

from domain.errors import StoreError
from domain.posts import ContentPost
from storage.ledger import approvals, briefs, posts
from storage.ledger.approvals import Approval
from storage.ledger.database import Ledger


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that stay (both sides alike), or that give way to others (one side may be empty)."""

    before: str
    after: str

    @property
    def is_change(self) -> bool:
        """Whether the words differ."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a post.

    Attributes:
        why: what was changed, and what was decided about it.
        pieces: its words against those of the version before; of the first, all are new.
        elsewhere: the same of each text that platforms have in its place, with their names.
    """

    post: ContentPost
    actor: str
    made_at: datetime
    why: str
    pieces: tuple[Piece, ...]
    elsewhere: tuple[tuple[str, tuple[Piece, ...]], ...] = ()


def versions_of(ledger: Ledger, post_id: str) -> list[Version]:
    """Every version of a post, oldest first. Raises StoreError where there is no such post."""
    with ledger.reading() as connection:
        kept = posts.history(connection, post_id)
        if not kept:
            raise StoreError(f"the ledger knows no post {post_id!r}; `amsel review` lists drafts")
        decided = approvals.decisions(connection, [post_id])
        order = kept[0][0].brief_id
        brief = briefs.load(connection, order) if order else None
    found, before = [], None
    for post, actor, made_at in kept:
        changed = _changed(before, post)
        if before is None and brief is not None:
            changed = f"{changed} for {brief.id}: {brief.why}"
        why = _why(changed, decided.get((post_id, post.version)))
        pieces = word_diff(before.text if before else "", post.text)
        found.append(Version(post, actor, made_at, why, pieces, _elsewhere(before, post)))
        before = post
    return found


def _elsewhere(
    before: ContentPost | None, post: ContentPost
) -> tuple[tuple[str, tuple[Piece, ...]], ...]:
    """What changes on platforms that have, or had, another text than the main one."""
    told: dict[tuple[str, str], list[str]] = {}
    for platform in post.platforms:
        if platform in post.adaptations or (before and platform in before.adaptations):
            old = before.text_for(platform) if before else ""
            told.setdefault((old, post.text_for(platform)), []).append(platform)
    return tuple((", ".join(where), word_diff(*texts)) for texts, where in told.items())


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """Two texts word by word; the pieces of either side, put together, are that text."""
    old, new = _words(before), _words(after)
    steps = SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
    return tuple(Piece("".join(old[a:b]), "".join(new[c:d])) for _, a, b, c, d in steps)


def _words(text: str) -> list[str]:
    """Words with the space behind them."""
    return [str(word) for word in regex.findall(r"\S+\s*|^\s+", text)]


def _changed(before: ContentPost | None, post: ContentPost) -> str:
    if before is None:
        return f"written by {post.generated_by}"
    parts = (
        ("its text", before.text != post.text),
        ("its text on some platforms", before.adaptations != post.adaptations),
        ("what it shows", before.media != post.media),
        ("where it goes", before.platforms != post.platforms),
    )
    return f"changes {_listed([name for name, is_so in parts if is_so])}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names) or "nothing that is seen"


def _why(changed: str, last: Approval | None) -> str:
    if last is None:
        return changed
    return f"{changed}; {last.decision} by {last.actor}: {last.reason}"
