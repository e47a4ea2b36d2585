"""What waits for a person, and what the person decides."""

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from community.composer import Reply, reply_language
from community.replies import ReplyCheck, delivery_for
from domain.brand import Brand
from domain.community import ActionKind, EngagementAction, Intent
from domain.compliance import Verdict, worst
from domain.errors import PolicyError, StateError
from domain.rules import check_reply
from storage.ledger import actions, brands, deliveries, inbox, replies
from storage.ledger.database import Ledger
from storage.ledger.inbox import InboxStatus
from storage.ledger.replies import Standing

_URGENT = (Intent.COMPLAINT, Intent.QUESTION)


def waiting(ledger: Ledger, *, brand: str | None = None) -> list[Standing]:
    """The decisions that wait for a person, with message and proposal; the urgent ones first.

    A crisis comes before complaints, those before questions, and all else last; among their like
    the oldest come first.
    """
    with ledger.reading() as connection:
        return sorted(replies.waiting(connection, brand=brand), key=_urgency)


def _urgency(standing: Standing) -> int:
    triage = standing.triage
    if triage is None:
        return len(_URGENT)
    if triage.crisis:
        return -1
    return _URGENT.index(triage.intent) if triage.intent in _URGENT else len(_URGENT)


def approve(
    ledger: Ledger,
    action_id: str,
    *,
    actor: str,
    now: datetime,
    text: str | None = None,
    check: ReplyCheck = check_reply,
) -> EngagementAction:
    """Send the proposed reply, or `text` in its place; a proposed hiding is carried out.

    A person may say what a rule would only have held; what a rule blocks does not go out.

    Raises:
        StoreError: there is no such decision.
        StateError: the message was settled meanwhile.
        PolicyError: there is nothing to say, or a rule blocks it.
    """
    with ledger.transaction() as connection:
        standing = replies.load(connection, action_id)
        brand = brands.load(connection, standing.brand)
        hides = standing.action.kind is ActionKind.HIDE and text is None
        reply = None if hides else _reply(standing, brand=brand, text=text, check=check)
        _take(connection, standing, InboxStatus.HIDDEN if hides else InboxStatus.ANSWERED)
        new = delivery_for(standing.message, brand=standing.brand, reply=reply, now=now)
        delivery_id = deliveries.plan(connection, new, now=now)
        return _record(
            connection,
            standing,
            ActionKind.HIDE if hides else ActionKind.ANSWER,
            now=now,
            reason=f"approved by {actor}",
            sent=(delivery_id, reply.text if reply else None),
        )


def decline(
    ledger: Ledger, action_id: str, *, actor: str, now: datetime, reason: str = ""
) -> EngagementAction:
    """Leave a message without an answer. Raises StoreError or StateError as `approve`."""
    with ledger.transaction() as connection:
        standing = replies.load(connection, action_id)
        _take(connection, standing, InboxStatus.IGNORED)
        why = f"declined by {actor}" + (f": {reason}" if reason else "")
        return _record(connection, standing, ActionKind.IGNORE, now=now, reason=why)


def _reply(standing: Standing, *, brand: Brand, text: str | None, check: ReplyCheck) -> Reply:
    words = text if text is not None else standing.action.text
    if not words:
        raise PolicyError(
            f"decision {standing.action.id} has no proposed reply; write one with --text"
        )
    handle = (standing.message.author or "").lstrip("@")
    detected = standing.triage.language if standing.triage else brand.voice.language
    reply = Reply(
        text=words,
        language=reply_language(detected, brand=brand),
        facts=brand.facts,
        handles=(handle,) if handle else (),
    )
    checks = check(
        reply.text,
        brand=brand,
        facts=reply.facts,
        allowed_handles=reply.handles,
        platform=standing.message.platform,
        language=reply.language,
    )
    if worst(checks) is Verdict.BLOCK:
        broken = [c for c in checks if c.verdict is Verdict.BLOCK]
        rules = "; ".join(f"{c.rule}: {c.evidence}" for c in broken)
        raise PolicyError(f"this reply may not go out ({rules}); {broken[0].remedy or 'change it'}")
    return reply


def _take(connection: sa.Connection, standing: Standing, status: InboxStatus) -> None:
    platform, message_id = standing.message.platform, standing.message.message_id
    taken = standing.status is InboxStatus.HELD and inbox.settle(
        connection, platform=platform, message_id=message_id, status=status
    )
    if not taken:
        now_is = inbox.load(connection, platform=platform, message_id=message_id).status
        raise StateError(
            f"message {message_id} is {now_is} already; `amsel inbox` lists what waits"
        )


def _record(
    connection: sa.Connection,
    standing: Standing,
    kind: ActionKind,
    *,
    now: datetime,
    reason: str,
    sent: tuple[str, str | None] | None = None,
) -> EngagementAction:
    delivery_id, text = sent or (None, None)
    action = EngagementAction(
        id=uuid5(NAMESPACE_URL, f"{standing.action.id}:{kind}").hex,
        message_id=standing.message.message_id,
        kind=kind,
        automatic=False,
        confidence=1.0,
        reason=reason,
        text=text,
        decided_at=now,
    )
    actions.record(
        connection,
        action,
        brand=standing.brand,
        platform=standing.message.platform,
        delivery_id=delivery_id,
    )
    return action
