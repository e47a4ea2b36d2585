"""Whatever is committed between any two statements of a send doubles no post and loses none."""

from itertools import count

from domain.deliveries import DeliveryState
from domain.errors import StateError
from publishing import claims, interventions, senders
from publishing.books import Books
from publishing.outbox import deliver_due
from storage.ledger import chain
from tests.interleaved import between


def send(ledger, networks, clock):
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=5)


def rounds(ledger, desk, networks, clock, others, act):
    """A post a round, sent while `act` comes after one statement more each time; the rows."""
    other, watcher = others
    for number in count(1):
        delivery_id = desk.plan(f"p{number}", text=f"Text {number}.")
        with between(
            ledger,
            lambda row=delivery_id: act(other, row),
            after=lambda seen, _, at=number: seen == at,
            watcher=watcher,
        ) as beside:
            send(ledger, networks, clock)
        send(ledger, networks, clock)  # what the other held back
        if not beside.has_acted:
            return
        yield desk.look(delivery_id), beside


def send_one(ledger, networks):
    """What another worker does in one turn."""
    claimed = claims.claim(ledger, accounts=networks, owner="two")
    if claimed is not None:
        senders.send(Books.of(ledger), claimed, networks[claimed.account])


def assert_unbroken(ledger):
    with ledger.reading() as connection:
        assert () == chain.verify(connection).broken


def test_two_workers_at_any_moment_of_each_other_send_each_post_once(
    ledger, desk, networks, clock, wire, others
):
    played = 0
    for row, beside in rounds(
        ledger, desk, networks, clock, others, lambda other, _: send_one(other, networks)
    ):
        played += 1
        assert (DeliveryState.SENT, None) == (row.state, beside.error)
        assert [f"Text {played}."] == wire.texts[played - 1 :]

    assert played > 10
    assert_unbroken(ledger)


def test_a_cancel_at_any_moment_of_a_send_comes_in_time_or_is_refused(
    ledger, desk, networks, clock, wire, others
):
    def cancel(other, row):
        interventions.cancel(other, row, actor="anna", reason="no")

    ends = []
    for row, beside in rounds(ledger, desk, networks, clock, others, cancel):
        is_out = row.payload.text in wire.texts
        ends.append(row.state)
        if beside.error is None:
            assert (DeliveryState.CANCELLED, False) == (row.state, is_out)
        else:
            assert isinstance(beside.error, StateError)
            assert (DeliveryState.SENT, True) == (row.state, is_out)

    assert {DeliveryState.CANCELLED, DeliveryState.SENT} == {*ends}
    assert len(wire.texts) == len({*wire.texts})
    assert_unbroken(ledger)
