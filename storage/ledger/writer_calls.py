"""Calls of hosted writers in the ledger: what they took and brought, for a month."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.writing import WriterCall, Written
from storage.ledger.approvals import POLICY, Decision
from storage.ledger.documents import to_document
from storage.ledger.tables import approvals, posts, writer_calls

KEPT = timedelta(days=30)
ANSWERS_KEPT = timedelta(days=1)
IN_A_ROW = 3
"""A writer whose last calls, so many, all failed is one to look after."""


@dataclass(frozen=True, slots=True)
class Failing:
    """A writer whose last calls all failed: how many, why the last one, and when that was."""

    writer: str
    calls: int
    why: str
    last_at: datetime


def save(connection: sa.Connection, calls: Sequence[WriterCall], *, now: datetime) -> None:
    """Keep what calls took and brought; they ended just now."""
    rows = [
        {
            "brand": call.brand,
            "writer": call.writer,
            "language": call.language,
            "brief_id": call.brief_id,
            "seconds": call.seconds,
            "cents": call.cents,
            "trouble": call.trouble,
            "is_down": call.is_down,
            "order_key": call.order_key,
            "answer": to_document(call.answer) if call.answer else None,
            "called_at": now,
        }
        for call in calls
    ]
    if rows:
        connection.execute(writer_calls.insert(), rows)


def lately(connection: sa.Connection, *, now: datetime) -> list[WriterCall]:
    """The calls of the last month, oldest first, without what they brought."""
    query = sa.select(writer_calls).where(writer_calls.c.called_at > now - KEPT)
    return [
        WriterCall(
            writer=row.writer,
            brand=row.brand,
            brief_id=row.brief_id,
            language=row.language,
            seconds=row.seconds,
            cents=row.cents,
            trouble=row.trouble,
            is_down=row.is_down,
        )
        for row in connection.execute(query.order_by(writer_calls.c.position))
    ]


def answers(connection: sa.Connection, *, since: datetime) -> list[tuple[str, Written, datetime]]:
    """What billed calls brought since then: the order's key, the answer, when it came."""
    query = sa.select(
        writer_calls.c.order_key, writer_calls.c.answer, writer_calls.c.called_at
    ).where(writer_calls.c.called_at > since, writer_calls.c.order_key.is_not(None))
    rows = connection.execute(query.order_by(writer_calls.c.position))
    return [(row.order_key, Written.model_validate(row.answer), row.called_at) for row in rows]


def forget(connection: sa.Connection, *, now: datetime) -> None:
    """Let go of calls that are older than a month, and of answers that are older than a day."""
    connection.execute(writer_calls.delete().where(writer_calls.c.called_at <= now - KEPT))
    old = (writer_calls.c.called_at <= now - ANSWERS_KEPT, writer_calls.c.order_key.is_not(None))
    nothing = {"order_key": None, "answer": sa.null()}
    connection.execute(writer_calls.update().where(*old).values(**nothing))


def failing(connection: sa.Connection, *, now: datetime) -> list[Failing]:
    """The writers whose last calls of this month all failed, by name."""
    query = (
        sa.select(writer_calls.c.writer, writer_calls.c.trouble, writer_calls.c.called_at)
        .where(writer_calls.c.called_at > now - KEPT)
        .order_by(writer_calls.c.position.desc())
    )
    last: dict[str, list[sa.Row[tuple[str, str | None, datetime]]]] = defaultdict(list)
    worked: set[str] = set()
    for row in connection.execute(query):
        if row.trouble is None:
            worked.add(row.writer)
        elif row.writer not in worked:
            last[row.writer].append(row)
    return [
        Failing(name, len(rows), str(rows[0].trouble), rows[0].called_at)
        for name, rows in sorted(last.items())
        if len(rows) >= IN_A_ROW
    ]


def accepted(
    connection: sa.Connection, *, now: datetime, people: bool | None = None
) -> Mapping[tuple[str, str], tuple[int, int]]:
    """By writer and language: how many drafts of the last month were approved, of those decided.

    With `people` only what people decided counts, or (false) only what the brand's policy did. A
    month counts by the slot. A draft that waits for a person is not approved yet.
    """
    document = posts.c.document
    author, language = document["generated_by"].as_string(), document["language"].as_string()
    query = (
        sa.select(author, language, approvals.c.decision, sa.func.count())
        .join(
            approvals,
            sa.and_(approvals.c.post_id == posts.c.id, approvals.c.post_version == posts.c.version),
        )
        .where(posts.c.scheduled_for > now - KEPT)
        .group_by(author, language, approvals.c.decision)
    )
    if people is not None:
        by_policy = approvals.c.actor == POLICY
        query = query.where(~by_policy if people else by_policy)
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for generated_by, spoken, decision, count in connection.execute(query):
        key = (str(generated_by).partition("/")[0], str(spoken))
        approved, decided = found.get(key, (0, 0))
        good = count if decision == Decision.APPROVED else 0
        found[key] = (approved + good, decided + count)
    return found
