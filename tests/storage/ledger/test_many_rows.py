"""Many rows in one statement: in order, none overwritten unseen, each with its own values."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.platforms import Platform
from storage.ledger import deliveries
from storage.ledger.many_rows import insert_all, update_all
from storage.ledger.tables import delivery_attempts, events


def attempt(name, now, **values):
    fixed = {"attempt": 1, "fence": 1, "owner": "w", "fingerprint": "f", "platform_key": None}
    return {"delivery_id": name, "started_at": now} | fixed | values


def test_rows_get_their_positions_in_the_order_in_which_they_were_handed_in(ledger, now):
    names = [f"e{number}" for number in range(300)]
    rows = [
        {
            "id": name,
            "type": "BrandLoaded",
            "schema_version": 1,
            "occurred_at": now,
            "correlation": name,
            "actor": "test",
            "payload": {"said": 'quote " and \\ and ü'},
        }
        for name in names
    ]
    with ledger.transaction() as connection:
        insert_all(connection, events, rows, sharing=7)
        query = sa.select(events.c.id, events.c.payload).order_by(events.c.position)
        stored = connection.execute(query).all()

    assert names == [row.id for row in stored]
    assert {'quote " and \\ and ü'} == {row.payload["said"] for row in stored}


def test_a_second_intent_of_the_same_attempt_is_refused(ledger, now):
    """It would be a request that nobody wrote down."""
    with ledger.transaction() as connection:
        insert_all(connection, delivery_attempts, [attempt("d", now)], skip_taken=False)
    again = [attempt("other", now), attempt("d", now)]

    with pytest.raises(sa.exc.IntegrityError), ledger.transaction() as connection:
        insert_all(connection, delivery_attempts, again, skip_taken=False)

    with ledger.reading() as connection:
        assert ["d"] == list(connection.scalars(sa.select(delivery_attempts.c.delivery_id)))


def test_each_row_gets_its_own_values_and_no_other_is_touched(ledger, now):
    later = now + timedelta(microseconds=1)
    with ledger.transaction() as connection:
        insert_all(connection, delivery_attempts, [attempt(name, now) for name in "abc"])
        changed = [
            {"delivery_id": "a", "attempt": 1, "outcome": "sent", "finished_at": later},
            {"delivery_id": "b", "attempt": 1, "outcome": None, "finished_at": None},
            {"delivery_id": "c", "attempt": 2, "outcome": "sent", "finished_at": later},
        ]
        update_all(connection, delivery_attempts, changed, key=("delivery_id", "attempt"))
        columns = (delivery_attempts.c.outcome, delivery_attempts.c.finished_at)
        query = sa.select(*columns).order_by(delivery_attempts.c.delivery_id)
        stored = connection.execute(query).all()

    assert [("sent", later), (None, None), (None, None)] == [tuple(row) for row in stored]


def test_an_instant_without_a_zone_is_refused(ledger):
    naive = datetime(2026, 3, 1, 12)  # noqa: DTZ001

    with pytest.raises((ValueError, sa.exc.StatementError)), ledger.transaction() as connection:
        insert_all(connection, delivery_attempts, [attempt("d", naive)])


def test_a_delivery_is_seen_as_it_stands_now_and_not_as_it_was_known(ledger, now):
    planned = NewDelivery(
        key="p1:x",
        brand="bergquell",
        platform=Platform.X,
        account="x:bergquell",
        payload=Payload(text="Fresh from the spring."),
        due_at=now,
    )
    with ledger.transaction() as connection:
        delivery_id = deliveries.plan(connection, planned, now=now)
        known = deliveries.load(connection, delivery_id)
        deliveries.move(connection, known, DeliveryState.DUE, now=now, actor="w", reason="why")
        stored = deliveries.load(connection, delivery_id)
        fresh = deliveries.refresh_all(connection, [known])

    assert {delivery_id: stored} == fresh
    assert DeliveryState.DUE is fresh[delivery_id].state
