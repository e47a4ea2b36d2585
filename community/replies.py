"""New messages to decisions: triage, policy, draft, check, and a delivery where one may go out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from community.composer import Reply, Silence, compose
from community.intake import is_own
from community.triage import triage as triage_messages
from domain.brand import Brand, Fact
from domain.community import ActionKind, EngagementAction, InboundMessage, Intent, Triage
from domain.compliance import ComplianceCheck, Verdict, worst
from domain.deliveries import DeliveryKind, NewDelivery, Payload
from domain.engagement import SentimentAnalysis
from domain.platforms import Platform
from domain.reply_policy import Decision, Setting, decide
from domain.rules import check_reply
from storage.ledger import actions, deliveries, inbox, replies, stops
from storage.ledger.database import Ledger
from storage.ledger.inbox import InboxStatus, Received

_STATUS = {
    ActionKind.ANSWER: InboxStatus.ANSWERED,
    ActionKind.HIDE: InboxStatus.HIDDEN,
    ActionKind.IGNORE: InboxStatus.IGNORED,
    ActionKind.LIKE: InboxStatus.IGNORED,
}


class ReplyCheck(Protocol):
    """The rules on a reply, as `domain.rules.check_reply`."""

    def __call__(
        self,
        text: str,
        *,
        brand: Brand,
        facts: tuple[Fact, ...],
        allowed_handles: tuple[str, ...],
        platform: Platform,
        language: str | None = None,
    ) -> tuple[ComplianceCheck, ...]:
        """One check per rule."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What one batch did.

    Attributes:
        seen: messages looked at.
        by_status: how many ended as `answered`, `held`, `hidden`, `ignored`.
        decisions: (message id, decision) in the order of work.
        sentiment: how the messages looked at sound together; None where there was none.
    """

    seen: int
    by_status: dict[str, int] = field(default_factory=dict)
    decisions: tuple[tuple[str, EngagementAction], ...] = ()
    sentiment: SentimentAnalysis | None = None


def answer_batch(
    ledger: Ledger,
    *,
    brands: Sequence[Brand],
    now: datetime,
    limit: int = 200,
    check: ReplyCheck = check_reply,
) -> BatchResult:
    """Decide about every new message of these brands, at most `limit` of each, oldest first.

    Each message is settled in a transaction of its own, with its action, its event and, where one
    goes out, its delivery (key `reply:PLATFORM:ID`), so that a crash repeats nothing. Messages of
    a brand under an emergency stop stay as they are.
    """
    decided: list[tuple[str, EngagementAction]] = []
    statuses: Counter[str] = Counter()
    sentiments: list[int] = []
    for brand in brands:
        with ledger.reading() as connection:
            if stops.active(connection, brand.name) is not None:
                continue
            waiting = inbox.pending(connection, brand=brand.name, limit=limit)
        readings = triage_messages([one.message for one in waiting])
        sentiments += [one.sentiment for one in readings]
        for received, understood in zip(waiting, readings, strict=True):
            with ledger.transaction() as connection:
                desk = Desk(connection, brand=brand, now=now, check=check)
                action = desk.settle(received, understood)
            if action is not None:
                decided.append((received.message.message_id, action))
                statuses[status_of(action).value] += 1
    return BatchResult(
        seen=len(sentiments),
        by_status=dict(statuses),
        decisions=tuple(decided),
        sentiment=SentimentAnalysis.of(sentiments),
    )


def status_of(action: EngagementAction) -> InboxStatus:
    """What a message is after a decision: held where it waits for a person."""
    return _STATUS[action.kind] if action.automatic else InboxStatus.HELD


@dataclass(frozen=True, slots=True)
class Desk:
    """One brand's messages decided within one transaction."""

    connection: sa.Connection
    brand: Brand
    now: datetime
    check: ReplyCheck

    def settle(self, received: Received, triage: Triage) -> EngagementAction | None:
        """Decide about one message and write all of it; None where another was faster."""
        message = received.message
        platform, message_id = message.platform, message.message_id
        # the first write locks the row on PostgreSQL, so that what is loaded next is the last word
        inbox.triaged(self.connection, platform=platform, message_id=message_id, triage=triage)
        stored = inbox.load(self.connection, platform=platform, message_id=message_id)
        if stored.status is not InboxStatus.NEW:
            return None
        decision = decide(triage, brand=self.brand, setting=self._setting(message))
        decision, reply = self._draft(message, triage, decision)
        delivery_id = None
        if decision.automatic and decision.kind in {ActionKind.ANSWER, ActionKind.HIDE}:
            new = delivery_for(message, brand=self.brand.name, reply=reply, now=self.now)
            delivery_id = deliveries.plan(self.connection, new, now=self.now)
        action = EngagementAction(
            id=uuid5(NAMESPACE_URL, f"decision:{message.platform}:{message.message_id}").hex,
            message_id=message.message_id,
            kind=decision.kind,
            automatic=decision.automatic,
            confidence=triage.confidence,
            reason=decision.reason,
            text=reply.text if reply else None,
            decided_at=self.now,
        )
        actions.record(
            self.connection,
            action,
            brand=self.brand.name,
            platform=message.platform,
            delivery_id=delivery_id,
        )
        inbox.settle(
            self.connection, platform=platform, message_id=message_id, status=status_of(action)
        )
        return action

    def _setting(self, message: InboundMessage) -> Setting:
        return Setting(
            platform=message.platform,
            said_today=replies.said_today(self.connection, message, now=self.now),
            in_thread=replies.said_in_thread(self.connection, message),
            own=is_own(message.author, platform=message.platform, brand=self.brand),
            below_our_post=replies.is_below_our_post(self.connection, message),
        )

    def _draft(
        self, message: InboundMessage, triage: Triage, decision: Decision
    ) -> tuple[Decision, Reply | None]:
        """The decision after the attempt to write a reply, and the reply where there is one."""
        wanted = decision.kind is ActionKind.ANSWER or (
            # a proposal for the person who decides; never for what is hostile or grave
            decision.kind is ActionKind.ESCALATE
            and triage.intent in {Intent.QUESTION, Intent.PRAISE}
            and not (triage.hold or triage.crisis)
        )
        if not wanted:
            return decision, None
        reply = compose(message, triage=triage, brand=self.brand)
        if isinstance(reply, Silence):
            if decision.kind is ActionKind.ANSWER:
                decision = Decision(ActionKind.ESCALATE, False, reply.reason)
            return decision, None
        objections = failed_checks(reply, brand=self.brand, message=message, check=self.check)
        if objections:
            return Decision(ActionKind.ESCALATE, False, f"the draft failed: {objections}"), None
        return decision, reply


def failed_checks(reply: Reply, *, brand: Brand, message: InboundMessage, check: ReplyCheck) -> str:
    """The rules that a reply breaks with their evidence; empty where it passes."""
    checks = check(
        reply.text,
        brand=brand,
        facts=reply.facts,
        allowed_handles=reply.handles,
        platform=message.platform,
        language=reply.language,
    )
    if worst(checks) is Verdict.PASS:
        return ""
    against = [check for check in checks if check.verdict in (Verdict.HOLD, Verdict.BLOCK)]
    return "; ".join(f"{check.rule}: {check.evidence}" for check in against)


def delivery_for(
    message: InboundMessage, *, brand: str, reply: Reply | None, now: datetime
) -> NewDelivery:
    """The reply to a message or, without a reply, its hiding: due at once, keyed by the message."""
    kind = DeliveryKind.REPLY if reply else DeliveryKind.HIDE
    payload = (
        Payload(
            text=reply.text,
            language=reply.language,
            reply_to=message.platform_ref,
            reply_root=message.thread_root,
        )
        if reply
        else Payload(target=message.platform_ref, reply_root=message.thread_root)
    )
    return NewDelivery(
        key=f"{kind}:{message.platform}:{message.message_id}",
        kind=kind,
        brand=brand,
        platform=message.platform,
        account=message.account,
        payload=payload,
        due_at=now,
        message_id=message.message_id,
    )
