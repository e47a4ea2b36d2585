"""Posts that a person or another program wrote: the same checks, the same door."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.brand import Brand, zone_of
from domain.errors import InputError, PolicyError
from domain.news import Headline
from domain.posts import ContentPost, PostStatus
from domain.rechecking import PERSON, checked, refuse_blocked, with_text
from domain.rules import Lately, decide, risk_of
from domain.schedule import PlatformSchedule, ScheduleTask, Strategy
from planning.post_files import Line, refuse_wrong
from planning.repetition import shown_lately
from planning.scheduling import schedule_post
from planning.waiting import slot_of
from storage.ledger import approvals, news, posts, schedules
from storage.ledger.approvals import POLICY, Approval, Decision
from storage.ledger.database import Ledger
from storage.ledger.tables import deliveries

GRACE = timedelta(hours=1)
"""A new post whose instant passed longer ago than this is a mistake in the file."""


@dataclass(frozen=True, slots=True)
class Written:
    """One line of the file and what came of it; `reason` says why it is held or goes out.

    `decision` is None where its key was planned before: nothing changed.
    """

    line: Line
    post: ContentPost
    decision: Decision | None
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Around:
    """What a post stands beside: the brand's other posts, and the news of the day."""

    others: Sequence[ContentPost]
    news: Sequence[Headline]


def plan_written(
    ledger: Ledger, brand: Brand, lines: Sequence[Line], *, actor: str, approve: bool = False
) -> list[Written]:
    """Plan posts that were written elsewhere: all of them, or none where one line is wrong.

    There is no order that says which facts a text may use, so each is held against all facts of
    the brand file. Its author is no writer that may invent things: a number, date, link, handle
    or name that the file does not know does not block it, but holds it for a second pair of eyes
    (`amsel review`), as does everything that the brand's autonomy at its risk would hold in a
    draft. How sure a writer's drafts are says nothing of it and is not asked.
    `approve` says that `actor` has looked: what is only held goes out. What other rules block
    (length, banned or missing terms, disclosure) is a wrong line in either case.

    A line's key is the id of its post and the key of its delivery, so planning the same file
    again is harmless, also while its posts go out.

    Raises:
        InputError: lines are wrong; names each with file, line and remedy; nothing was written.
        StoreError: the ledger refused.
    """
    with ledger.reading() as connection:
        now = ledger.now(connection)
        others = posts.find(connection, brand=brand.name) if any(i.media for i in lines) else []
        around = Around(others, news.lately(connection, [brand], now=now))
    judged, wrong = [], []
    for line in lines:
        try:
            judged.append(_judged(line, brand, around, actor=actor, approve=approve))
        except (InputError, PolicyError) as exc:
            wrong.append(f"{line.place}: {exc}")
    with ledger.transaction() as connection:
        settled = []
        for one in judged:
            try:
                settled.append(_settle(connection, brand, one, actor=actor, now=now))
            except InputError as exc:
                wrong.append(f"{one.line.place}: {exc}")
        # raised inside the transaction, so that the good lines leave nothing behind either
        refuse_wrong(wrong)
    return settled


def _judged(line: Line, brand: Brand, around: Around, *, actor: str, approve: bool) -> Written:
    accounts = {account.id: account for account in brand.accounts}
    if line.post.account_id not in accounts:
        has = ", ".join(accounts)
        raise InputError(
            f"account: {brand.name} has no account {line.post.account_id}; it has {has}"
        )
    bare = ContentPost(
        id=line.post.key,
        brand=brand.name,
        text="",
        platforms=(line.post.platform,),
        status=PostStatus.GENERATED,
        language=brand.voice.language,
        scheduled_for=line.post.at,
        brand_voice=brand.voice,
        generated_by=PERSON,
        media=line.media,
    )
    shown = shown_lately(around.others, bare, brand=brand, at=line.post.at)
    own = with_text(bare, line.post.text)
    post = checked(own, brand, at=line.post.at, lately=Lately(shown), news=around.news)
    refuse_blocked(post)
    if approve and brand.approval.by_another:
        raise PolicyError(
            f"{brand.name} has texts approved by another person than who brings them "
            "(`approval.by_another`); leave --approve out, then somebody else approves it"
        )
    if approve:
        return Written(line, post, Decision.APPROVED, actor, "approved by its author")
    decision, reason = decide(brand, post.compliance_checks, None, assessed=risk_of(post, brand))
    return Written(line, post, Decision(decision), POLICY, reason)


def _settle(
    connection: sa.Connection, brand: Brand, written: Written, *, actor: str, now: datetime
) -> Written:
    post, line = written.post, written.line
    schedule = _schedule(brand, line, actor=actor)
    if _is_known(connection, post, schedule):
        return replace(written, decision=None, reason="was planned before")
    if line.post.at < now - GRACE:
        raise InputError(
            f"at: {line.post.at:%Y-%m-%dT%H:%M:%SZ} has passed (it is {now:%Y-%m-%dT%H:%M:%SZ}); "
            "write a later instant, with its zone"
        )
    posts.save(connection, post, key=post.id, actor=actor, now=now)
    decision = Decision(written.decision or Decision.HELD)
    approval = Approval(post.id, post.version, decision, written.actor, written.reason, now)
    approvals.decide(connection, approval)
    if decision is Decision.APPROVED:
        slot = slot_of(post.id, schedule, brand=brand.name)
        schedule_post(connection, post, [slot], actor=actor, now=now)
    else:
        schedules.save(connection, _task(post, schedule), now=now)
    return written


def _is_known(connection: sa.Connection, post: ContentPost, schedule: PlatformSchedule) -> bool:
    """Whether this very line was planned before; an edit in the review since then is no matter."""
    versions = posts.versions(connection, post.id)
    if not versions:
        taken = sa.select(deliveries.c.id).where(deliveries.c.key == post.id)
        if connection.scalar(taken) is None:
            return False
    tasks = schedules.load(connection, post_id=post.id)
    accounts = {each.account for task in tasks for each in task.platforms}
    same = ("brand", "text", "media", "scheduled_for", "generated_by")
    first = versions[0].model_dump(include=set(same)) if versions else {}
    if first != post.model_dump(include=set(same)) or accounts != {schedule.account}:
        raise InputError(
            f"key {post.id!r} stands in the ledger for another post; give this one another key, "
            f"and change that one with `amsel review edit {post.id} --text TEXT` until it is sent"
        )
    return True


def _schedule(brand: Brand, line: Line, *, actor: str) -> PlatformSchedule:
    account = brand.account(line.post.account_id)
    local = line.post.at.astimezone(zone_of(account))
    return PlatformSchedule(
        platform=account.platform,
        account=account.id,
        local_time=f"{local:%Y-%m-%dT%H:%M}",
        time_zone=account.time_zone,
        due_at=line.post.at,
        reasoning=f"{actor} chose this instant",
        propensity=1.0,
    )


def _task(post: ContentPost, schedule: PlatformSchedule) -> ScheduleTask:
    return ScheduleTask(
        id=f"{post.id}:schedule",
        post_id=post.id,
        brand=post.brand,
        strategy=Strategy.FIXED,
        platforms=(schedule,),
    )
