"""A ledger put back from a backup: what went out since is found, and nothing is sent blindly."""

from datetime import timedelta

import pytest

from domain.deliveries import DeliveryState
from publishing.restored import doubt
from publishing.worker import run_worker


@pytest.mark.parametrize(("doubted", "out"), [(True, 1), (False, 2)])
def test_what_went_out_after_the_backup_is_not_sent_again(
    ledger, desk, networks, clock, wire, doubted, out
):
    delivery_id = desk.plan(after=60)
    wire.posts.append(
        {
            "id": "1000",
            "text": "Fresh.",
            "created_at": (clock.now() + timedelta(seconds=61)).isoformat(),
        }
    )
    clock.wait_until(clock.now() + timedelta(minutes=5))

    if doubted:
        assert 1 == doubt(ledger, networks=networks, actor="anna")
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert ["Fresh."] * out == wire.texts
    assert DeliveryState.SENT == desk.look(delivery_id).state


def test_what_did_not_go_out_is_sent_once_and_what_lies_ahead_is_left(
    ledger, desk, networks, clock, wire
):
    due, ahead = desk.plan("p1", text="Due."), desk.plan("p2", text="Ahead.", after=3600)
    clock.wait_until(clock.now() + timedelta(minutes=5))

    doubt(ledger, networks=networks, actor="anna")
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert ["Due."] == wire.texts
    assert (DeliveryState.SENT, 2) == (desk.look(due).state, desk.look(due).attempts)
    assert DeliveryState.PLANNED == desk.look(ahead).state
