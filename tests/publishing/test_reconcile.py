"""Unknown fates: adopted, proven absent, or left unknown; never guessed."""

from datetime import timedelta

import httpx
import pytest

from domain.deliveries import DeliveryKind, DeliveryState, Payload
from domain.errors import Forbidden, Processing, Unreachable
from publishing import attempts, claims, interventions, orphans, outcomes
from publishing.leases import LEASE
from publishing.outbox import deliver_due
from publishing.platforms.base import Repeat
from publishing.reconcile import SETTLING, reconcile
from publishing.worker import run_worker
from storage.ledger import deliveries
from tests.networks import Altered

X = "x:bergquell"
TIMEOUT = httpx.ReadTimeout("no answer")
BROKEN = httpx.Response(503, json={"title": "Service Unavailable"})


@pytest.fixture
def deliver(ledger, networks, clock):
    return lambda: deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=10)


@pytest.mark.parametrize(
    "answer", [TIMEOUT, BROKEN, httpx.RemoteProtocolError("reset"), httpx.Response(201, text="ok")]
)
def test_a_post_that_went_out_without_an_answer_is_adopted_and_never_sent_twice(
    ledger, desk, deliver, networks, wire, answer
):
    wire.after = [answer]
    delivery_id = desk.plan()

    deliver()
    assert DeliveryState.UNKNOWN == desk.look(delivery_id).state
    reconcile(ledger, networks=networks)
    deliver()

    adopted = desk.look(delivery_id)
    assert (DeliveryState.SENT, "1000", 1) == (
        adopted.state,
        adopted.platform_id,
        adopted.attempts,
    )
    assert ["Fresh."] == wire.texts


def test_a_post_that_never_arrived_is_sent_again_only_after_the_settling_time(
    ledger, desk, deliver, networks, wire, clock
):
    wire.before = [TIMEOUT]
    delivery_id = desk.plan()

    deliver()
    reconcile(ledger, networks=networks)
    waiting = desk.look(delivery_id)
    assert (DeliveryState.UNKNOWN, clock.now() + SETTLING["x"]) == (waiting.state, waiting.next_at)
    clock.wait_until(waiting.next_at)
    reconcile(ledger, networks=networks)
    deliver()

    assert (DeliveryState.SENT, 2) == (
        desk.look(delivery_id).state,
        desk.look(delivery_id).attempts,
    )
    assert ["Fresh."] == wire.texts


def test_what_no_repeat_can_double_is_sent_again_at_once(ledger, desk, deliver, networks, wire):
    wire.before = [TIMEOUT]
    delivery_id = desk.plan()
    keyed = Altered(networks[X], look_up=lambda *_given, **_more: Repeat.HARMLESS)

    deliver()
    reconcile(ledger, networks=networks | {X: keyed})
    deliver()

    assert (DeliveryState.SENT, 2) == (
        desk.look(delivery_id).state,
        desk.look(delivery_id).attempts,
    )
    assert ["Fresh."] == wire.texts


def test_a_platform_that_is_still_at_work_is_asked_soon_and_then_more_seldom(
    ledger, desk, deliver, networks, wire, clock
):
    wire.before = [TIMEOUT]
    delivery_id = desk.plan()

    def works(*_given, **_more):
        raise Processing("it works", until=clock.now() + timedelta(seconds=5))

    deliver()
    begun, waits = clock.now(), []
    for _ in range(12):
        reconcile(ledger, networks=networks | {X: Altered(networks[X], look_up=works)})
        waits.append(desk.look(delivery_id).next_at - clock.now())
        clock.wait_until(desk.look(delivery_id).next_at)

    assert [timedelta(seconds=5)] * 4 == waits[:4]
    assert waits == sorted(waits)
    assert waits[-1] < (clock.now() - begun) / 4


def test_a_worker_killed_between_intent_and_answer_leaves_an_unknown_that_is_adopted(
    ledger, desk, networks, wire, clock
):
    delivery_id = desk.plan()
    claimed = claims.claim(ledger, accounts=networks, owner="killed")
    attempt = attempts.begin(ledger, claimed, network=networks[X])
    networks[X].publish(attempt.send())  # and then nothing: the process is gone

    clock.wait_until(clock.now() + LEASE + timedelta(seconds=1))
    sent = run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert (1, DeliveryState.SENT, "1000") == (
        sent,
        desk.look(delivery_id).state,
        desk.look(delivery_id).platform_id,
    )
    assert ["Fresh."] == wire.texts


def test_a_worker_killed_between_intent_and_request_is_made_good(
    ledger, desk, networks, wire, clock
):
    delivery_id = desk.plan()
    claimed = claims.claim(ledger, accounts=networks, owner="killed")
    attempts.begin(ledger, claimed, network=networks[X])

    sent = run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert (1, DeliveryState.SENT) == (sent, desk.look(delivery_id).state)
    assert ["Fresh."] == wire.texts
    assert ["unknown", "sent"] == desk.attempts(delivery_id)


def test_a_look_up_that_fails_leaves_it_unknown_with_the_reason(
    ledger, desk, deliver, networks, wire, clock
):
    wire.after = [TIMEOUT]
    wire.reads = [httpx.Response(401, json={"title": "Unauthorized"})]
    delivery_id = desk.plan()

    deliver()
    assert [] == reconcile(ledger, networks=networks)

    unknown = desk.look(delivery_id)
    assert DeliveryState.UNKNOWN == unknown.state
    assert "could not be looked up" in unknown.reason
    assert "renew the account's token" in unknown.reason
    clock.wait_until(unknown.next_at)
    reconcile(ledger, networks=networks)
    assert DeliveryState.SENT == desk.look(delivery_id).state


DUPLICATE = httpx.Response(
    403, json={"detail": "You are not allowed to create a Tweet with duplicate content."}
)


def test_a_duplicate_that_is_ours_is_adopted(ledger, desk, deliver, networks, wire):
    wire.after = [DUPLICATE]
    delivery_id = desk.plan()

    deliver()
    reconcile(ledger, networks=networks)

    assert DeliveryState.SENT == desk.look(delivery_id).state


def test_a_duplicate_that_is_not_ours_fails_and_does_not_go_round(
    ledger, desk, networks, wire, clock
):
    wire.before = [DUPLICATE]
    delivery_id = desk.plan()

    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert DeliveryState.FAILED == desk.look(delivery_id).state
    assert [] == wire.texts


def test_two_deliveries_of_one_text_do_not_adopt_the_same_post(ledger, desk, networks, wire, clock):
    first, second = desk.plan("p1"), desk.plan("p2")
    wire.before = [None, TIMEOUT]

    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert {DeliveryState.SENT} == {desk.look(one).state for one in (first, second)}
    assert desk.look(first).platform_id != desk.look(second).platform_id
    assert 2 == len(wire.posts)


def test_a_reply_is_not_taken_for_the_same_words_elsewhere(ledger, desk, networks, wire, clock):
    def plan(name, parent):
        reply = desk.delivery(name, "Thanks!", clock.now()).model_copy(
            update={
                "kind": DeliveryKind.REPLY,
                "post_id": None,
                "payload": Payload(text="Thanks!", reply_to=parent),
            }
        )
        with ledger.transaction() as connection:
            return deliveries.plan(connection, reply, now=clock.now())

    wire.after = [TIMEOUT, TIMEOUT]
    ids = [plan("r1", "501"), plan("r2", "502")]

    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    parents = {post["id"]: post["referenced_tweets"][0]["id"] for post in wire.posts}
    assert ["501", "502"] == [parents[desk.look(one).platform_id] for one in ids]
    assert 2 == len(wire.posts)


def test_a_late_answer_after_the_lease_is_taken_while_nobody_else_has_acted(
    ledger, desk, networks, clock
):
    delivery_id = desk.plan()
    claimed = claims.claim(ledger, accounts=networks, owner="slow")
    attempt = attempts.begin(ledger, claimed, network=networks[X])
    result = networks[X].publish(attempt.send())
    clock.wait_until(clock.now() + LEASE + timedelta(seconds=1))
    with ledger.transaction() as connection:
        orphans.expire(connection, clock.now())

    attempts.finish(ledger, attempt, outcomes.sent(result))

    assert DeliveryState.SENT == desk.look(delivery_id).state


def test_a_late_word_that_it_was_sent_stops_the_next_attempt(ledger, desk, networks, wire, clock):
    """Absence seemed proven, then the slow worker came back with an id."""
    delivery_id = desk.plan()
    claimed = claims.claim(ledger, accounts=networks, owner="slow")
    slow = attempts.begin(ledger, claimed, network=networks[X])
    clock.wait_until(clock.now() + LEASE + timedelta(seconds=1))
    with ledger.transaction() as connection:
        (expired,) = orphans.expire(connection, clock.now())
        deliveries.move(connection, expired, DeliveryState.DUE, now=clock.now(), actor="test")
    result = networks[X].publish(slow.send())
    assert attempts.finish(ledger, slow, outcomes.sent(result)) is None

    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert (DeliveryState.SENT, "1000") == (
        desk.look(delivery_id).state,
        desk.look(delivery_id).platform_id,
    )
    assert ["Fresh."] == wire.texts


def test_the_worker_ends_when_only_a_person_can_help(ledger, desk, networks, wire, clock):
    wire.before = [httpx.Response(401, json={"title": "Unauthorized"})]
    parked, future = desk.plan(), desk.plan("tomorrow", text="Tomorrow.", after=86_400)

    assert 0 == run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert (DeliveryState.WAITING, DeliveryState.PLANNED) == (
        desk.look(parked).state,
        desk.look(future).state,
    )


def plan_steps(network, answers):
    """A network whose publish gives these answers one after the other."""

    def publish(send):
        answer = answers.pop(0) if answers else network.publish(send)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return {X: Altered(network, publish=publish)}


def test_what_a_platform_still_works_on_lets_no_wait_grow(ledger, desk, networks, clock, wire):
    soon = clock.now() + timedelta(seconds=5)
    answers = [Processing("still at it", until=soon)] * 4 + [Unreachable("gone")]
    slow = plan_steps(networks[X], answers)
    delivery_id = desk.plan()
    for _ in range(5):
        deliver_due(ledger, networks=slow, clock=clock, until=clock.now(), limit=1)
        waiting = desk.look(delivery_id)
        step = waiting.next_at - clock.now()
        clock.wait_until(waiting.next_at)

    assert timedelta(seconds=5) == step
    assert ["processing"] * 4 + ["waiting"] == desk.attempts(delivery_id)
    deliver_due(ledger, networks=slow, clock=clock, until=clock.now(), limit=1)
    assert ["Fresh."] == wire.texts


def test_a_file_that_is_never_done_is_asked_for_about_a_day_and_then_told(
    ledger, ledger_url, desk, networks, clock, wire, monkeypatch
):
    share = 1 if ledger_url.startswith("sqlite") else 10  # the same steps, a tenth of the day
    for name in ("SOON", "PATIENCE"):
        monkeypatch.setattr(outcomes, name, getattr(outcomes, name) // share)
    slow = plan_steps(networks[X], [Processing("still at it", until=None)] * 300)
    delivery_id, began = desk.plan(), clock.now()
    while desk.look(delivery_id).state == DeliveryState.WAITING or not desk.attempts(delivery_id):
        deliver_due(ledger, networks=slow, clock=clock, until=clock.now(), limit=1)
        clock.wait_until(desk.look(delivery_id).next_at or clock.now())

    failed = desk.look(delivery_id)
    assert (DeliveryState.FAILED, []) == (failed.state, wire.texts)
    assert f"asked {200 // share + 1} times" in failed.reason
    assert "requeue" in failed.remedy
    assert timedelta(hours=20) < (clock.now() - began) * share < timedelta(hours=30)


def unreadable(network):
    """A network that lets nobody read back."""

    def look_up(*_given, **_more):
        raise Forbidden("members' posts cannot be read back; look at the profile")

    return Altered(network, look_up=look_up)


def test_what_nobody_can_look_up_goes_to_a_person_with_the_evidence(
    ledger, desk, networks, clock, wire
):
    wire.after = [TIMEOUT]
    blind = {X: unreadable(networks[X])}
    delivery_id = desk.plan()

    run_worker(ledger, networks=blind, clock=clock, until_idle=True)

    parked = desk.look(delivery_id)
    assert (DeliveryState.UNKNOWN, None) == (parked.state, parked.next_at)
    for words in ("nobody but a person", "Attempt 1", "'Fresh.'", "amsel deliveries settle"):
        assert words in parked.reason
    assert ["Fresh."] == wire.texts


@pytest.mark.parametrize(("platform_id", "out"), [("1000", 1), (None, 2)])
def test_a_person_settles_what_no_look_up_can_find(
    ledger, desk, networks, clock, wire, platform_id, out
):
    wire.after = [TIMEOUT]
    delivery_id = desk.plan()
    run_worker(ledger, networks={X: unreadable(networks[X])}, clock=clock, until_idle=True)

    interventions.settle(ledger, delivery_id, actor="anna", platform_id=platform_id)
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert DeliveryState.SENT == desk.look(delivery_id).state
    assert out == len(wire.texts)


def test_what_a_look_up_was_told_is_kept_beside_what_the_attempt_was(
    ledger, desk, deliver, networks, wire, clock
):
    wire.before = [TIMEOUT]
    delivery_id = desk.plan()
    deliver()
    reconcile(ledger, networks=networks)
    clock.wait_until(desk.look(delivery_id).next_at)
    reconcile(ledger, networks=networks)  # stands in for the first one

    with ledger.reading() as connection:
        (attempt,) = deliveries.attempts(connection, delivery_id)
    own = [one for one in attempt["exchanges"] if not one.get("looks_up")]
    looked = [one for one in attempt["exchanges"] if one.get("looks_up")]
    assert [("POST", None)] == [(one["method"], one.get("status")) for one in own]
    assert {("GET", 200)} == {(one["method"], one["status"]) for one in looked}
    assert len({one["url"] for one in looked}) == len(looked)
