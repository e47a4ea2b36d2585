"""Several sends at a time: each account's in order, none doubled, and a stop halts all."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from domain.brand import Account
from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.platforms import Platform
from publishing import claims
from publishing.books import Books
from publishing.claims import Claimer
from publishing.leases import LEASE
from publishing.platforms.registry import connect
from publishing.senders import Senders
from publishing.worker import run_worker
from runtime.clock import SystemClock
from storage.ledger import deliveries, stops
from storage.ledger.database import Ledger

ACCOUNTS = tuple(f"x:brand{number}" for number in range(6))


class Wire:
    """A platform that takes a moment, and remembers what was asked of it, and when."""

    def __init__(self, seconds=0.0):
        self.seconds, self.taken, self.lock = seconds, [], threading.Lock()
        self.under_way = self.most_under_way = 0
        self.on_post = lambda: None

    def __call__(self, request):
        with self.lock:
            self.under_way += 1
            self.most_under_way = max(self.most_under_way, self.under_way)
            text = request.content.decode().split('"')[3]
            self.taken.append((time.monotonic(), request.headers["authorization"], text))
            number = len(self.taken)
        self.on_post()
        time.sleep(self.seconds)
        with self.lock:
            self.under_way -= 1
        return httpx.Response(201, json={"data": {"id": str(number), "text": text}})

    def texts(self):
        return [text for _, _, text in self.taken]


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def networks(wire, clock):
    found = {}
    for name in ACCOUNTS:
        account = Account(platform=Platform.X, handle=name.partition(":")[2], time_zone="UTC")
        found[name] = connect(
            account,
            secret=name,
            clock=clock,
            sending_allowed=True,
            transport=httpx.MockTransport(wire),
        )
    return found


def plan(ledger, count, *, accounts=ACCOUNTS, brand="bergquell"):
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        new = (
            NewDelivery(
                key=f"{number}",
                brand=brand,
                platform=Platform.X,
                account=accounts[number % len(accounts)],
                payload=Payload(text=f"Number {number}"),
                due_at=now + timedelta(milliseconds=number),
            )
            for number in range(count)
        )
        deliveries.plan_many(connection, new, now=now)


def states(ledger):
    with ledger.reading() as connection:
        return [one.state for one in deliveries.list(connection)]


def test_each_goes_out_once_and_every_account_keeps_its_order(ledger, networks, clock, wire):
    plan(ledger, 60)
    clock.wait_until(clock.now() + timedelta(seconds=1))

    sent = run_worker(ledger, networks=networks, clock=clock, concurrency=4, until_idle=True)

    assert 60 == sent
    assert sorted(f"Number {number}" for number in range(60)) == sorted(wire.texts())
    for account in range(len(ACCOUNTS)):
        mine = [int(text.split()[1]) for text in wire.texts()]
        mine = [number for number in mine if number % len(ACCOUNTS) == account]
        assert sorted(mine) == mine


def test_no_more_requests_are_under_way_than_asked_for(ledger, networks, clock, wire):
    wire.seconds = 0.02
    plan(ledger, 24)
    clock.wait_until(clock.now() + timedelta(seconds=1))

    run_worker(ledger, networks=networks, clock=clock, concurrency=3, until_idle=True)

    assert 2 <= wire.most_under_way <= 3


def test_an_account_that_somebody_sends_for_is_left_alone(ledger, clock):
    plan(ledger, 4, accounts=ACCOUNTS[:1])
    clock.wait_until(clock.now() + timedelta(seconds=1))
    first = claims.claim(ledger, accounts=ACCOUNTS, owner="one")

    assert first is not None
    assert claims.claim(ledger, accounts=ACCOUNTS, owner="two") is None


def test_two_workers_side_by_side_double_nothing(timely, networks, wire):
    plan(timely, 48)

    def work():
        run_worker(timely, networks=networks, clock=SystemClock(), concurrency=3, until_idle=True)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    work()  # what one left behind while the other was busy

    assert sorted(f"Number {number}" for number in range(48)) == sorted(wire.texts())
    assert {DeliveryState.SENT} == set(states(timely))


def test_a_stop_halts_every_send_at_once(ledger, networks, clock, wire):
    wire.seconds = 0.05
    plan(ledger, 200)
    clock.wait_until(clock.now() + timedelta(seconds=1))
    stopped = []

    def stop():
        with wire.lock:
            if stopped or len(wire.taken) < 10:
                return
            stopped.append(0.0)
        with ledger.transaction() as connection:
            stops.stop(connection, brand=None, reason="fire", actor="anna", now=clock.now())
        stopped[0] = time.monotonic()

    wire.on_post = stop

    run_worker(ledger, networks=networks, clock=clock, concurrency=4, until_idle=True)

    assert max(at for at, _, _ in wire.taken) - stopped[0] < 5
    # at most what had its intent on disk when the stop came: twice the requests under way
    assert len(wire.taken) <= 10 + 2 * 4 + 4
    assert {DeliveryState.SENT, DeliveryState.CANCELLED} == set(states(ledger))


def test_what_was_claimed_and_not_begun_is_given_back(ledger, networks, clock):
    plan(ledger, 12)
    clock.wait_until(clock.now() + timedelta(seconds=1))
    started, go_on = threading.Event(), threading.Event()
    books = Books.of(ledger)

    def begin(intent):
        started.set()
        go_on.wait(30)
        return books.begin(intent)

    senders = Senders(ledger, networks=networks, concurrency=2, books=replace(books, begin=begin))
    taken = senders.take()
    started.wait(30)
    threading.Timer(0.2, go_on.set).start()
    senders.__exit__()

    left = states(ledger)
    assert taken > left.count(DeliveryState.SENT) > 0
    assert 0 == left.count(DeliveryState.CLAIMED) + left.count(DeliveryState.SENDING)


def test_a_sign_of_life_prolongs_only_what_is_still_ours(ledger, clock):
    plan(ledger, 2)
    clock.wait_until(clock.now() + timedelta(seconds=1))
    with ledger.transaction() as connection:
        mine = claims.take(connection, clock.now(), Claimer("mine", ACCOUNTS[:1]))
        other = claims.take(connection, clock.now(), Claimer("other", ACCOUNTS[1:2]))
    ids = [row.id for row in (*mine, *other)]
    clock.wait_until(clock.now() + LEASE / 2)
    with ledger.transaction() as connection:
        claims.renew(connection, clock.now(), ids, owner="mine")
        until = {row.lease_owner: row.lease_until for row in deliveries.list(connection)}

    assert clock.now() + LEASE == until["mine"]
    assert clock.now() + LEASE / 2 == until["other"]


def test_a_sign_of_life_waits_for_no_row_that_is_being_moved(postgres_url):
    """It deadlocked with intents and outcomes of the same worker, which ended with an error."""
    ledger = Ledger(postgres_url)
    ledger.upgrade()
    plan(ledger, 2)
    with ledger.transaction() as connection:
        now = ledger.now(connection) + timedelta(seconds=1)
        ids = [one.id for one in claims.take(connection, now, Claimer("mine", ACCOUNTS, 2))]

    with ledger.transaction() as moving:
        deliveries.load(moving, ids[0], lock=True)
        with ledger.transaction() as connection:
            connection.execute(sa.text("set local lock_timeout = '2s'"))
            claims.renew(connection, now + LEASE / 2, ids, owner="mine")

    with ledger.reading() as connection:
        until = {row.id: row.lease_until for row in deliveries.list(connection)}
    assert {ids[0]: now + LEASE, ids[1]: now + LEASE * 1.5} == until
    ledger.close()
