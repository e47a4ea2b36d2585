"""A zone's rules change between plan and send: the wall-clock time stays, the instant follows."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from publishing.zones import follow_zones
from storage.ledger import deliveries

OLD, NEW = ZoneInfo("Etc/GMT-1"), ZoneInfo("Etc/GMT-2")
"""A country that moves from UTC+1 to UTC+2: the same name, other rules."""
TEN = datetime(2026, 3, 3, 9, tzinfo=UTC)


@pytest.fixture
def planned(ledger, desk):
    with ledger.transaction() as connection:
        own = desk.delivery("p1", "Fresh.", TEN + timedelta(seconds=7)).model_copy(
            update={"local_time": "2026-03-03T10:00", "time_zone": "Utopia/Capital"}
        )
        return deliveries.plan(connection, own, now=ledger.now(connection))


def test_the_same_rules_move_nothing(ledger, desk, planned):
    assert [] == follow_zones(ledger, zones={"Utopia/Capital": OLD})
    assert TEN + timedelta(seconds=7) == desk.look(planned).due_at


def test_new_rules_keep_the_wall_clock_time(ledger, desk, planned):
    for _ in range(2):
        follow_zones(ledger, zones={"Utopia/Capital": NEW})

    earlier = TEN - timedelta(hours=1) + timedelta(seconds=7)
    assert earlier == desk.look(planned).due_at


def test_what_new_rules_put_into_the_past_is_due_now(ledger, desk, planned, clock):
    clock.wait_until(TEN - timedelta(minutes=10))

    follow_zones(ledger, zones={"Utopia/Capital": NEW})

    assert clock.now() == desk.look(planned).due_at


def test_the_second_of_an_hour_that_comes_twice_stays_the_second(ledger, desk):
    berlin = ZoneInfo("Europe/Berlin")
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    with ledger.transaction() as connection:
        own = desk.delivery("p1", "Fresh.", second).model_copy(
            update={"local_time": "2026-10-25T02:30", "time_zone": "Europe/Berlin"}
        )
        delivery_id = deliveries.plan(connection, own, now=ledger.now(connection))

    assert [] == follow_zones(ledger, zones={"Europe/Berlin": berlin})
    assert second == desk.look(delivery_id).due_at
