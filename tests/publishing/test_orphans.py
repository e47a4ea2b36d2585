"""What dead workers held: known at once on their own machine, by the lease on others."""

import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from domain.deliveries import DeliveryState
from publishing import attempts, claims, orphans
from publishing.diary import Diary
from publishing.leases import LEASE
from publishing.reconcile import SETTLING, reconcile
from publishing.worker import run_worker
from publishing.workers import is_gone, worker_name

X = "x:bergquell"
NAMED = "import sys; from publishing.workers import worker_name; print(worker_name(), flush=True)"
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it reads /proc")


@contextmanager
def a_worker():
    """A process with a worker's name, alive for as long as the block and then killed."""
    with subprocess.Popen(
        [sys.executable, "-c", f"{NAMED}; sys.stdin.read()"],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.fixture(scope="module")
def killed():
    """The name of a worker that was killed."""
    with a_worker() as name:
        pass
    return name


def test_a_worker_is_gone_once_it_was_killed_and_not_before():
    with a_worker() as name:
        assert not is_gone(name)
    assert is_gone(name)


def test_a_worker_whose_number_another_process_has_by_now_is_gone():
    host, pid, told = worker_name().split(":")
    kernel, started, part = told.split("-")
    assert not is_gone(f"{host}:{pid}:{kernel}-{started}-{part}")
    assert is_gone(f"{host}:{pid}:{kernel}-{int(started) - 1}-{part}")


@pytest.mark.parametrize("kernel", ["00000000", ""])
def test_of_a_worker_elsewhere_nothing_is_known(killed, kernel):
    host, pid, told = killed.split(":")
    _, started, part = told.split("-")
    told = f"{kernel}-{started}-{part}" if kernel else part
    assert not is_gone(f"{host}:{pid}:{told}")


def test_what_a_dead_worker_had_only_claimed_is_due_at_once(ledger, desk, networks, killed):
    delivery_id = desk.plan()
    claims.claim(ledger, accounts=networks, owner=killed)

    reconcile(ledger, networks=networks)

    assert DeliveryState.DUE == desk.look(delivery_id).state


def test_what_a_dead_worker_had_sent_is_adopted_at_once(ledger, desk, networks, wire, killed):
    delivery_id = desk.plan()
    claimed = claims.claim(ledger, accounts=networks, owner=killed)
    attempt = attempts.begin(ledger, claimed, network=networks[X])
    networks[X].publish(attempt.send())

    reconcile(ledger, networks=networks)

    assert (DeliveryState.SENT, "1000") == (
        desk.look(delivery_id).state,
        desk.look(delivery_id).platform_id,
    )
    assert ["Fresh."] == wire.texts


def test_what_is_not_there_yet_is_sent_again_no_sooner_than_its_lease_and_the_platform_allow(
    ledger, desk, networks, clock, killed
):
    """A packet of a dead process may still be on its way."""
    delivery_id = desk.plan()
    claimed = claims.claim(ledger, accounts=networks, owner=killed)
    attempts.begin(ledger, claimed, network=networks[X])
    over_at = clock.now() + LEASE

    looks = []
    while desk.look(delivery_id).state != DeliveryState.DUE:
        clock.wait_until(desk.look(delivery_id).next_at or clock.now())
        reconcile(ledger, networks=networks)
        looks.append(clock.now())

    assert [over_at - LEASE, over_at, over_at + SETTLING["x"]] == looks


def test_what_a_dead_worker_had_not_asked_for_is_tried_again_at_once(
    ledger, desk, networks, clock, wire, killed
):
    delivery_id = desk.plan()
    Diary(killed).begin()
    claimed = claims.claim(ledger, accounts=networks, owner=killed)
    attempts.begin(ledger, claimed, network=networks[X])

    began_at = clock.now()
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert (DeliveryState.SENT, 2) == (
        desk.look(delivery_id).state,
        desk.look(delivery_id).attempts,
    )
    assert clock.now() - began_at < timedelta(seconds=2)
    assert ["unasked", "sent"] == desk.attempts(delivery_id)
    assert ["Fresh."] == wire.texts


def test_what_a_dead_worker_was_about_to_ask_for_is_looked_up(
    ledger, desk, networks, clock, killed
):
    delivery_id = desk.plan()
    diary = Diary(killed)
    diary.begin()
    claimed = claims.claim(ledger, accounts=networks, owner=killed)
    attempt = attempts.begin(ledger, claimed, network=networks[X])
    diary.note(delivery_id, attempt.number, attempt.started_at)

    reconcile(ledger, networks=networks)

    assert (DeliveryState.UNKNOWN, clock.now() + LEASE) == (
        desk.look(delivery_id).state,
        desk.look(delivery_id).next_at,
    )


def test_what_a_living_worker_holds_is_left_to_it(ledger, desk, networks, clock):
    delivery_id = desk.plan()
    claims.claim(ledger, accounts=networks, owner=worker_name())

    clock.wait_until(clock.now() + LEASE - timedelta(seconds=1))
    with ledger.transaction() as connection:
        assert [] == orphans.bury(connection, clock.now())

    assert DeliveryState.CLAIMED == desk.look(delivery_id).state
