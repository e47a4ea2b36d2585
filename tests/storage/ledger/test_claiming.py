"""Rows are claimed in one statement, told by one event that is a link of every one's chain."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.errors import StateError
from domain.events import EventType
from domain.media import Attachment
from domain.platforms import Platform
from storage.ledger import chain, claiming, deliveries, events
from storage.ledger.tables import deliveries as delivery_rows
from storage.ledger.tables import events as event_rows
from storage.ledger.whole_rows import read, whole

PICTURE = Attachment(
    sha256="a" * 64, mime_type="video/mp4", bytes=1, width=9, height=16, seconds=1.5
)
LEASE = timedelta(seconds=40)
KEYS = ("k1", "k2", "k3")


@pytest.fixture
def due(ledger, now):
    """Three due deliveries."""
    with ledger.transaction() as connection:
        for key in KEYS:
            new = NewDelivery(
                key=key,
                brand="bergquell",
                platform=Platform.X,
                account="x:bergquell",
                payload=Payload(text="Grüße aus dem Tal."),
                due_at=now,
            )
            deliveries.plan(connection, new, now=now)
        connection.execute(delivery_rows.update().values(state=DeliveryState.DUE))
        return deliveries.list(connection)


def claim(ledger, rows, now, *, owner="anna"):
    with ledger.transaction() as connection:
        return claiming.claim_all(connection, rows, owner=owner, until=now + LEASE, now=now)


def verdict(ledger):
    with ledger.reading() as connection:
        return chain.verify(connection)


def test_what_is_claimed_stands_in_the_ledger_as_the_worker_holds_it(ledger, due, now):
    later = now + timedelta(seconds=1, microseconds=7)

    claimed = claim(ledger, due[:2], later)

    with ledger.reading() as connection:
        stored = deliveries.list(connection)
    assert (*claimed, due[2]) == stored
    assert {(DeliveryState.CLAIMED, "anna", later + LEASE, 1)} == {
        (one.state, one.lease_owner, one.lease_until, one.fence) for one in claimed
    }


def test_one_event_names_all_that_were_claimed_and_their_fences(ledger, due, now):
    claim(ledger, due, now)

    with ledger.reading() as connection:
        (told,) = [one.event for one in events.read_since(connection, 0)]
    assert (EventType.DELIVERIES_CLAIMED, "anna") == (told.type, told.actor)
    assert {one.id: 1 for one in due} == told.payload["fences"]


def test_what_is_not_due_is_not_claimed(ledger, due, now):
    claimed = claim(ledger, due[:1], now)

    with pytest.raises(StateError):
        claim(ledger, [*claimed, due[1]], now)

    with ledger.reading() as connection:
        assert due[1] == deliveries.load(connection, due[1].id)


def claimed_and_sent(ledger, due, now):
    """All three are claimed, and the first is sent."""
    first, *_ = claim(ledger, due, now)
    with ledger.transaction() as connection:
        for state in (DeliveryState.SENDING, DeliveryState.SENT):
            first = deliveries.move(connection, first, state, now=now, actor="anna")


def test_a_claim_is_a_link_in_the_chain_of_each(ledger, due, now):
    claimed_and_sent(ledger, due, now)

    found = verdict(ledger)

    assert (3, 3, ()) == (found.events, found.deliveries, found.broken)
    with ledger.reading() as connection:
        assert 3 == len({one.chain for one in deliveries.list(connection)})


@pytest.mark.parametrize("change", [{"actor": "nobody"}, {"payload": {"fences": {}}}])
def test_a_claim_that_was_changed_is_named(ledger, due, now, change):
    claimed_and_sent(ledger, due, now)
    with ledger.transaction() as connection:
        of_claim = event_rows.c.type == EventType.DELIVERIES_CLAIMED
        connection.execute(event_rows.update().where(of_claim).values(**change))

    assert "event 1 (DeliveriesClaimed" in verdict(ledger).broken[0]


def test_a_claim_that_was_taken_out_is_missed_by_each_that_it_named(ledger, due, now):
    claimed_and_sent(ledger, due, now)
    with ledger.transaction() as connection:
        connection.execute(event_rows.delete().where(event_rows.c.position == 1))

    broken = verdict(ledger).broken
    assert "event 2" in broken[0]
    assert all(any(f"({row.key})" in one for one in broken) for row in due[1:])


def test_a_row_read_as_one_text_is_the_row_that_is_read_by_columns(ledger, now):
    new = NewDelivery(
        key='k "1"\n',
        brand="bergquell",
        platform=Platform.BLUESKY,
        account="bluesky:bergquell",
        payload=Payload(
            text="Grüße \U0001f37a \\ aus dem Tal.\n",
            hashtags=("#Tal",),
            media=(PICTURE,),
        ),
        due_at=now + timedelta(microseconds=1),
        local_time="2026-03-02T13:00",
        time_zone="Europe/Berlin",
    )
    changes = {
        "steps": {"upload": "ü"},
        "lease_until": now,
        "next_at": now + timedelta(microseconds=123_456),
        "sent_at": now,
        "reason": "ö",
        "fence": 3,
    }
    with ledger.transaction() as connection:
        deliveries.plan(connection, new, now=now)
        connection.execute(delivery_rows.update().values(**changes))
        by_columns = deliveries.list(connection)
        stored = sa.select(delivery_rows).subquery("stored")
        as_text = connection.scalars(sa.select(whole(connection.dialect.name, stored)))
        assert [*by_columns] == read(as_text)
    assert (changes["next_at"], "ü") == (by_columns[0].next_at, by_columns[0].steps["upload"])
