"""What waits for a person, and what the person decides."""

from collections.abc import Callable
from datetime import datetime

import pytest

from community import escalation
from community.intake import receive
from community.replies import answer_batch
from domain.brand import Autonomy, Brand
from domain.community import ActionKind, InboundMessage
from domain.errors import PolicyError, StateError, StoreError
from domain.platforms import Platform
from storage.ledger import deliveries, inbox
from storage.ledger.database import Ledger
from storage.ledger.inbox import InboxStatus

Write = Callable[..., InboundMessage]
COMPLAINT = "Meine Bestellung ist seit drei Wochen nicht angekommen"


def _hold(ledger: Ledger, brand: Brand, text: InboundMessage, now: datetime) -> str:
    receive(ledger, [text], brand=brand, now=now)
    answer_batch(ledger, brands=[brand], now=now)
    (standing,) = escalation.waiting(ledger)
    return standing.action.id


def test_a_held_complaint_is_answered_with_the_persons_words(
    ledger: Ledger, brand: Brand, message: Write, now: datetime
) -> None:
    action_id = _hold(ledger, brand, message(COMPLAINT), now)
    words = "Das tut uns leid. Schreib uns bitte eine Nachricht."
    escalation.approve(ledger, action_id, actor="mia", now=now, text=words)
    with ledger.reading() as connection:
        (planned,) = deliveries.list(connection)
        status = inbox.load(connection, platform=Platform.X, message_id="1001").status
    assert ("reply:x:1001", words) == (planned.key, planned.payload.text)
    assert (InboxStatus.ANSWERED, []) == (status, escalation.waiting(ledger))


def test_a_manual_brand_proposes_and_a_person_sends(
    ledger: Ledger, brand: Brand, message: Write, now: datetime
) -> None:
    careful = brand.model_copy(update={"autonomy": Autonomy.MANUAL})
    action_id = _hold(ledger, careful, message("Woher kommt euer Wasser eigentlich?"), now)
    sent = escalation.approve(ledger, action_id, actor="mia", now=now)
    assert (ActionKind.ANSWER, "approved by mia") == (sent.kind, sent.reason)
    assert str(sent.text).endswith("Unser Wasser kommt aus einer Quelle im Harz.")


def test_without_words_there_is_nothing_to_send(
    ledger: Ledger, brand: Brand, message: Write, now: datetime
) -> None:
    action_id = _hold(ledger, brand, message(COMPLAINT), now)
    with pytest.raises(PolicyError, match="--text"):
        escalation.approve(ledger, action_id, actor="mia", now=now)
    assert [action_id] == [s.action.id for s in escalation.waiting(ledger)]


def test_a_person_cannot_send_what_a_rule_blocks(
    ledger: Ledger, brand: Brand, message: Write, now: datetime
) -> None:
    action_id = _hold(ledger, brand, message(COMPLAINT), now)
    with pytest.raises(PolicyError, match="may not go out"):
        escalation.approve(ledger, action_id, actor="mia", now=now, text="wort " * 300)


def test_a_declined_message_is_left_and_cannot_be_answered_after_that(
    ledger: Ledger, brand: Brand, message: Write, now: datetime
) -> None:
    action_id = _hold(ledger, brand, message(COMPLAINT), now)
    escalation.decline(ledger, action_id, actor="mia", now=now, reason="answered by mail")
    with pytest.raises(StateError, match="ignored"):
        escalation.approve(ledger, action_id, actor="mia", now=now, text="Hallo")
    with ledger.reading() as connection:
        assert () == deliveries.list(connection)


def test_an_unknown_decision_is_refused(ledger: Ledger, now: datetime) -> None:
    with pytest.raises(StoreError, match="amsel inbox"):
        escalation.decline(ledger, "nothing", actor="mia", now=now)


def test_complaints_wait_before_questions_and_both_before_small_talk(
    ledger: Ledger, brand: Brand, message: Write, now: datetime
) -> None:
    careful = brand.model_copy(update={"autonomy": Autonomy.MANUAL})
    texts = ("Danke!", "Woher kommt euer Wasser eigentlich?", COMPLAINT)
    written = [message(text, number=number) for number, text in enumerate(texts)]
    receive(ledger, written, brand=careful, now=now)
    answer_batch(ledger, brands=[careful], now=now)
    waiting = [standing.message.text for standing in escalation.waiting(ledger)]
    assert waiting == list(reversed(texts))
