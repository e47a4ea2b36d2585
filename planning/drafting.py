"""Orders without drafts are written, each in a transaction of its own."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import chain, islice

import polars as pl
import sqlalchemy as sa

from content.drafts import make_drafts
from content.providers.base import Writer
from content.router import Router
from domain.brand import Brand
from domain.posts import ContentPost, PostStatus
from domain.rules import Said
from domain.writing import Brief, Purse
from planning.repetition import said_by
from planning.scriptorium import Scriptorium, Sorted
from planning.slots import seed_of
from storage.ledger import news, posts, stops, writer_calls
from storage.ledger.database import Ledger

JUDGED_SHOWN = timedelta(days=7)
"""How long after its slot a draft's verdicts are shown."""
RECENT = 200
"""How many earlier texts of the brand a draft is compared with: those of a month."""
PIECE = 500
"""The verdicts of so many drafts are held at a time: some 45 rows each."""


@dataclass(frozen=True)
class Desk:
    """Who writes, and who pays; with a scriptorium what can wait is written in batches."""

    writers: Sequence[Writer]
    purse: Purse
    scriptorium: Scriptorium | None = None

    @cached_property
    def router(self) -> Router:
        """Who chooses among the writers; it remembers how they did while the desk is in use."""
        return Router(self.writers, self.purse)


def write_drafts(
    ledger: Ledger, brand: Brand, *, briefs: Sequence[Brief], desk: Desk
) -> list[ContentPost]:
    """All drafts of `written_drafts` together."""
    return [*written_drafts(ledger, brand, briefs=briefs, desk=desk)]


def written_drafts(
    ledger: Ledger, brand: Brand, *, briefs: Sequence[Brief], desk: Desk
) -> Iterator[ContentPost]:
    """Write every order that has no draft yet, and give each draft once it is kept.

    A run that dies leaves whole orders written or unwritten; the next run writes the rest. Under an
    emergency stop nothing is written and nothing paid. What waits for a batch is left for a later
    run. A draft is compared with what the brand says around it, orders of this run included: until
    the batch chooses, such an order counts with every variant that was kept of it. Of what is
    written only that is remembered here, the words and when they are said.
    Raises PolicyError or WriterError only where even the built-in composer fails, after the others
    have been written; what was asked of hosted writers is kept all the same.
    """
    with ledger.reading() as connection:
        if stops.active(connection, brand.name):
            return
        today = news.lately(connection, [brand], now=ledger.now(connection))
        known = _known(connection, brand, briefs)
    if not known.unwritten:
        return
    todo = _sorted(known.unwritten, brand, desk)
    at_once = desk.router.write_all(todo.now, brand=brand, seed_of=seed_of, failed=todo.failed)
    recent, said = known.recent, known.said
    try:
        for brief, written in chain(todo.ready, at_once):
            drafts = make_drafts(
                brief, written, brand=brand, recent=[*recent], said=said, news=today
            )
            desk.router.judge(brief, written, drafts)
            with ledger.transaction() as connection:
                now = ledger.now(connection)
                writer_calls.save(connection, desk.router.take_calls(), now=now)
                for draft in drafts:
                    posts.save(connection, draft, key=draft.id, actor=written.writer, now=now)
            recent.extend(draft.text for draft in drafts)
            said += said_by(drafts, since=known.since)
            yield from drafts
    finally:
        _keep_calls(ledger, desk)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a brand has said, and its orders that have no draft yet."""

    unwritten: list[Brief]
    since: datetime
    recent: deque[str]
    said: list[Said]


def _known(connection: sa.Connection, brand: Brand, briefs: Sequence[Brief]) -> _Known:
    orders = {brief.id: brief for brief in briefs}
    first = min((brief.due_at for brief in briefs), default=datetime.max.replace(tzinfo=UTC))
    since = first - brand.posting.repeat_after
    recent: deque[str] = deque(maxlen=RECENT)
    said: list[Said] = []
    for post in posts.each(connection, brand=brand.name):
        orders.pop(post.brief_id or "", None)
        recent.append(post.text)
        said += said_by([post], since=since)
    return _Known([*orders.values()], since, recent, said)


def _keep_calls(ledger: Ledger, desk: Desk) -> None:
    if calls := desk.router.take_calls():
        with ledger.transaction() as connection:
            writer_calls.save(connection, calls, now=ledger.now(connection))


def _sorted(orders: Sequence[Brief], brand: Brand, desk: Desk) -> Sorted:
    if desk.scriptorium is None or not orders:
        return Sorted(now=[*orders])
    if paid := [order for order in orders if "writer" not in order.without]:
        preferred = desk.router.in_order(paid[0], brand)
        desk.scriptorium.order(paid, brand, writers=[writer.name for writer in preferred])
    return desk.scriptorium.sort(orders)


def judged_lately(connection: sa.Connection, *, now: datetime) -> Iterator[ContentPost]:
    """The drafts that wait, and those whose slot is to come or was within the last week.

    Each is given once, one after the other: with their verdicts they weigh much.
    """
    known: set[str] = set()
    waiting = posts.each(connection, status=PostStatus.GENERATED)
    others = posts.each(connection, since=now - JUDGED_SHOWN, but=PostStatus.GENERATED)
    for post in chain(waiting, others):
        if post.id not in known:
            known.add(post.id)
            yield post


def verdicts_in_pieces(drafts: Iterable[ContentPost]) -> Iterator[pl.DataFrame]:
    """The `verdicts` of many drafts, those of `PIECE` at a time; one frame without rows of none."""
    rest = iter(drafts)
    yield verdicts([*islice(rest, PIECE)])
    while some := [*islice(rest, PIECE)]:
        yield verdicts(some)


def verdicts(drafts: Sequence[ContentPost]) -> pl.DataFrame:
    """One row per draft and rule: the verdict, what was seen, what would mend it."""
    rows = [
        (
            draft.id,
            draft.brand,
            draft.variant,
            check.rule,
            str(check.verdict),
            check.evidence,
            check.remedy,
            check.policy_version,
        )
        for draft in drafts
        for check in draft.compliance_checks
    ]
    names = (
        "post_id", "brand", "variant", "rule", "verdict", "evidence", "remedy", "policy_version",
    )  # fmt: skip
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String()), orient="row")
