"""Messages and decisions: received once, settled once."""

import pytest

from domain.community import ActionKind, EngagementAction, InboundMessage, Intent, Triage
from domain.errors import StoreError
from domain.events import EventType
from domain.platforms import Platform
from storage.ledger import actions, events, inbox
from storage.ledger.inbox import InboxStatus


@pytest.fixture
def message(now):
    return InboundMessage(
        platform=Platform.X,
        account="x:bergquell",
        message_id="17",
        platform_ref="17",
        author="guest",
        text="When do you open?",
        created_at=now,
        received_at=now,
    )


def test_a_message_is_received_once(ledger, message, now):
    with ledger.transaction() as connection:
        assert inbox.receive(connection, message, brand="bergquell", now=now)
        assert not inbox.receive(connection, message, brand="bergquell", now=now)

        (pending,) = inbox.pending(connection, brand="bergquell")
        assert (message, InboxStatus.NEW, None) == (
            pending.message,
            pending.status,
            pending.triage,
        )
        assert [EventType.MESSAGE_RECEIVED] == [
            recorded.event.type for recorded in events.read_since(connection, 0)
        ]


def test_a_message_is_settled_by_the_first_who_comes(ledger, message, now):
    where = {"platform": Platform.X, "message_id": "17"}
    triage = Triage(
        language="en",
        intent=Intent.QUESTION,
        confidence=0.9,
        sentiment=0,
        p_spam=0.01,
        p_offensive=0.01,
        reason="a question mark",
    )
    with ledger.transaction() as connection:
        inbox.receive(connection, message, brand="bergquell", now=now)
        inbox.triaged(connection, **where, triage=triage)
        assert inbox.settle(connection, **where, status=InboxStatus.ANSWERED)
        assert not inbox.settle(connection, **where, status=InboxStatus.HELD)

        assert [] == inbox.pending(connection)
        loaded = inbox.load(connection, **where)
        assert (triage, InboxStatus.ANSWERED) == (loaded.triage, loaded.status)


def test_a_message_that_never_came_is_a_clear_error(ledger):
    with ledger.reading() as connection, pytest.raises(StoreError, match=r"poll comments"):
        inbox.load(connection, platform=Platform.X, message_id="0")


def test_a_decision_is_recorded_once(ledger, now):
    action = EngagementAction(
        id="a1",
        message_id="17",
        kind=ActionKind.ANSWER,
        automatic=True,
        confidence=0.9,
        reason="a question with a fact",
        text="At nine.",
        decided_at=now,
    )
    about = {"brand": "bergquell", "platform": Platform.X, "delivery_id": "d1"}
    with ledger.transaction() as connection:
        assert actions.record(connection, action, **about)
        assert not actions.record(connection, action, **about)

        assert [action] == actions.find(connection, message_id="17")
        assert [EventType.ACTION_DECIDED] == [
            recorded.event.type for recorded in events.read_since(connection, 0)
        ]
