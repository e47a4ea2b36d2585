"""What people read of the way out: counts, what is open and why, links to what is live."""

from datetime import timedelta

import httpx

from ml.figures import lateness
from publishing.outbox import deliver_due
from publishing.tables import deliveries_frame, overview
from storage.ledger import deliveries


def read(ledger):
    with ledger.reading() as connection:
        return deliveries_frame(deliveries.list(connection))


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

    tables = overview(read(ledger))

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

    picture = lateness(read(ledger))

    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 100_000
