"""Posts that missed their time: what the brand's policy makes of them."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.brand import Misfire
from domain.deliveries import DeliveryState
from publishing.outbox import deliver_due
from publishing.worker import run_worker
from tests.publishing.brand import save_brand


@pytest.fixture
def outage(ledger, networks, clock):
    """Time passes while no worker runs; then one looks."""

    def run(**span):
        clock.wait_until(clock.now() + timedelta(**span))
        return deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=50)

    return run


def test_without_a_policy_a_late_post_goes_out(ledger, desk, outage, wire):
    save_brand(ledger)
    desk.plan()

    outage(hours=9)

    assert ["Fresh."] == wire.texts


def test_a_little_late_is_sent(ledger, desk, outage, wire):
    save_brand(ledger, misfire=Misfire(late_minutes=30, then="drop"))
    desk.plan()

    outage(minutes=29)

    assert ["Fresh."] == wire.texts


def test_too_late_is_dropped_with_its_reason(ledger, desk, outage, wire):
    save_brand(ledger, misfire=Misfire(late_minutes=30, then="drop"))
    delivery_id = desk.plan()

    outage(minutes=31)

    dropped = desk.look(delivery_id)
    assert [] == wire.texts
    assert DeliveryState.CANCELLED == dropped.state
    assert "missed its time at 2026-03-02 12:00 UTC" in dropped.reason
    assert "posting.misfire" in dropped.remedy


def test_too_late_moves_to_the_next_good_slots_one_each(ledger, desk, outage, wire, clock):
    """Berlin is an hour ahead: 17:00 there is 16:00 UTC, and 9:00 is 8:00 of the next day."""
    save_brand(ledger, misfire=Misfire(late_minutes=30, then="next_slot"))
    ids = [desk.plan(f"p{number}", text=f"Number {number}.", after=number) for number in range(2)]

    outage(minutes=40)

    moved = [desk.look(one) for one in ids]
    slots = [datetime(2026, 3, 2, 16, tzinfo=UTC), datetime(2026, 3, 3, 8, tzinfo=UTC)]
    assert [] == wire.texts
    assert {DeliveryState.WAITING} == {one.state for one in moved}
    assert slots == [one.due_at for one in moved] == [one.next_at for one in moved]
    assert ["2026-03-02T17:00", "2026-03-03T09:00"] == [one.local_time for one in moved]
    clock.wait_until(slots[0])
    outage(seconds=1)
    assert ["Number 0."] == wire.texts


def test_a_post_that_was_planned_for_the_past_is_not_late(ledger, desk, outage, wire):
    save_brand(ledger, misfire=Misfire(late_minutes=30, then="drop"))
    desk.plan(after=-86_400)

    outage(minutes=5)

    assert ["Fresh."] == wire.texts


NEXT_SLOT = Misfire(late_minutes=240, then="next_slot")


@pytest.mark.parametrize("misfire", [None, NEXT_SLOT])
def test_catching_up_never_exceeds_the_daily_cap(ledger, desk, outage, wire, clock, misfire):
    save_brand(ledger, misfire=misfire, daily_cap=2)
    ids = [desk.plan(f"p{number}", text=f"Number {number}.") for number in range(5)]

    outage(minutes=90)

    states = [desk.look(one).state for one in ids]
    assert 2 == len(wire.texts) == states.count(DeliveryState.SENT)
    later = [desk.look(one).due_at for one in ids if desk.look(one).state != DeliveryState.SENT]
    assert 3 == len(later) == len(set(later))
    assert min(later).date() > clock.now().date()


@pytest.mark.parametrize("hands", [1, 4])
def test_a_worker_of_several_hands_keeps_the_daily_cap_too(
    ledger, networks, desk, wire, clock, hands
):
    """It takes several rows of an account in one claim: each counts for the next."""
    save_brand(ledger, misfire=Misfire(late_minutes=240, then="drop"), daily_cap=2)
    ids = [desk.plan(f"p{number}", text=f"Number {number}.") for number in range(5)]
    clock.wait_until(clock.now() + timedelta(minutes=90))

    run_worker(ledger, networks=networks, clock=clock, concurrency=hands, until_idle=True)

    states = [desk.look(one).state for one in ids]
    assert 2 == len(wire.texts) == states.count(DeliveryState.SENT)
    assert 3 == states.count(DeliveryState.CANCELLED)


def test_what_may_be_out_counts_towards_the_daily_cap(ledger, networks, desk, outage, wire, clock):
    save_brand(ledger, misfire=Misfire(late_minutes=240, then="drop"), daily_cap=1)
    first = desk.plan("first", text="First.")
    wire.after = [httpx.ReadTimeout("no answer")]
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=1)
    desk.plan("second", text="Second.")

    outage(minutes=90)

    assert DeliveryState.UNKNOWN == desk.look(first).state
    assert ["First."] == wire.texts


@pytest.mark.parametrize("hands", [1, 4])
def test_days_after_an_outage_keep_the_cap_without_a_policy_too(
    ledger, networks, desk, wire, clock, hands
):
    """Each of the days, for what is moved out of the first is late on none of the others."""
    save_brand(ledger, daily_cap=2)
    for number in range(7):
        desk.plan(f"p{number}", text=f"Number {number}.")
    clock.wait_until(clock.now() + timedelta(hours=4))

    while len(wire.texts) < 7:
        run_worker(ledger, networks=networks, clock=clock, concurrency=hands, until_idle=True)
        clock.wait_until(clock.now() + timedelta(hours=8))

    days = Counter(post["created_at"][:10] for post in wire.posts)
    assert [2, 2, 2, 1] == [days[day] for day in sorted(days)]


def test_a_late_post_leaves_room_for_what_is_still_to_come_that_day(ledger, desk, outage, wire):
    save_brand(ledger, daily_cap=2)
    late = [desk.plan(f"late{n}", text=f"Late {n}.", after=n) for n in range(2)]
    desk.plan("evening", text="Evening.", after=6 * 3600)

    outage(minutes=90)
    outage(hours=5)

    assert ["Late 0.", "Evening."] == wire.texts
    moved = desk.look(late[1])
    assert "x:bergquell has its 2 posts a day; moved to the next good slot" in moved.reason
    assert datetime(2026, 3, 3, 8, tzinfo=UTC) == moved.due_at


def test_what_goes_out_at_its_own_time_is_not_capped_at_the_door(ledger, desk, outage, wire):
    save_brand(ledger, daily_cap=1)
    for number in range(3):
        desk.plan(f"p{number}", text=f"Number {number}.")

    outage(seconds=30)

    assert 3 == len(wire.texts)


def test_a_late_post_that_finds_no_open_day_is_dropped_with_what_to_change(ledger, desk, outage):
    save_brand(ledger, daily_cap=0)
    delivery_id = desk.plan()

    outage(minutes=5)

    dropped = desk.look(delivery_id)
    assert DeliveryState.CANCELLED == dropped.state
    assert "no slot open for 14 days" in dropped.reason
    assert "raise daily_cap" in dropped.remedy
