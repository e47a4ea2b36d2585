"""Drafts that no rule stops are read by the brand's judge, if it wants one."""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from content.judge import Judge, unasked
from content.providers.hosted import HostedWriter
from content.router import IN_FLIGHT
from domain.brand import Brand
from domain.compliance import ComplianceCheck
from domain.posts import ContentPost, PostStatus
from domain.rechecking import awaits_judge
from domain.rules import rescored
from planning.drafting import Desk
from planning.slots import seed_of
from storage.ledger import approvals, posts, stops
from storage.ledger.database import Ledger

ACTOR = "judge"


def judge_drafts(ledger: Ledger, brand: Brand, *, desk: Desk) -> list[ContentPost]:
    """Have every open draft read that waits for it; the drafts with their verdicts.

    Many are read at a time, and each verdict is kept as it comes: a run that dies is made good by
    the next, which asks for those that are missing. An emergency stop freezes it.
    """
    with ledger.reading() as connection:
        if stops.active(connection, brand.name):
            return []
        unread = [
            post
            for post in posts.find(connection, status=PostStatus.GENERATED, brand=brand.name)
            if awaits_judge(post, brand)
            and approvals.decision(connection, post.id, version=post.version) is None
        ]
    judge = _judge(brand, desk)
    if judge is None:
        why = f"no writer {brand.judge.writer!r} is set up"
        return [_keep(ledger, post, unasked(brand, why)) for post in unread]
    with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="judge") as pool:
        under_way = {
            pool.submit(judge.check, alike[0], brand, seed=seed_of(alike[0].id)): alike
            for alike in _in_the_same_words(unread)
        }
        return [
            _keep(ledger, post, one.result())
            for one in as_completed(under_way)
            for post in under_way[one]
        ]


def _in_the_same_words(unread: Sequence[ContentPost]) -> list[list[ContentPost]]:
    """The drafts by order and text: what differs in its picture alone is read and paid once."""
    alike: dict[tuple[str | None, str], list[ContentPost]] = defaultdict(list)
    for post in unread:
        alike[post.brief_id, post.text].append(post)
    return [*alike.values()]


def _judge(brand: Brand, desk: Desk) -> Judge | None:
    able: Sequence[HostedWriter] = [
        writer for writer in desk.writers if isinstance(writer, HostedWriter)
    ]
    named = next((writer for writer in able if writer.name == brand.judge.writer), None)
    return Judge(named, desk.purse) if named else None


def _keep(ledger: Ledger, post: ContentPost, check: ComplianceCheck) -> ContentPost:
    with ledger.transaction() as connection:
        stored = posts.load(connection, post.id, lock=True)
        if stored.version != post.version:
            return stored  # somebody has edited it meanwhile: this verdict is of another text
        checks = (*stored.compliance_checks, check)
        quality = rescored(stored.quality, checks) if stored.quality else None
        read = stored.model_copy(update={"compliance_checks": checks, "quality": quality})
        posts.save(connection, read, key=read.id, actor=ACTOR, now=ledger.now(connection))
        return read
