"""Deliveries: planned once and moved by the table of moves."""

from datetime import timedelta

import pytest

from domain.deliveries import (
    DeliveryKind,
    DeliveryState,
    NewDelivery,
    Payload,
    fingerprint,
    full_text,
)
from domain.errors import StateError
from domain.events import EventType
from domain.platforms import Platform
from storage.ledger import approvals, deliveries, events
from storage.ledger.approvals import Approval, Decision
from storage.ledger.tables import deliveries as table


@pytest.fixture
def planned(now):
    return NewDelivery(
        key="p1:x",
        brand="bergquell",
        platform=Platform.X,
        account="x:bergquell",
        payload=Payload(text="Fresh from the spring."),
        due_at=now,
        post_id="p1",
        post_version=1,
    )


def test_planning_again_is_harmless(ledger, planned, now):
    with ledger.transaction() as connection:
        first = deliveries.plan(connection, planned, now=now)

        assert first == deliveries.plan(connection, planned, now=now + timedelta(hours=1))
        (stored,) = deliveries.list(connection)
        assert (first, DeliveryState.PLANNED, now) == (stored.id, stored.state, stored.updated_at)


def test_a_planned_delivery_takes_a_new_payload(ledger, planned, now):
    changed = planned.model_copy(update={"payload": Payload(text="New"), "post_version": 2})
    with ledger.transaction() as connection:
        first = deliveries.plan(connection, planned, now=now)

        assert first == deliveries.plan(connection, changed, now=now)
        stored = deliveries.load(connection, first)
        assert ("New", 2, fingerprint("New")) == (
            stored.payload.text,
            stored.post_version,
            stored.fingerprint,
        )


def test_a_delivery_on_its_way_takes_no_new_payload(ledger, planned, now):
    changed = planned.model_copy(update={"payload": Payload(text="New")})
    with ledger.transaction() as connection:
        delivery_id = deliveries.plan(connection, planned, now=now)
        due = deliveries.load(connection, delivery_id, lock=True)
        deliveries.move(connection, due, DeliveryState.DUE, now=now, actor="door")

        assert delivery_id == deliveries.plan(connection, planned, now=now)
        with pytest.raises(StateError, match=r"another key"):
            deliveries.plan(connection, changed, now=now)


def test_a_delivery_moves_only_as_the_table_allows_and_says_so(ledger, planned, now):
    with ledger.transaction() as connection:
        delivery_id = deliveries.plan(connection, planned, now=now)
        stored = deliveries.load(connection, delivery_id, lock=True)
        with pytest.raises(StateError, match=r"planned may not become sent"):
            deliveries.move(connection, stored, DeliveryState.SENT, now=now, actor="door")
        moved = deliveries.move(
            connection, stored, DeliveryState.CANCELLED, now=now, actor="anna", reason="edited"
        )

        assert moved == deliveries.load(connection, delivery_id)
        (told,) = [recorded.event for recorded in events.read_since(connection, 0)]
        assert (EventType.DELIVERY_MOVED, "anna", "cancelled") == (
            told.type,
            told.actor,
            told.payload["to"],
        )


def test_an_approval_wakes_the_delivery_that_waits_for_it(ledger, planned, now):
    with ledger.transaction() as connection:
        delivery_id = deliveries.plan(connection, planned, now=now)
        connection.execute(table.update().values(state=DeliveryState.WAITING))

        approvals.decide(connection, Approval("p1", 1, Decision.APPROVED, "anna", "ok", now))

        assert now == deliveries.load(connection, delivery_id).next_at


def test_the_full_text_holds_link_and_hashtags_once():
    payload = Payload(
        text="Look #Water", link="https://bergquell.example/a", hashtags=("water", "#spring")
    )

    assert "Look #Water https://bergquell.example/a #spring" == full_text(payload)
    assert full_text(payload) == full_text(Payload(text=full_text(payload)))


def test_the_fingerprint_survives_what_platforms_do_to_a_text():
    ours = "Frisch  aus der Quelle: https://bergquell.example\nPru\u0308fen!"
    theirs = "Frisch aus der Quelle: http://bergquell.example/ Pr\u00fcfen!"

    assert fingerprint(ours) == fingerprint(theirs)
    assert fingerprint(ours) != fingerprint(theirs.replace("Frisch", "frisch"))


def test_a_reply_is_announced_as_a_move_and_not_as_a_post(ledger, planned, now):
    reply = planned.model_copy(update={"kind": DeliveryKind.REPLY, "post_id": None})
    with ledger.transaction() as connection:
        delivery_id = deliveries.plan(connection, reply, now=now)
        connection.execute(table.update().values(state=DeliveryState.UNKNOWN))
        stored = deliveries.load(connection, delivery_id)
        deliveries.move(connection, stored, DeliveryState.SENT, now=now, actor="door")

        assert [EventType.DELIVERY_MOVED] == [
            recorded.event.type for recorded in events.read_since(connection, 0)
        ]
