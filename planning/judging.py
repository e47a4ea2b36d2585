"""Drafts that no rule stops are read by the brand's judge, if it wants one."""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

import sqlalchemy as sa

from content.judge import Judge, unasked
from content.providers.hosted import HostedWriter
from content.router import AHEAD, IN_FLIGHT
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


def judge_drafts(ledger: Ledger, brand: Brand, *, desk: Desk) -> int:
    """Have every open draft read that waits for it; how many drafts got a verdict.

    Many are read at a time, and each verdict is kept as it comes: a run that dies is made good by
    the next, which asks for those that are missing. An emergency stop freezes it.
    """
    if brand.judge.writer is None:
        return 0
    with ledger.reading() as connection:
        if stops.active(connection, brand.name):
            return 0
        unread = _in_the_same_words(connection, brand)
    if not unread:
        return 0
    judge = _judge(brand, desk)
    with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="judge") as pool:
        for at in range(0, len(unread), AHEAD):
            with ledger.reading() as connection:
                some = [
                    [posts.load(connection, post_id) for post_id in alike]
                    for alike in unread[at : at + AHEAD]
                ]
            under_way = {pool.submit(_read, judge, alike[0], brand): alike for alike in some}
            for one in as_completed(under_way):
                for post in under_way[one]:
                    _keep(ledger, post, one.result())
    return sum(map(len, unread))


def _in_the_same_words(connection: sa.Connection, brand: Brand) -> list[list[str]]:
    """The drafts that wait for a judge, by order and text.

    What differs in its picture alone is read and paid once.
    """
    alike: dict[tuple[str | None, str], list[str]] = defaultdict(list)
    for post in posts.each(connection, status=PostStatus.GENERATED, brand=brand.name):
        if not awaits_judge(post, brand):
            continue
        if approvals.decision(connection, post.id, version=post.version) is None:
            alike[post.brief_id, post.text].append(post.id)
    return [*alike.values()]


def _read(judge: Judge | None, post: ContentPost, brand: Brand) -> ComplianceCheck:
    if judge is None:
        return unasked(brand, f"no writer {brand.judge.writer!r} is set up")
    return judge.check(post, brand, seed=seed_of(post.id))


def _judge(brand: Brand, desk: Desk) -> Judge | None:
    able: Sequence[HostedWriter] = [
        writer for writer in desk.writers if isinstance(writer, HostedWriter)
    ]
    named = next((writer for writer in able if writer.name == brand.judge.writer), None)
    return Judge(named, desk.purse) if named else None


def _keep(ledger: Ledger, post: ContentPost, check: ComplianceCheck) -> None:
    with ledger.transaction() as connection:
        stored = posts.load(connection, post.id, lock=True)
        if stored.version != post.version:
            return  # somebody has edited it meanwhile: this verdict is of another text
        checks = (*stored.compliance_checks, check)
        quality = rescored(stored.quality, checks) if stored.quality else None
        read = stored.model_copy(update={"compliance_checks": checks, "quality": quality})
        posts.save(connection, read, key=read.id, actor=ACTOR, now=ledger.now(connection))
