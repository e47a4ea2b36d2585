"""What a person may do to a delivery, and that none of it doubles a post."""

import httpx
import pytest

from domain.deliveries import DeliveryState
from domain.errors import StateError, StoreError
from domain.posts import PostStatus
from publishing import claims
from publishing.interventions import cancel, requeue
from publishing.outbox import deliver_due
from publishing.reconcile import reconcile
from publishing.worker import run_worker
from tests.publishing.conftest import X


def deliver(ledger, networks, clock):
    return deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=10)


@pytest.fixture
def dead(ledger, networks, clock, desk, wire):
    wire.before.append(httpx.Response(400, json={"detail": "no"}))
    delivery_id = desk.plan()
    deliver(ledger, networks, clock)
    assert DeliveryState.FAILED == desk.look(delivery_id).state
    return delivery_id


def test_a_dead_letter_goes_out_once_when_it_is_tried_again(
    ledger, networks, clock, desk, wire, dead
):
    row = requeue(ledger, dead, actor="anna")
    assert (DeliveryState.UNKNOWN, "anna asked for another try") == (row.state, row.reason[:26])
    assert PostStatus.SCHEDULED == desk.post().status

    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert ["Fresh."] == wire.texts
    assert (DeliveryState.SENT, PostStatus.PUBLISHED) == (desk.look(dead).state, desk.post().status)


def test_a_dead_letter_that_is_out_after_all_is_adopted(ledger, networks, clock, desk, wire, dead):
    networks[X].publish(wire_send("Fresh."))

    requeue(ledger, dead, actor="anna")
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert ["Fresh."] == wire.texts
    assert DeliveryState.SENT == desk.look(dead).state


def wire_send(text):
    from datetime import UTC, datetime

    from domain.deliveries import Payload, fingerprint
    from publishing.platforms.base import Send

    return Send(Payload(text=text), None, fingerprint(text), datetime(2026, 3, 2, 12, tzinfo=UTC))


def test_what_waits_for_a_token_is_due_at_once(ledger, networks, clock, desk, wire):
    wire.before.append(httpx.Response(401, json={"title": "Unauthorized"}))
    delivery_id = desk.plan()
    deliver(ledger, networks, clock)

    assert DeliveryState.DUE == requeue(ledger, "p1:x", actor="anna").state
    deliver(ledger, networks, clock)
    assert DeliveryState.SENT == desk.look(delivery_id).state


def test_what_is_out_is_not_tried_again(ledger, networks, clock, desk, wire):
    delivery_id = desk.plan()
    deliver(ledger, networks, clock)

    with pytest.raises(StateError, match=r"is sent: it is out"):
        requeue(ledger, delivery_id, actor="anna")
    with pytest.raises(StateError, match=r"is sent: it is out"):
        cancel(ledger, delivery_id, actor="anna", reason="typo")
    assert ["Fresh."] == wire.texts


def test_what_a_worker_holds_is_left_to_it(ledger, networks, desk):
    delivery_id = desk.plan()
    claims.claim(ledger, accounts=networks, owner="one")

    with pytest.raises(StateError, match=r"a worker has it now"):
        cancel(ledger, delivery_id, actor="anna", reason="typo")


def test_what_may_be_out_is_looked_up_and_not_taken_back(ledger, networks, clock, desk, wire):
    wire.after.append(httpx.ReadTimeout("silence"))
    delivery_id = desk.plan()
    deliver(ledger, networks, clock)

    with pytest.raises(StateError, match=r"may be out; it is looked up first"):
        cancel(ledger, delivery_id, actor="anna", reason="typo")
    requeue(ledger, delivery_id, actor="anna")
    reconcile(ledger, networks=networks)

    assert (DeliveryState.SENT, ["Fresh."]) == (desk.look(delivery_id).state, wire.texts)


@pytest.mark.parametrize("after", [0, 3600])
def test_what_is_not_out_is_taken_back(ledger, networks, clock, desk, wire, after):
    delivery_id = desk.plan(after=after)

    cancel(ledger, delivery_id, actor="anna", reason="typo")
    deliver(ledger, networks, clock)

    assert (DeliveryState.CANCELLED, []) == (desk.look(delivery_id).state, wire.texts)
    assert "anna took it back: typo" == desk.look(delivery_id).reason


def test_an_unknown_name_is_told(ledger):
    with pytest.raises(StoreError, match=r"knows no delivery 'typo'"):
        requeue(ledger, "typo", actor="anna")
