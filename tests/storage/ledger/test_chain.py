"""The chain of a delivery's events tells of whatever was done to them afterwards."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.platforms import Platform
from storage.ledger import chain, deliveries
from storage.ledger.tables import deliveries as delivery_rows
from storage.ledger.tables import events as event_rows

WAY = (DeliveryState.DUE, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.SENT)


def play(ledger, key, now, states=WAY):
    """A delivery that has gone this way; its id."""
    new = NewDelivery(
        key=key,
        brand="bergquell",
        platform=Platform.X,
        account="x:bergquell",
        payload=Payload(text="Grüße aus dem Tal."),
        due_at=now,
    )
    with ledger.transaction() as connection:
        delivery_id = deliveries.plan(connection, new, now=now)
    for number, state in enumerate(states):
        with ledger.transaction() as connection:
            row = deliveries.load(connection, delivery_id, lock=True)
            at = now + timedelta(microseconds=number)
            deliveries.move(connection, row, state, now=at, actor="door", reason="ö")
    return delivery_id


def verdict(ledger):
    with ledger.reading() as connection:
        return chain.verify(connection)


@pytest.fixture
def told(ledger, now):
    """Two deliveries whose moves lie in turn, and the positions of the first one's events."""
    first = play(ledger, "k1", now, WAY[:3])
    play(ledger, "k2", now)
    with ledger.transaction() as connection:
        row = deliveries.load(connection, first, lock=True)
        deliveries.move(connection, row, DeliveryState.SENT, now=now, actor="door")
        found = connection.execute(sa.select(event_rows).order_by(event_rows.c.position)).mappings()
        return [row["position"] for row in found if row["payload"]["delivery_id"] == first]


@pytest.mark.usefixtures("told")
def test_what_stands_as_it_was_written_is_intact(ledger):
    found = verdict(ledger)

    assert (8, 2, ()) == (found.events, found.deliveries, found.broken)


@pytest.mark.parametrize(
    "change", [{"actor": "nobody"}, {"payload": {"delivery_id": "other"}}, {"digest": None}]
)
def test_an_event_that_was_changed_is_named(ledger, told, change):
    with ledger.transaction() as connection:
        at = event_rows.c.position == told[1]
        connection.execute(event_rows.update().where(at).values(**change))

    assert f"event {told[1]}" in verdict(ledger).broken[0]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_the_event_after_one_that_was_taken_out_is_named(ledger, told, which):
    with ledger.transaction() as connection:
        connection.execute(event_rows.delete().where(event_rows.c.position == told[which]))

    (broken,) = verdict(ledger).broken
    assert f"event {told[which + 1]}" in broken


def test_a_last_event_that_was_taken_out_is_missed(ledger, told):
    with ledger.transaction() as connection:
        connection.execute(event_rows.delete().where(event_rows.c.position == told[-1]))

    (broken,) = verdict(ledger).broken
    assert "(k1): its last event is not the one that it had" in broken


@pytest.mark.usefixtures("told")
def test_a_delivery_that_was_taken_out_is_missed(ledger):
    with ledger.transaction() as connection:
        connection.execute(delivery_rows.delete().where(delivery_rows.c.key == "k2"))

    (broken,) = verdict(ledger).broken
    assert "its row knows of none" in broken


@pytest.mark.usefixtures("told")
def test_events_from_before_the_chain_are_taken_as_they_are(ledger, now):
    ledger.downgrade("0002")
    ledger.upgrade()
    after = play(ledger, "k3", now)

    found = verdict(ledger)

    assert (4, 1, ()) == (found.events, found.deliveries, found.broken)
    with ledger.reading() as connection:
        assert deliveries.load(connection, after).chain is not None


def test_a_delivery_that_was_under_way_goes_on_with_a_chain_of_its_own(ledger, now):
    delivery_id = play(ledger, "k1", now, WAY[:2])
    ledger.downgrade("0002")
    ledger.upgrade()
    with ledger.transaction() as connection:
        row = deliveries.load(connection, delivery_id, lock=True)
        row = deliveries.move(connection, row, DeliveryState.SENDING, now=now, actor="door")
        deliveries.move(connection, row, DeliveryState.SENT, now=now, actor="door")

    found = verdict(ledger)

    assert (2, 1, ()) == (found.events, found.deliveries, found.broken)


def test_many_that_move_alike_have_a_link_each(ledger, now):
    ids = [play(ledger, f"k{number}", now, WAY[:1]) for number in range(20)]
    with ledger.transaction() as connection:
        rows = deliveries.load_all(connection, ids, lock=True).values()
        moves = [deliveries.Move(row, DeliveryState.CLAIMED, {"fence": 1}) for row in rows]
        deliveries.move_all(connection, moves, now=now, actor="door")

    found = verdict(ledger)

    assert (40, 20, ()) == (found.events, found.deliveries, found.broken)
    with ledger.reading() as connection:
        assert 20 == len({one.chain for one in deliveries.list(connection)})
