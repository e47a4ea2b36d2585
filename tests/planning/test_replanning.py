"""A changed brand file moves what it forbids of the plan, and nothing else."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from domain.brand import Autonomy, Window
from domain.campaigns import Campaign
from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.posts import PostStatus
from planning.batch import NO_SLOT
from planning.briefing import open_briefs, order_briefs
from planning.review import approve
from planning.waiting import waiting
from storage.ledger import approvals, brands, choices, deliveries, posts, schedules, stops
from storage.ledger.approvals import Decision
from tests.graph import move_delivery
from tests.planning.conftest import MORNING
from tests.planning.mornings import NO_TRENDS, drafted, morning, settled
from tests.planning.plans import (
    ALWAYS,
    holds,
    local,
    planned,
    planned_again,
    slots_of,
    with_accounts,
    with_posting,
)


def alone(brand, **changes):
    """The brand on its first account only, without duties."""
    return brand.model_copy(update={"accounts": brand.accounts[:1], "duties": ()} | changes)


def going(ledger):
    with ledger.reading() as connection:
        return {one.key: one for one in deliveries.list(connection)}


def test_a_moved_slot_says_from_where_and_by_which_rule_and_logs_its_odds(ledger, brand):
    before = planned(ledger, with_posting(brand, windows=ALWAYS, default_times=(time(7, 10),)))
    changes = planned_again(
        ledger, with_posting(brand, windows=(Window(start=time(12), end=time(20)),))
    )

    with ledger.reading() as connection:
        logged = {one.id: one for one in choices.list(connection, kind="slot")}
    moved = [change for change in changes if change.new]
    assert moved
    for change in moved:
        was = before[change.old.place].schedule
        told = change.new.schedule.reasoning
        assert f"It was moved from {was.local_time.replace('T', ' ')}" in told
        assert "it lay outside posting.windows" in told
        assert "moved to" in change.in_words()
        choice = logged[change.new.id]
        odds = {each["due_at"]: each["probability"] for each in choice.candidates}
        assert pytest.approx(1) == sum(odds.values())
        assert odds[choice.chosen] == choice.propensity == change.new.schedule.propensity
        assert logged[change.old.id].chosen == was.due_at.isoformat()


def test_what_is_scheduled_goes_out_in_its_new_slot_under_the_same_key(ledger, brand, tmp_path):
    with ledger.transaction() as connection:
        brands.save(connection, brand, now=MORNING)
    morning(ledger, brand, tmp_path)
    before = going(ledger)
    (early, *_) = sorted(before.values(), key=lambda one: one.due_at)
    hour = early.due_at.astimezone(ZoneInfo(early.time_zone)).time().replace(minute=0)
    quiet = Window(start=hour, end=hour.replace(hour=hour.hour + 1))

    changes = planned_again(ledger, with_posting(brand, quiet_hours=(quiet,)))

    after = going(ledger)
    moved = {change.old.schedule.account: change for change in changes if change.new}
    assert early.account in moved
    assert {*before} == {*after}
    for key, one in before.items():
        change = moved.get(one.account)
        hit = change is not None and change.old.schedule.due_at == one.due_at
        if not hit:
            assert one == after[key]
            continue
        schedule = change.new.schedule
        assert (schedule.due_at, schedule.local_time) == (after[key].due_at, after[key].local_time)
        assert (one.id, one.payload, DeliveryState.PLANNED) == (
            after[key].id, after[key].payload, after[key].state,
        )  # fmt: skip
        with ledger.reading() as connection:
            (task,) = schedules.load(connection, post_id=one.post_id)
            post = posts.load(connection, one.post_id)
        (told,) = [each for each in task.platforms if each.account == one.account]
        assert (schedule.due_at, schedule.reasoning) == (told.due_at, told.reasoning)
        assert "posting.quiet_hours" in told.reasoning
        own = [each.due_at for each in after.values() if each.post_id == one.post_id]
        assert min(own) == post.scheduled_for


def test_what_a_worker_has_stays_and_so_does_what_a_person_gave_an_instant(ledger, brand, tmp_path):
    manual = brand.model_copy(update={"autonomy": Autonomy.MANUAL})
    with ledger.transaction() as connection:
        brands.save(connection, manual, now=MORNING)
    morning(ledger, manual, tmp_path)
    mine, other, *_ = [one.post.id for one in waiting(ledger)]
    at = MORNING + timedelta(hours=17)
    approve(ledger, mine, actor="ada", now=MORNING, at=at)
    approve(ledger, other, actor="ada", now=MORNING)
    claimed = next(one for one in going(ledger).values() if one.post_id == other)
    move_delivery(ledger, claimed.id, DeliveryState.DUE, DeliveryState.CLAIMED)
    before = going(ledger)

    changes = planned_again(
        ledger, with_posting(manual, windows=(Window(start=time(2), end=time(3)),))
    )

    after = going(ledger)
    stays = {key for key, one in before.items() if one.post_id == mine or one.id == claimed.id}
    assert stays
    assert {key: before[key] for key in stays} == {key: after[key] for key in stays}
    assert changes
    assert {DeliveryState.CANCELLED} == {after[key].state for key in after.keys() - stays}


def test_the_slots_of_an_account_that_is_gone_are_dropped_and_the_others_stay(
    ledger, brand, tmp_path
):
    with ledger.transaction() as connection:
        brands.save(connection, brand, now=MORNING)
    morning(ledger, brand, tmp_path)
    before, (gone, *left) = going(ledger), brand.accounts
    smaller = brand.model_copy(update={"accounts": tuple(left)})

    changes = planned_again(ledger, smaller)

    after = going(ledger)
    assert {gone.id} == {change.old.schedule.account for change in changes}
    assert all(change.new is None for change in changes)
    for key, one in after.items():
        if one.account == gone.id:
            assert DeliveryState.CANCELLED == one.state
            assert "the account is not in the brand file" in one.reason
            assert "mend the brand file" in one.remedy
        else:
            assert before[key] == one
    assert gone.id not in {s.schedule.account for s in slots_of(ledger, smaller).values()}


def test_a_post_whose_last_delivery_was_taken_back_is_put_away(ledger, brand, tmp_path):
    only = alone(brand)
    with ledger.transaction() as connection:
        brands.save(connection, only, now=MORNING)
    morning(ledger, only, tmp_path)

    planned_again(ledger, with_posting(only, posts_per_day=1))

    with ledger.reading() as connection:
        scheduled = posts.find(connection, status=PostStatus.SCHEDULED)
    assert [f"{only.name}:{MORNING.date()}:1"] == [post.brief_id for post in scheduled]
    assert 1 == sum(one.state == DeliveryState.PLANNED for one in going(ledger).values())


def test_a_draft_that_waits_moves_with_its_slot_and_is_put_away_with_its_last(
    ledger, brand, tmp_path
):
    only = alone(brand, autonomy=Autonomy.MANUAL)
    with ledger.transaction() as connection:
        brands.save(connection, only, now=MORNING)
    morning(ledger, only, tmp_path)
    last = waiting(ledger)[-1]
    late = Window(start=time(12), end=time(22))
    planned_again(ledger, with_posting(only, windows=(late,), posts_per_day=2))

    shown = {one.post.id: one for one in waiting(ledger)}
    assert all(holds(late, local(slot, only)) for one in shown.values() for slot in one.slots)
    assert 2 == len(shown)
    assert all(one.slots[0].schedule.due_at == one.post.scheduled_for for one in shown.values())
    with ledger.reading() as connection:
        decision = approvals.decision(connection, last.post.id, version=last.post.version)
    assert (Decision.EXPIRED, True) == (
        decision.decision,
        "posting.posts_per_day" in decision.reason,
    )


def test_drafts_whose_slots_were_dropped_before_the_batch_are_turned_down(ledger, brand, tmp_path):
    drafted(ledger, brand, tmp_path)
    silent = with_posting(brand, posts_per_day=0)
    planned_again(ledger, silent)

    decided = settled(ledger, silent)

    assert {(Decision.REJECTED, NO_SLOT)} == {(one.decision, one.reason) for one in decided}
    with ledger.reading() as connection:
        assert {PostStatus.ARCHIVED} == {post.status for post in posts.find(connection)}
    assert {} == going(ledger)


def test_a_draft_that_is_held_after_its_slot_was_moved_is_due_then(ledger, brand, tmp_path):
    by_hand = with_posting(alone(brand, autonomy=Autonomy.MANUAL), windows=ALWAYS)
    with ledger.transaction() as connection:
        brands.save(connection, by_hand, now=MORNING)
    drafted(ledger, by_hand, tmp_path)
    late = with_posting(by_hand, windows=(Window(start=time(17), end=time(22)),))
    assert planned_again(ledger, late)
    settled(ledger, late)

    held = waiting(ledger)
    assert held
    assert all(one.slots[0].schedule.due_at == one.post.scheduled_for for one in held)


def test_an_order_is_due_when_its_moved_slots_are(ledger, brand):
    early = with_posting(brand, windows=(Window(start=time(8), end=time(10)),), posts_per_day=1)
    planned(ledger, early)
    order_briefs(ledger, early, past=pl.DataFrame(), trends=NO_TRENDS)
    late = with_posting(early, windows=(Window(start=time(15), end=time(18)),))
    planned_again(ledger, late)

    with ledger.reading() as connection:
        (order,) = open_briefs(connection, late, now=MORNING)
    first = min(slot.schedule.due_at for slot in slots_of(ledger, late).values())
    assert first == order.due_at
    assert first > MORNING + timedelta(hours=8)


def test_of_a_lower_cap_as_many_stay_as_may_and_campaigns_before_others(ledger, brand, tmp_path):
    day = MORNING.date()
    sale = Campaign(id="sale", title="Sale", starts_on=day, ends_on=day, topics=brand.topics[:1],
                    share=0.5, priority=7)  # fmt: skip
    only = alone(brand, campaigns=(sale,), pictures="where_needed")
    only = with_posting(only, posts_per_day=4)
    with ledger.transaction() as connection:
        brands.save(connection, only, now=MORNING)
    morning(ledger, only, tmp_path)
    with ledger.reading() as connection:
        known = {post.id: post for post in posts.find(connection, status=PostStatus.SCHEDULED)}
    before = going(ledger)
    assert 4 == len(before)
    ranked = sorted(
        before.values(), key=lambda one: (known[one.post_id].campaign is None, one.due_at)
    )

    changes = planned_again(ledger, with_accounts(only, daily_cap=2))

    assert 2 == len(changes)
    assert all("2 times a day (daily_cap)" in change.why for change in changes)
    after = going(ledger)
    assert {one.key for one in ranked[:2]} == {
        key for key, one in after.items() if one.state == DeliveryState.PLANNED
    }


def test_a_slot_moves_to_where_no_post_of_a_person_stands(ledger, brand):
    only = with_posting(
        alone(brand),
        windows=ALWAYS, posts_per_day=1, min_gap_minutes=60,
    )  # fmt: skip
    account, (slot,) = only.accounts[0], planned(ledger, only).values()
    noon = MORNING.replace(hour=11)
    with ledger.transaction() as connection:
        mine = NewDelivery(
            key="mine", brand=only.name, platform=account.platform, account=account.id,
            payload=Payload(text="Mine."), due_at=noon,
        )  # fmt: skip
        deliveries.plan(connection, mine, now=MORNING)
    zone = ZoneInfo(account.time_zone)
    begin = (noon - timedelta(hours=1, minutes=30)).astimezone(zone).time()
    end = (noon + timedelta(minutes=50)).astimezone(zone).time()

    (change,) = planned_again(ledger, with_posting(only, windows=(Window(start=begin, end=end),)))

    assert change.old == slot
    assert noon - change.new.schedule.due_at >= timedelta(hours=1)


def test_an_emergency_stop_leaves_the_plan_as_it_is(ledger, brand):
    before = planned(ledger, brand)
    with ledger.transaction() as connection:
        stops.stop(connection, brand=brand.name, reason="a fire", actor="ada", now=MORNING)

    assert [] == planned_again(
        ledger, with_posting(brand, windows=(Window(start=time(2), end=time(3)),))
    )
    assert before == slots_of(ledger, brand)


def test_what_was_moved_once_may_be_moved_again(ledger, brand):
    only = alone(brand)
    planned(ledger, with_posting(only, windows=ALWAYS, posts_per_day=1))
    changes = []
    for start in (time(9), time(14), time(20)):
        window = Window(start=start, end=replace_hour(start))
        changes += planned_again(ledger, with_posting(only, windows=(window,), posts_per_day=1))
    (slot,) = slots_of(ledger, only).values()
    assert slot == changes[-1].new
    assert len(changes) == slot.times_moved >= 2


def replace_hour(start):
    return start.replace(hour=start.hour + 1)
