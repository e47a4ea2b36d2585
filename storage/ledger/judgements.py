"""What people made of drafts: let go as they were, or changed or turned down."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from storage.ledger.approvals import Decision
from storage.ledger.posts import texts_of
from storage.ledger.tables import approvals, post_versions, posts

LATEST = 1000
"""So many of the newest decisions tell how people judge today."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One person's decision about a draft that a writer made.

    `score` and `verdicts` are those of the version that waited for the person.
    """

    brand: str
    score: float
    verdicts: frozenset[str]
    is_unchanged: bool
    decided_at: datetime


def by_people(
    connection: sa.Connection, *, policy: str, brand: str | None = None
) -> list[Judgement]:
    """The newest decisions of people about drafts of orders, oldest first.

    `policy` is the actor of what nobody looked at. An edit that was approved is no approval of the
    draft: where the policy held an earlier version, that one is what was judged, and changed.
    """
    query = _of_people(brand is not None)
    given = {"policy": policy} | ({} if brand is None else {"wanted": brand})
    rows = [
        Judgement(
            brand=row.brand,
            score=row.document["quality"]["overall"],
            verdicts=frozenset(check["verdict"] for check in row.document["compliance_checks"]),
            is_unchanged=row.decision == Decision.APPROVED
            and texts_of(row.document) == texts_of(row.decided),
            decided_at=row.decided_at,
        )
        for row in connection.execute(query, given)
        if row.document["brief_id"] and row.document["quality"]
    ]
    return rows[::-1]


@cache  # long to build, and asked twice for every brand
def _of_people(of_one_brand: bool) -> sa.Select[Any]:
    earlier = approvals.alias()
    waited = (
        sa.select(sa.func.max(earlier.c.post_version))
        .where(
            earlier.c.post_id == approvals.c.post_id,
            earlier.c.actor == sa.bindparam("policy"),
            earlier.c.decision == Decision.HELD,
        )
        .correlate(approvals)
        .scalar_subquery()
    )
    judged = sa.func.coalesce(waited, approvals.c.post_version)
    decided = post_versions.alias()
    query = (
        sa.select(
            posts.c.brand,
            approvals.c.decision,
            approvals.c.decided_at,
            post_versions.c.document,
            decided.c.document.label("decided"),
        )
        .join(posts, posts.c.id == approvals.c.post_id)
        .join(
            post_versions,
            sa.and_(
                post_versions.c.post_id == approvals.c.post_id, post_versions.c.version == judged
            ),
        )
        .join(
            decided,
            sa.and_(
                decided.c.post_id == approvals.c.post_id,
                decided.c.version == approvals.c.post_version,
            ),
        )
        .where(
            approvals.c.actor != sa.bindparam("policy"),
            approvals.c.decision.in_([Decision.APPROVED, Decision.REJECTED]),
        )
        .order_by(approvals.c.decided_at.desc(), approvals.c.post_id)
        .limit(LATEST)
    )
    return query.where(posts.c.brand == sa.bindparam("wanted")) if of_one_brand else query
