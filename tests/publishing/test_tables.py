"""What people read of the way out: counts, what is open and why, links to what is live."""

from datetime import timedelta

import httpx

from domain.deliveries import DeliveryState
from ml.figures import lateness
from publishing.outbox import deliver_due
from publishing.tables import RECENT, read_standing, shown, summary


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


def test_what_is_out_for_long_is_counted_and_not_read(ledger, networks, clock, desk, wire):
    """A year of posts must not be read anew with every run of the door."""
    wire.before += [None, httpx.Response(400, json={"detail": "no"})]
    for number in range(3):
        desk.plan(f"old{number}", text=f"Old {number}.")
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=3)
    clock.wait_until(clock.now() + RECENT + timedelta(days=1))
    desk.plan("new", text="New.")
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=1)

    standing = read_standing(ledger)

    assert ["New.", "Old 1."] == sorted(standing.rows["text"])
    assert (4, 3) == (standing.number(), standing.number(DeliveryState.SENT))
    counts = summary(standing).select("state", "deliveries", "late p50, s")
    assert [("failed", 1, None), ("sent", 3, 0.0)] == counts.rows()
