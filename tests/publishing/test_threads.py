"""Parts that wait for the one before, and steps that outlive the attempt that took them."""

from datetime import timedelta

import httpx
import pytest

from domain.deliveries import DeliveryState
from domain.errors import LeaseLost
from publishing import attempts, claims
from publishing.leases import LEASE
from publishing.outbox import deliver_due
from storage.ledger import deliveries
from tests.publishing.conftest import X


def plan_thread(ledger, desk, *texts):
    ids, before = [], None
    for number, text in enumerate(texts):
        with ledger.transaction() as connection:
            now = ledger.now(connection)
            part = desk.delivery(f"part{number}", text, now).model_copy(
                update={"after": before, "post_id": None, "post_version": None}
            )
            ids.append(deliveries.plan(connection, part, now=now))
            before = part.key
    return ids


def deliver(ledger, networks, clock):
    return deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=10)


def test_each_part_answers_the_one_before(ledger, networks, clock, desk, wire):
    ids = plan_thread(ledger, desk, "One.", "Two.", "Three.")

    deliver(ledger, networks, clock)

    assert ["One.", "Two.", "Three."] == wire.texts
    parents = [post.get("referenced_tweets", [{"id": None}])[0]["id"] for post in wire.posts]
    assert [None, "1000", "1001"] == parents
    assert {DeliveryState.SENT} == {desk.look(one).state for one in ids}


def test_a_part_waits_while_the_one_before_is_not_out(ledger, networks, desk):
    first, second = plan_thread(ledger, desk, "One.", "Two.")
    claimed = claims.claim(ledger, accounts=networks, owner="slow")

    assert claims.claim(ledger, accounts=networks, owner="quick") is None
    assert (first, DeliveryState.DUE) == (claimed.id, desk.look(second).state)


def test_a_part_is_cancelled_when_the_one_before_fails(ledger, networks, clock, desk, wire):
    wire.before.append(httpx.Response(400, json={"detail": "no"}))
    _, second = plan_thread(ledger, desk, "One.", "Two.")

    deliver(ledger, networks, clock)

    assert DeliveryState.CANCELLED == desk.look(second).state
    assert "what it answers is failed" in desk.look(second).reason
    assert [] == wire.texts


def test_the_root_of_a_long_thread_is_its_first_part(ledger, networks, clock, desk):
    ids = plan_thread(ledger, desk, "One.", "Two.", "Three.")
    deliver(ledger, networks, clock)

    with ledger.reading() as connection:
        last = deliveries.load(connection, ids[-1])
        payload = attempts.answering(connection, last)

    assert ("1001", "1000") == (payload.reply_to, payload.reply_root)


def begun(ledger, networks, desk):
    delivery_id = desk.plan()
    claimed = claims.claim(ledger, accounts=networks, owner="one")
    return delivery_id, attempts.begin(ledger, claimed, network=networks[X])


def test_a_step_is_on_disk_and_prolongs_the_lease(ledger, networks, clock, desk):
    delivery_id, attempt = begun(ledger, networks, desk)
    clock.wait_until(clock.now() + LEASE / 2)

    attempts.keep(ledger, attempt, "container", "17")

    stored = desk.look(delivery_id)
    assert {"container": "17"} == stored.steps
    assert clock.now() + LEASE == stored.lease_until


def test_a_worker_that_lost_its_lease_keeps_nothing(ledger, networks, clock, desk):
    delivery_id, attempt = begun(ledger, networks, desk)
    clock.wait_until(clock.now() + LEASE + timedelta(seconds=1))

    with pytest.raises(LeaseLost, match="lost its lease"):
        attempts.keep(ledger, attempt, "container", "17")

    assert {} == desk.look(delivery_id).steps
