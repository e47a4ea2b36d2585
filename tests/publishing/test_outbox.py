"""The door: once, at its instant, and never past a stop, an edit or a missing approval."""

import threading
from datetime import timedelta

import httpx
import pytest

from domain.compliance import ComplianceCheck, Verdict
from domain.deliveries import DeliveryState
from domain.events import EventType
from domain.posts import PostStatus
from publishing import attempts, claims, orphans, outcomes
from publishing.books import Books
from publishing.leases import LEASE, SEND_WITHIN
from publishing.outbox import deliver_due
from publishing.platforms import stopwatch
from publishing.senders import send
from storage.ledger import deliveries, events, posts, stops
from storage.ledger.approvals import Decision
from storage.ledger.database import Ledger

X = "x:bergquell"


@pytest.fixture
def deliver(ledger, networks, clock):
    def run(until=None):
        return deliver_due(
            ledger, networks=networks, clock=clock, until=until or clock.now(), limit=10
        )

    return run


def test_a_due_post_goes_out_once_and_is_accounted_for(ledger, desk, deliver, wire):
    delivery_id = desk.plan()

    (handled,) = deliver()
    assert [] == deliver()

    sent = desk.look(delivery_id)
    assert ["Fresh."] == wire.texts
    assert (DeliveryState.SENT, "1000", 1, 0.0) == (
        sent.state,
        sent.platform_id,
        sent.attempts,
        handled.late_seconds,
    )
    assert PostStatus.PUBLISHED == desk.post().status
    assert sent.sent_at == desk.post().published_at
    with ledger.reading() as connection:
        told = [recorded.event.type for recorded in events.read_since(connection, 0)]
    assert 1 == told.count(EventType.POST_PUBLISHED)


def test_a_post_is_held_until_its_instant(desk, deliver, clock):
    start = clock.now()
    later = desk.plan("later", text="Later.", after=90)
    sooner = desk.plan("sooner", text="Sooner.", after=30)
    too_late = desk.plan("much later", text="Much later.", after=900)

    handled = deliver(start + timedelta(minutes=5))

    assert [sooner, later] == [one.delivery.id for one in handled]
    assert [start + timedelta(seconds=s) for s in (30, 90)] == [
        one.delivery.sent_at for one in handled
    ]
    assert DeliveryState.PLANNED == desk.look(too_late).state


def test_the_intent_is_on_disk_before_the_request(ledger_url, desk, deliver, wire, clock):
    delivery_id = desk.plan()
    seen = []

    def look():
        other = Ledger(ledger_url, clock=clock)
        with other.reading() as connection:
            (attempt,) = deliveries.attempts(connection, delivery_id)
            stored = deliveries.load(connection, delivery_id)
            seen.append((stored.state, attempt["fingerprint"], attempt["finished_at"]))
        other.close()

    wire.on_post = look
    deliver()

    fingerprint = desk.look(delivery_id).fingerprint
    assert [(DeliveryState.SENDING, fingerprint, None)] == seen


def test_two_workers_that_race_for_one_row_send_it_once(ledger, desk, networks, clock, wire):
    ids = [desk.plan(f"p{number}", text=f"Number {number}.") for number in range(6)]
    gate = threading.Barrier(3)

    def work():
        gate.wait()
        deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=10)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)

    assert sorted(f"Number {number}." for number in range(6)) == sorted(wire.texts)
    assert {DeliveryState.SENT} == {desk.look(one).state for one in ids}


def test_a_stop_before_the_claim_wins(ledger, desk, deliver, wire, clock):
    delivery_id, later = desk.plan(), desk.plan("later", text="Later.", after=60)
    with ledger.transaction() as connection:
        stops.stop(connection, brand="bergquell", reason="recall", actor="anna", now=clock.now())

    assert [] == deliver()
    with ledger.transaction() as connection:
        stops.resume(connection, actor="anna", now=clock.now())
    deliver(clock.now() + timedelta(minutes=2))

    stopped = desk.look(delivery_id)
    assert (DeliveryState.CANCELLED, "emergency stop: recall") == (stopped.state, stopped.reason)
    assert DeliveryState.SENT == desk.look(later).state
    assert ["Later."] == wire.texts


def test_a_stop_between_claim_and_intent_wins(ledger, desk, networks, wire, clock):
    desk.plan()
    claimed = claims.claim(ledger, accounts=networks, owner="w1")
    with ledger.transaction() as connection:
        stops.stop(connection, brand=None, reason="fire", actor="anna", now=clock.now())

    assert attempts.begin(ledger, claimed, network=networks[X]) is None
    assert DeliveryState.CANCELLED == desk.look(claimed.id).state
    assert [] == wire.texts


def edit(ledger, clock):
    with ledger.transaction() as connection:
        post = posts.load(connection, "p1")
        edited = post.model_copy(update={"version": 2, "text": "Edited."})
        posts.save(connection, edited, key="p1", actor="anna", now=clock.now())


def test_a_version_edited_before_the_claim_stays_in(ledger, desk, deliver, wire, clock):
    delivery_id = desk.plan()
    edit(ledger, clock)

    assert [] == deliver()
    assert (DeliveryState.CANCELLED, "edited: version 2 stands in for version 1") == (
        desk.look(delivery_id).state,
        desk.look(delivery_id).reason,
    )
    assert [] == wire.texts


def test_a_version_edited_after_the_claim_stays_in(ledger, desk, networks, wire, clock):
    desk.plan()
    claimed = claims.claim(ledger, accounts=networks, owner="w1")
    edit(ledger, clock)

    assert attempts.begin(ledger, claimed, network=networks[X]) is None
    assert DeliveryState.CANCELLED == desk.look(claimed.id).state
    assert [] == wire.texts


def test_a_post_that_is_not_approved_waits_and_goes_out_once_it_is(ledger, desk, deliver, wire):
    delivery_id = desk.plan()
    with ledger.transaction() as connection:
        desk.decide(connection, "p1", Decision.HELD)

    assert [] == deliver()
    assert DeliveryState.WAITING == desk.look(delivery_id).state
    assert [] == deliver()
    with ledger.transaction() as connection:
        desk.decide(connection, "p1", Decision.APPROVED)

    assert [DeliveryState.SENT] == [one.delivery.state for one in deliver()]
    assert ["Fresh."] == wire.texts


def test_a_blocked_post_is_never_sent(ledger, desk, deliver, wire, clock):
    delivery_id = desk.plan()
    check = ComplianceCheck(rule="banned-terms", verdict=Verdict.BLOCK, evidence="'miracle'")
    with ledger.transaction() as connection:
        post = posts.load(connection, "p1").model_copy(update={"compliance_checks": (check,)})
        posts.save(connection, post, key="p1", actor="rules", now=clock.now())

    assert [] == deliver()
    assert "blocked by rule banned-terms: 'miracle'" == desk.look(delivery_id).reason
    assert [] == wire.texts


def test_accounts_without_a_network_are_left_alone(ledger, desk, clock):
    delivery_id = desk.plan()

    assert [] == deliver_due(ledger, networks={}, clock=clock, until=clock.now(), limit=10)
    assert DeliveryState.DUE == desk.look(delivery_id).state


def test_a_throttled_send_waits_until_the_platform_says(desk, deliver, wire, clock):
    reset = clock.now() + timedelta(minutes=7)
    headers = {"x-rate-limit-reset": str(int(reset.timestamp()))}
    wire.before = [httpx.Response(429, headers=headers, json={"title": "Too Many Requests"})]
    delivery_id = desk.plan()

    deliver()
    waiting = desk.look(delivery_id)
    assert (DeliveryState.WAITING, reset) == (waiting.state, waiting.next_at)
    deliver(reset)

    assert (DeliveryState.SENT, 2) == (
        desk.look(delivery_id).state,
        desk.look(delivery_id).attempts,
    )
    assert ["Fresh."] == wire.texts


def test_a_refused_connection_waits_longer_each_time(desk, deliver, wire, clock):
    wire.before = [httpx.ConnectError("refused")] * 3
    delivery_id = desk.plan()
    waits = []
    for _ in range(3):
        deliver()
        next_at = desk.look(delivery_id).next_at
        waits.append((next_at - clock.now()).total_seconds())
        clock.wait_until(next_at)
    deliver()

    assert [5, 10, 20] == waits
    assert DeliveryState.SENT == desk.look(delivery_id).state


def test_a_token_that_ran_out_parks_the_post_and_loses_nothing(desk, deliver, wire, clock):
    wire.before = [httpx.Response(401, json={"title": "Unauthorized"})]
    delivery_id = desk.plan()

    deliver()
    parked = desk.look(delivery_id)
    assert (DeliveryState.WAITING, "renew the account's token") == (parked.state, parked.remedy)
    clock.wait_until(parked.next_at)
    deliver()

    assert DeliveryState.SENT == desk.look(delivery_id).state


def test_a_rejected_post_is_a_dead_letter_with_reason_and_remedy(desk, deliver, wire):
    wire.before = [httpx.Response(400, json={"detail": "text is too long"})]
    delivery_id = desk.plan()

    deliver()

    failed = desk.look(delivery_id)
    assert (DeliveryState.FAILED, PostStatus.FAILED) == (failed.state, desk.post().status)
    assert "text is too long" in failed.reason
    assert "change the text and plan it again" == failed.remedy
    assert [] == deliver()


def test_a_late_worker_is_shut_out_by_the_fence(ledger, desk, networks, clock):
    delivery_id = desk.plan()
    slow = attempts.begin(
        ledger, claims.claim(ledger, accounts=networks, owner="slow"), network=networks[X]
    )
    clock.wait_until(clock.now() + LEASE + timedelta(seconds=1))
    with ledger.transaction() as connection:
        (expired,) = orphans.expire(connection, clock.now())
        deliveries.move(connection, expired, DeliveryState.DUE, now=clock.now(), actor="test")
    quick = claims.claim(ledger, accounts=networks, owner="quick")
    refused = outcomes.Outcome(DeliveryState.FAILED, "failed", "no")

    assert attempts.finish(ledger, slow, refused) is None
    assert (DeliveryState.CLAIMED, "quick", 2) == (
        desk.look(delivery_id).state,
        quick.lease_owner,
        quick.fence,
    )
    assert ["late: failed"] == desk.attempts(delivery_id)


def test_a_claim_whose_worker_died_before_the_intent_is_due_again(
    ledger, desk, networks, deliver, clock, wire
):
    delivery_id = desk.plan()
    dead = claims.claim(ledger, accounts=networks, owner="dead")
    clock.wait_until(clock.now() + LEASE + timedelta(seconds=1))

    deliver()

    assert DeliveryState.SENT == desk.look(delivery_id).state
    assert attempts.begin(ledger, dead, network=networks[X]) is None
    assert ["Fresh."] == wire.texts


def test_a_worker_that_slept_between_claim_and_request_sends_nothing(ledger, desk, networks, wire):
    delivery_id = desk.plan()
    claimed = claims.claim(ledger, accounts=networks, owner="w1")
    long_ago = stopwatch.seconds() - SEND_WITHIN - 1
    send(Books.of(ledger), claimed, networks[X], since=long_ago)

    assert [] == wire.requests
    assert DeliveryState.WAITING == desk.look(delivery_id).state


def test_what_the_platform_would_refuse_is_a_dead_letter_without_a_request(desk, deliver, wire):
    delivery_id = desk.plan(text="a" * 281)

    deliver()

    found = desk.look(delivery_id)
    assert DeliveryState.FAILED == found.state
    assert "281 of at most 280" in found.reason
    assert "shorten the text by 1" in found.reason
    assert [] == wire.requests
