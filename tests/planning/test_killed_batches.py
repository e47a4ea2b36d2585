"""Batches of texts whose process is killed or paused: paid once, and every order is written."""

import multiprocessing
import os
import signal

import pytest

from planning.commissioning import LOST_AFTER
from planning.scriptorium import POLL
from storage.ledger import commissions
from storage.ledger.database import Ledger
from tests.batch_provider import CENTS
from tests.clock import SteppingClock
from tests.planning import test_scriptorium
from tests.planning.conftest import MORNING
from tests.planning.test_scriptorium import authors, desk_of, every_wire, later, spent, write

provider, brand, orders = (
    test_scriptorium.provider,
    test_scriptorium.brand,
    test_scriptorium.orders,
)


def run_until_killed(wire, url, ledger_url, brand, orders):
    """In a process of its own: hand in, and take what came."""
    ledger = Ledger(ledger_url, clock=SteppingClock(MORNING))
    desk = desk_of(wire, url, ledger)
    write(ledger, brand, orders, desk)
    later(ledger.clock, desk)


@pytest.mark.parametrize("point", ["upload", "create", "look", "results"])
@every_wire
def test_killed_at_any_point_it_is_paid_once_and_every_order_is_written(
    provider, ledger, ledger_url, brand, orders, clock, wire, point
):
    if (wire, point) == ("claude", "upload"):
        pytest.skip("Anthropic takes the orders themselves")
    fork = multiprocessing.get_context("fork")
    child = fork.Process(
        target=run_until_killed, args=(wire, provider.url, ledger_url, brand, orders)
    )
    provider.at[point] = lambda: os.kill(child.pid, signal.SIGKILL)
    ledger.close()
    child.start()
    child.join(timeout=30)
    assert -signal.SIGKILL == child.exitcode

    desk = desk_of(wire, provider.url, ledger)
    for _ in range(3):
        later(clock, desk, LOST_AFTER + POLL)
    write(ledger, brand, orders, desk)

    assert {f"{desk.writers[0].name}/mock"} == {*authors(ledger).values()}
    assert (1, 4) == (len(provider.batches), len(authors(ledger)))
    assert pytest.approx(4 * CENTS / 2) == sum(provider.invoice)
    assert pytest.approx(sum(provider.invoice)) == spent(ledger)


@every_wire
def test_who_was_paused_before_the_request_hands_nothing_in(
    provider, ledger, brand, orders, clock, monkeypatch, wire
):
    """Another process may have taken the batch for lost by then, and handed it in anew."""
    desk, real = desk_of(wire, provider.url, ledger), commissions.begin

    def and_pause(*given, **named):
        begun = real(*given, **named)
        clock.instant += LOST_AFTER
        return begun

    with monkeypatch.context() as patch:
        patch.setattr(commissions, "begin", and_pause)
        write(ledger, brand, orders, desk)
    assert not provider.batches

    for _ in range(3):
        later(clock, desk, LOST_AFTER + POLL)
    write(ledger, brand, orders, desk)
    assert (1, 4) == (len(provider.batches), len(authors(ledger)))
