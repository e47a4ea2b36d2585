"""A worker that slept through its lease, and claimed once more what it still has in its hands."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.deliveries import DeliveryState
from domain.errors import StateError
from publishing import claims
from publishing.attempts import Intent, begin_all
from publishing.books import Books
from publishing.leases import LEASE
from publishing.senders import send
from storage.ledger import chain, deliveries
from storage.ledger.deliveries import Move

X = "x:bergquell"


@pytest.fixture
def twice(ledger, desk, networks, clock):
    """The two claims of one worker on one delivery: the lapsed one, and the one that holds."""
    desk.plan()
    lapsed = claims.claim(ledger, accounts=networks, owner="sleeper")
    clock.wait_until(clock.now() + LEASE + timedelta(seconds=1))
    return lapsed, claims.claim(ledger, accounts=networks, owner="sleeper")


@pytest.mark.parametrize("first", [0, 1])
def test_of_both_claims_written_together_only_the_last_may_send(ledger, networks, twice, first):
    order = (twice[first], twice[1 - first])

    with ledger.transaction() as connection:
        intents = [Intent(claimed, networks[X]) for claimed in order]
        begun = begin_all(connection, ledger.now(connection), intents)

    assert [None if one is None else one.delivery.fence for one in begun] == [
        claimed.fence if claimed is twice[1] else None for claimed in order
    ]


def test_both_hands_together_send_it_once(ledger, networks, wire, twice):
    books, together = Books.of(ledger), threading.Barrier(2)
    waiting, answers = [], {}

    def begin_together(intent):
        """As a group commit writes what several hands bring at one moment."""
        waiting.append(intent)
        if together.wait(10) == 0:
            with ledger.transaction() as connection:
                begun = begin_all(connection, ledger.now(connection), waiting)
            answers.update(zip(map(id, waiting), begun, strict=True))
        together.wait(10)
        return answers[id(intent)]

    books = replace(books, begin=begin_together)
    hands = [threading.Thread(target=send, args=(books, one, networks[X])) for one in twice]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(30)

    assert ["Fresh."] == wire.texts
    with ledger.reading() as connection:
        assert () == chain.verify(connection).broken
        assert [DeliveryState.SENT] == [one.state for one in deliveries.list(connection)]


def test_a_delivery_that_would_move_twice_at_once_stays_where_it_is(ledger, twice):
    _, held = twice
    moves = [Move(held, DeliveryState.DUE), Move(held, DeliveryState.WAITING)]

    with pytest.raises(StateError, match="only once"), ledger.transaction() as connection:
        deliveries.move_all(connection, moves, now=ledger.now(connection), actor="door")

    with ledger.reading() as connection:
        assert () == chain.verify(connection).broken
        assert DeliveryState.CLAIMED == deliveries.load(connection, held.id).state
