"""Two deliveries of the same words never share one post: neither is lost."""

import httpx

from domain.deliveries import DeliveryState
from domain.errors import StateError
from publishing import attempts, claims, interventions, outcomes
from publishing.outbox import deliver_due
from publishing.reconcile import reconcile
from publishing.worker import run_worker
from tests.publishing.conftest import X

TIMEOUT = httpx.ReadTimeout("no answer")


def test_of_two_with_the_same_words_one_adopts_what_is_there_and_the_other_is_sent(
    ledger, desk, networks, clock, wire
):
    wire.before, wire.after = [None, TIMEOUT], [TIMEOUT]
    ids = [desk.plan("p1"), desk.plan("p2")]
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=10)
    assert [DeliveryState.UNKNOWN] * 2 == [desk.look(one).state for one in ids]

    reconcile(ledger, networks=networks)
    assert 1 == sum(desk.look(one).state == DeliveryState.SENT for one in ids)
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert {"1000", "1001"} == {desk.look(one).platform_id for one in ids}
    assert ["Fresh.", "Fresh."] == wire.texts


def test_what_another_is_sending_at_this_moment_is_not_adopted(ledger, desk, networks, clock, wire):
    wire.before = [TIMEOUT]
    lost = desk.plan("p1", after=-5)
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=10)
    sending = desk.plan("p2")
    attempt = attempts.begin(
        ledger,
        claims.claim(ledger, accounts=networks, owner="another"),
        network=networks[X],
    )
    result = networks[X].publish(attempt.send())

    reconcile(ledger, networks=networks)
    assert DeliveryState.UNKNOWN == desk.look(lost).state
    attempts.finish(ledger, attempt, outcomes.sent(result))
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert ["1000", "1001"] == [desk.look(one).platform_id for one in (sending, lost)]


def test_what_a_late_worker_says_is_out_is_not_called_cancelled(ledger, desk, networks, clock):
    delivery_id = desk.plan()
    late = attempts.begin(
        ledger, claims.claim(ledger, accounts=networks, owner="late"), network=networks[X]
    )
    clock.wait_until(desk.look(delivery_id).lease_until + outcomes.LONGEST_WAIT)
    while desk.look(delivery_id).state != DeliveryState.DUE:
        reconcile(ledger, networks=networks)
        clock.wait_until(desk.look(delivery_id).next_at or clock.now())
    result = networks[X].publish(late.send())
    assert attempts.finish(ledger, late, outcomes.sent(result)) is None

    try:
        interventions.cancel(ledger, delivery_id, actor="anna", reason="no")
    except StateError as exc:
        assert "says that delivery" in str(exc)
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert DeliveryState.SENT == desk.look(delivery_id).state
    assert ["1000"] == [desk.look(delivery_id).platform_id]
