"""Posts that today's rules hold at the door, and a person who lets one pass."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from domain.brand import Brand
from domain.compliance import ComplianceCheck, Verdict, is_held_today, worst
from domain.deliveries import Delivery, DeliveryState
from domain.errors import PolicyError, StateError
from domain.news import Headline
from domain.posts import ContentPost, PostStatus
from domain.rechecking import checked, refuse_blocked, stricter
from storage.ledger import approvals, brands, deliveries, news, posts
from storage.ledger.approvals import Approval, Decision
from storage.ledger.database import Ledger


def held_at_the_door(ledger: Ledger, *, brand: str | None = None) -> list[Delivery]:
    """What was approved and waits because a rule holds it today, soonest first."""
    with ledger.reading() as connection:
        waiting = deliveries.list(connection, states=(DeliveryState.WAITING,), brand=brand)
    return [one for one in waiting if is_held_today(one.reason)]


def let_pass(
    ledger: Ledger, post_id: str, *, actor: str, reason: str, now: datetime
) -> list[Delivery]:
    """Let a post go out that only today's rules hold; its deliveries that waited for that.

    The decision names who, when, why and which rules, and holds for this version of the text and
    for what the rules see today: an edit voids it, and so do other news or a stricter brand file.
    What blocks, a platform's limits among it, nobody lets pass.

    Raises:
        StoreError: there is no such post.
        StateError: it is not scheduled, or nothing new holds it.
        PolicyError: a rule blocks it, or `actor` wrote it and the brand asks for another.
    """
    with ledger.transaction() as connection:
        post = posts.load(connection, post_id, lock=True)
        brand = brands.load(connection, post.brand)
        today = news.lately(connection, [brand], now=now)
        held = _held(connection, post, brand, today, now=now)
        _refuse_author(connection, post, brand, actor=actor)
        seen = _seen_today(post, brand, today, now=now)
        refuse_blocked(seen)
        posts.save(connection, seen, key=post.id, actor=actor, now=now)
        told = f"let pass {', '.join(check.rule for check in held)}: {reason}"
        decision = Approval(post.id, post.version, Decision.APPROVED, actor, told, now)
        approvals.decide(connection, decision)
        return _woken(connection, post, f"{actor} {told}", now=now)


def _held(
    connection: sa.Connection,
    post: ContentPost,
    brand: Brand,
    today: Sequence[Headline],
    *,
    now: datetime,
) -> tuple[ComplianceCheck, ...]:
    if post.status is not PostStatus.SCHEDULED:
        raise StateError(
            f"post {post.id} is {post.status} and not on its way; `amsel review` lists what waits"
        )
    decided = approvals.decision(connection, post.id, version=post.version)
    if decided is None or decided.decision is not Decision.APPROVED:
        raise StateError(
            f"version {post.version} of post {post.id} is not approved; "
            f"`amsel review approve {post.id}` is what it waits for"
        )
    held = stricter(post, brand, at=now, news=today)
    if not held:
        raise StateError(
            f"no rule holds post {post.id} that did not when it was approved; "
            "`amsel deliveries` tells what it waits for"
        )
    if worst(held) is Verdict.BLOCK:
        first = next(check for check in held if check.verdict is Verdict.BLOCK)
        raise PolicyError(
            f"rule {first.rule} blocks it ({first.evidence}), and what blocks nobody lets pass; "
            f"{first.remedy or 'change the text'}"
        )
    return held


def _refuse_author(
    connection: sa.Connection, post: ContentPost, brand: Brand, *, actor: str
) -> None:
    if brand.approval.by_another and actor in posts.authors(connection, post):
        raise PolicyError(
            f"{actor} wrote version {post.version} of {post.id}, and {brand.name} has texts let "
            "pass by another person (`approval.by_another`); ask somebody else"
        )


def _seen_today(
    post: ContentPost, brand: Brand, today: Sequence[Headline], *, now: datetime
) -> ContentPost:
    """The post with what the rules see today; what no rule gave, as a judge's verdict, stays."""
    fresh = checked(post, brand, at=now, news=today).compliance_checks
    named = {check.rule for check in fresh}
    others = tuple(check for check in post.compliance_checks if check.rule not in named)
    return post.model_copy(update={"compliance_checks": (*fresh, *others)})


def _woken(
    connection: sa.Connection, post: ContentPost, why: str, *, now: datetime
) -> list[Delivery]:
    waiting = deliveries.list(connection, states=(DeliveryState.WAITING,), post_id=post.id)
    held = [one for one in waiting if is_held_today(one.reason)]
    for one in held:
        deliveries.note(connection, one, why, next_at=now)
    return held
