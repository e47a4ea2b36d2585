"""A send of several requests: the ledger has its say before each that comes late."""

import time
from dataclasses import replace

import httpx
import pytest

from domain.brand import Account
from domain.deliveries import DeliveryState
from domain.errors import LeaseLost
from domain.platforms import Platform
from publishing import claims
from publishing.books import Books
from publishing.leases import SEND_WITHIN
from publishing.platforms import stopwatch
from publishing.platforms.base import Grant, Secret, client
from publishing.platforms.permit import Permit, held
from publishing.platforms.registry import connect
from publishing.senders import send
from storage.ledger import stops

X = "x:bergquell"
NEARLY = SEND_WITHIN - 1.0


class Renewing:
    """An account's tokens: the first is refused."""

    def current(self) -> Grant:
        return Grant("old")

    def renewed(self, _refused: str) -> Grant:
        return Grant("new")


@pytest.fixture
def slow(wire, clock):
    """A network whose first request is refused after more than a second; the next would go out."""
    account = Account(platform=Platform.X, handle="bergquell", time_zone="Europe/Berlin")

    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] == "Bearer old":
            wire.on_post()
            time.sleep(1.1)
            return httpx.Response(401, json={"title": "Unauthorized"})
        return wire(request)

    return connect(
        account,
        secret=Secret(keeper=Renewing()),
        clock=clock,
        sending_allowed=True,
        transport=httpx.MockTransport(answer),
    )


def send_slowly(ledger, slow):
    claimed = claims.claim(ledger, accounts={X: slow}, owner="w1")
    send(Books.of(ledger), claimed, slow, since=stopwatch.seconds() - NEARLY)


def test_a_stop_halts_a_send_between_two_of_its_requests(ledger, desk, slow, wire, clock):
    def stop() -> None:
        with ledger.transaction() as connection:
            stops.stop(connection, brand=None, reason="fire", actor="anna", now=clock.now())

    wire.on_post = stop
    delivery_id = desk.plan()

    send_slowly(ledger, slow)

    held_back = desk.look(delivery_id)
    assert [] == wire.texts
    assert DeliveryState.WAITING == held_back.state
    assert "emergency stop: fire" in held_back.reason


def test_a_slow_send_that_nobody_forbids_goes_on(ledger, desk, slow, wire):
    delivery_id = desk.plan()

    send_slowly(ledger, slow)

    assert ["Fresh."] == wire.texts
    assert DeliveryState.SENT == desk.look(delivery_id).state


class Suspended:
    """A machine that falls asleep: its monotonic clock stands still, the one beside it goes on."""

    def __init__(self, monkeypatch):
        self._slept, self._real = 0.0, time.clock_gettime
        monkeypatch.setattr(time, "clock_gettime", self._told)

    def _told(self, clock):
        is_awake = clock == getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
        return self._real(clock) + (self._slept if is_awake else 0.0)

    def sleep(self):
        self._slept += 60.0


def test_a_machine_that_was_suspended_after_the_intent_asks_for_nothing(
    ledger, desk, networks, wire, monkeypatch
):
    machine, books = Suspended(monkeypatch), Books.of(ledger)
    delivery_id = desk.plan()
    claimed = claims.claim(ledger, accounts=networks, owner="w1")

    def begin(intent):
        attempt = books.begin(intent)
        machine.sleep()
        return attempt

    send(replace(books, begin=begin), claimed, networks[X])

    assert [] == wire.requests
    assert DeliveryState.WAITING == desk.look(delivery_id).state
    assert "slept" in desk.look(delivery_id).reason


def test_a_machine_that_was_suspended_between_two_requests_asks_the_ledger_first(monkeypatch):
    machine, looks = Suspended(monkeypatch), []
    permit = Permit(lambda: looks.append("looked"), since=stopwatch.seconds(), good_for=4.0)

    permit.check()
    machine.sleep()
    permit.check()

    assert ["looked"] == looks


def test_a_permit_is_looked_up_when_it_is_old_and_not_before():
    asked, looks = [], []

    def look() -> None:
        looks.append(len(asked))
        if len(looks) == 2:
            raise LeaseLost("somebody else's by now")

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    with client("https://example.org", httpx.MockTransport(answer)) as http:
        with held(Permit(look, since=stopwatch.seconds(), good_for=0.2)):
            http.get("/1")
            time.sleep(0.25)
            http.get("/2")
            http.get("/3")
            time.sleep(0.25)
            with pytest.raises(LeaseLost):
                http.get("/4")
        http.get("/5")

    assert ["/1", "/2", "/3", "/5"] == [request.url.path for request in asked]
    assert [1, 3] == looks
