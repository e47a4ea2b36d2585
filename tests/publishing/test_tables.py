"""What people read of the way out: counts, what is open and why, links to what is live."""

import logging
from datetime import timedelta

import httpx
import pytest

from domain.deliveries import DeliveryState
from ml.figures import lateness
from publishing.outbox import deliver_due
from publishing.tables import READ, read_standing, shown, summary
from storage.ledger import deliveries
from storage.ledger.tables import deliveries as table


def test_everything_open_is_shown_with_its_reason_and_what_is_live_with_its_link(
    ledger, networks, clock, desk, wire
):
    later = str(int((clock.now() + timedelta(minutes=5)).timestamp()))
    wire.before += [
        None,
        httpx.Response(400, json={"detail": "not like this"}),
        None,
        httpx.Response(429, headers={"x-rate-limit-reset": later}),
    ]
    wire.after += [None, httpx.ReadTimeout("silence")]
    for number in range(4):
        desk.plan(f"p{number}", text=f"Text {number}.")
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=4)

    tables = shown(read_standing(ledger))

    assert {"failed": 1, "sent": 1, "unknown": 1, "waiting": 1} == dict(
        tables["where they stand"].select("state", "deliveries").iter_rows()
    )
    (waiting,) = tables["waiting, and until when"].iter_rows(named=True)
    assert "02 Mar 12:05 UTC" == waiting["until"]
    (dead,) = tables["dead, with reason and remedy"].iter_rows(named=True)
    assert ("not like this" in dead["reason"], "plan it again" in dead["remedy"]) == (True, True)
    assert 1 == tables["unknown, being looked up"].height
    (live,) = tables["live posts"].iter_rows(named=True)
    assert "[x](https://x.com/bergquell/status/1000)" == live["live"]


def test_how_late_posts_went_out_is_a_picture_that_the_event_log_can_hold(
    ledger, networks, clock, desk
):
    for number in range(3):
        desk.plan(f"p{number}", text=f"Text {number}.")
    clock.wait_until(clock.now() + timedelta(seconds=2))
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=3)

    picture = lateness(read_standing(ledger).rows)

    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 100_000


@pytest.fixture
def rows_read(caplog):
    """How many rows the database handed over since the last call; asked for before the ledger."""
    caplog.set_level(logging.DEBUG, "sqlalchemy.engine")

    def count():
        number = sum(record.msg == "Row %r" for record in caplog.records)
        caplog.clear()
        return number

    return count


def plan_many(ledger, desk, number):
    """One post a minute, in one transaction; their ids."""
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        return [
            deliveries.plan(
                connection,
                desk.delivery(f"p{each}", f"Text {each}.", now + timedelta(minutes=each)),
                now=now,
            )
            for each in range(number)
        ]


def test_of_all_that_is_stored_a_fixed_number_is_read_and_the_rest_is_counted(
    rows_read, ledger, desk
):
    """Years of posts must not be read anew with every run of the door."""
    ids = plan_many(ledger, desk, READ + 300)
    with ledger.transaction() as connection:
        out = table.update().where(table.c.id.in_(ids[:-1]))
        connection.execute(out.values(state="sent", sent_at=table.c.due_at))
    rows_read()

    standing = read_standing(ledger, states=(DeliveryState.SENT, DeliveryState.PLANNED))

    assert READ + 1 + len(standing.counts) == rows_read()
    assert (READ + 1, READ + 300) == (standing.rows.height, standing.number())
    assert "Text 299." == standing.rows["text"][0]
    counts = summary(standing).select("state", "deliveries", "late p50, s")
    assert [("planned", 1, None), ("sent", READ + 299, 0.0)] == counts.rows()


def test_of_what_is_planned_the_next_are_read(ledger, desk):
    plan_many(ledger, desk, READ + 5)

    texts = read_standing(ledger).rows["text"]

    assert ("Text 0.", f"Text {READ - 1}.") == (texts[0], texts[-1])
