"""Each guard of the door, taken out: what it prevents then happens."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from domain.deliveries import DeliveryState
from publishing import attempts, claims, orphans, outcomes
from publishing.attempts import Attempt, Ending
from publishing.books import Books
from publishing.leases import LEASE
from publishing.outbox import deliver_due
from publishing.senders import Senders, send
from publishing.worker import run_worker
from storage.ledger import deliveries, posts
from storage.ledger.database import Ledger
from tests.clock import SteppingClock
from tests.networks import blind

X = "x:bergquell"


@pytest.fixture
def rest(ledger, networks, clock):
    """A worker comes by after the lease has run out, and works until there is nothing left."""

    def run():
        clock.wait_until(clock.now() + LEASE + timedelta(seconds=1))
        run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    return run


def die(_ending):
    raise KeyboardInterrupt


@pytest.mark.parametrize(("guarded", "out"), [(True, 1), (False, 2)])
def test_the_attempt_row(ledger, desk, networks, clock, wire, rest, guarded, out):
    """A worker dies after the request: only the row that was written before tells of it."""

    def begin_without_a_row(intent):
        claimed = intent.claimed
        return Attempt(claimed, 1, clock.now(), claimed.payload)

    books = Books.of(ledger)
    begin = books.begin if guarded else begin_without_a_row
    desk.plan()
    claimed = claims.claim(ledger, accounts=networks, owner="dies")

    with pytest.raises(KeyboardInterrupt):
        send(replace(books, begin=begin, finish=die), claimed, networks[X])
    rest()

    assert ["Fresh."] * out == wire.texts


class Unfenced(Ending):
    """The word of a worker that nobody keeps out."""

    def is_ours(self, row):
        return row is not None


@pytest.mark.parametrize(("kind", "state"), [(Ending, "sending"), (Unfenced, "failed")])
def test_the_fence(ledger, desk, networks, clock, kind, state):
    """A worker that was paused writes while another one sends."""
    delivery_id = desk.plan()
    claimed = claims.claim(ledger, accounts=networks, owner="slow")
    slow = attempts.begin(ledger, claimed, network=networks[X])
    clock.wait_until(clock.now() + LEASE + timedelta(seconds=1))
    with ledger.transaction() as connection:
        (expired,) = orphans.expire(connection, clock.now())
        deliveries.move(connection, expired, DeliveryState.DUE, now=clock.now(), actor="test")
    claimed = claims.claim(ledger, accounts=networks, owner="quick")
    attempts.begin(ledger, claimed, network=networks[X])
    late = outcomes.Outcome(DeliveryState.FAILED, "failed", "the token was refused")

    with ledger.transaction() as connection:
        attempts.finish_all(connection, clock.now(), [kind(slow, late)])

    assert state == desk.look(delivery_id).state


@pytest.mark.parametrize(("guarded", "out"), [(True, 1), (False, 2)])
def test_the_unique_key(ledger, desk, networks, clock, wire, guarded, out):
    """A planner that was killed plans once more what it had planned."""
    for _ in range(2):
        new = desk.delivery("p1", "Fresh.", clock.now()).model_copy(
            update={"post_id": None, "key": "p1:x" if guarded else uuid4().hex}
        )
        with ledger.transaction() as connection:
            deliveries.plan(connection, new, now=clock.now())

    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert ["Fresh."] * out == wire.texts


@pytest.mark.parametrize(("guarded", "out"), [(True, 0), (False, 1)])
def test_the_ledgers_time(ledger, ledger_url, desk, networks, clock, wire, guarded, out):
    """A machine whose clock is five minutes fast."""
    desk.plan(after=200)
    fast = SteppingClock(clock.now() + timedelta(minutes=5))
    own = ledger if guarded else Ledger(ledger_url, clock=fast)

    deliver_due(own, networks=networks, clock=fast, until=clock.now(), limit=5)

    assert out == len(wire.texts)
    if own is not ledger:
        own.close()


@pytest.mark.parametrize(("guarded", "out"), [(True, 1), (False, 2)])
def test_the_look_up_before_the_next_attempt(ledger, desk, networks, clock, wire, guarded, out):
    wire.after = [httpx.ReadTimeout("no answer")]
    seeing = networks if guarded else {X: blind(networks[X])}
    desk.plan()

    run_worker(ledger, networks=seeing, clock=clock, until_idle=True)

    assert ["Fresh."] * out == wire.texts


@pytest.mark.parametrize(("guarded", "out"), [(True, 0), (False, 1)])
def test_the_gate_at_the_intent(ledger, desk, networks, clock, wire, guarded, out):
    """A post is edited after the claim."""

    def begin_without_a_look(intent):
        claimed = intent.claimed
        return Attempt(claimed, 1, clock.now(), claimed.payload)

    books = Books.of(ledger)
    books = books if guarded else replace(books, begin=begin_without_a_look)
    desk.plan()
    senders = Senders(ledger, networks=networks, books=books)
    claimed = claims.claim(ledger, accounts=networks, owner=senders.owner)
    with ledger.transaction() as connection:
        post = posts.load(connection, "p1")
        edited = post.model_copy(update={"version": 2, "text": "Edited."})
        posts.save(connection, edited, key="p1", actor="anna", now=clock.now())

    send(replace(books, finish=lambda _: None), claimed, networks[X])

    assert out == len(wire.texts)
    senders.__exit__()
