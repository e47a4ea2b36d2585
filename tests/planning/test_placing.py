"""Of a day's posts the one of higher priority has the better hour; hold-outs stay as drawn."""

from datetime import time, timedelta

import polars as pl
import pytest

from content.providers.composer import Composer
from domain.brand import Window
from domain.campaigns import Campaign
from domain.duties import Duty
from domain.posts import PostStatus
from domain.schedule import Strategy
from ml.timing import EFFECT_SCHEMA
from planning.batch import settle_batch
from planning.briefing import Serving, open_briefs, order_briefs
from planning.drafting import Desk, write_drafts
from planning.illustrating import illustrate
from planning.placing import KIND, priority_of
from planning.slots import Horizon, by_brief, plan_slots, planned_slots
from storage.blobs import Blobs
from storage.ledger import brands, choices, posts, schedules
from storage.ledger.costs import LedgerPurse
from tests.planning.conftest import MORNING
from tests.planning.mornings import NO_EFFECTS, NO_FORECASTS, NO_TRENDS
from tests.planning.plans import planned_again, with_posting

DAYS = 14


def rising(brand):
    """The later the hour, the more a post brings, on every account."""
    rows = {
        "slot": [*range(168)], "effect": [hour % 24 / 50 for hour in range(168)],
        "lower": [0.0] * 168, "upper": [0.5] * 168, "posts": [9] * 168,
        "evidence": [True] * 168, "chance": [1.0] * 168, "closeness": [0.1] * 168,
    }  # fmt: skip
    frames = [pl.DataFrame(rows).with_columns(account=pl.lit(a.id)) for a in brand.accounts]
    return pl.concat(frames).select(*EFFECT_SCHEMA).cast(EFFECT_SCHEMA)


@pytest.fixture
def sale(brand):
    """The example brand on two accounts, with a campaign of priority 7 and no duty."""
    first = MORNING.date()
    campaign = Campaign(
        id="sale", title="Sale", starts_on=first, ends_on=first + timedelta(days=DAYS),
        topics=brand.topics[:1], share=0.3, priority=7,
    )  # fmt: skip
    posting = brand.posting.model_copy(update={"exploration": 0.1, "plan_days": DAYS})
    return brand.model_copy(
        update={
            "campaigns": (campaign,), "duties": (), "posting": posting,
            "accounts": brand.accounts[:2],
        }
    )  # fmt: skip


def ordered(ledger, brand, effects):
    """Two weeks of orders with their slots, by order; hours are drawn without any model."""
    with ledger.transaction() as connection:
        brands.save(connection, brand, now=MORNING)
        horizon = Horizon(MORNING)
        plan_slots(connection, brand, effects=NO_EFFECTS, model_version=None, horizon=horizon)
    serving = Serving(effects=effects)
    found = order_briefs(ledger, brand, past=pl.DataFrame(), trends=NO_TRENDS, serving=serving)
    with ledger.reading() as connection:
        return found, by_brief(planned_slots(connection, brand))


def hour_of(slots):
    """What the hours of an order are expected to bring, as planted."""
    hours = [int(slot.schedule.local_time[11:13]) for slot in slots]
    return sum(hours) / len(hours) / 50


def is_random(slots):
    return any(slot.strategy is Strategy.TEST for slot in slots)


def placed(ledger):
    with ledger.reading() as connection:
        return {one.id.removesuffix(f":{KIND}"): one for one in choices.list(connection, kind=KIND)}


def test_a_campaign_of_priority_has_the_best_hours_that_are_not_left_to_chance(ledger, sale):
    orders, slots = ordered(ledger, sale, rising(sale))

    told = placed(ledger)
    assert {policy.policy for policy in told.values()} == {"priority", "held out"}
    for day in {slots[order.id][0].day for order in orders}:
        own = [o for o in orders if slots[o.id][0].day == day and not is_random(slots[o.id])]
        campaign = [hour_of(slots[o.id]) for o in own if o.campaign]
        others = [hour_of(slots[o.id]) for o in own if not o.campaign]
        assert not campaign or not others or min(campaign) >= max(others)
    moved = [order for order in orders if order.id in told and told[order.id].chosen != order.id]
    assert moved
    for order in moved:
        assert order.platforms == tuple(
            dict.fromkeys(
                slot.schedule.platform
                for slot in sorted(slots[order.id], key=lambda each: each.schedule.due_at)
            )
        )
        assert min(slot.schedule.due_at for slot in slots[order.id]) == order.due_at
        if order.campaign:
            assert "Its priority 7 (campaign sale) gives it a slot that promises +" in order.why
        else:
            assert "A post of higher priority has the slot it was drawn for" in order.why


def test_what_was_drawn_for_a_random_hour_stays_there(ledger, sale):
    orders, slots = ordered(ledger, sale, rising(sale))
    held = [order for order in orders if is_random(slots[order.id])]

    told = placed(ledger)
    assert any(order.campaign for order in held)
    for order in held:
        assert order.id not in told or told[order.id].chosen == order.id
        assert "priority" not in order.why


def test_each_draw_is_logged_with_its_odds_and_the_order_it_was_drawn_for(ledger, sale):
    orders, _ = ordered(ledger, sale, rising(sale))
    told = placed(ledger)
    with ledger.reading() as connection:
        topics = {one.id: one for one in choices.list(connection, kind="topic")}
    for order in orders:
        topic = topics[f"{order.id}:topic"]
        place = told.get(order.id)
        drawn_for = place.chosen if place else order.id
        assert {drawn_for} == {each["drawn_for"] for each in topic.candidates}
        odds = {each["topic"]: each["probability"] for each in topic.candidates}
        assert (order.topic, odds[order.topic]) == (topic.chosen, topic.propensity)
        if place:
            assert 1 == sum(each["probability"] for each in place.candidates)
            (here,) = [each for each in place.candidates if each["order"] == place.chosen]
            assert priority_of(sale, order) == here["priority"]
    swapped = [place for order, place in told.items() if place.chosen != order]
    assert {place.chosen for place in told.values()} == {*told}
    assert swapped


@pytest.mark.parametrize("change", ["no evidence", "no priority"])
def test_without_evidence_or_priority_everything_stays_as_drawn(ledger, sale, change):
    (campaign,) = sale.campaigns
    equal = sale.model_copy(update={"campaigns": (campaign.model_copy(update={"priority": 0}),)})
    effects = rising(sale)
    if change == "no evidence":
        ordered(ledger, sale, effects.with_columns(evidence=pl.lit(False)))
    else:
        ordered(ledger, equal, effects)

    assert {} == placed(ledger)


def test_a_duty_goes_before_ordinary_posts_and_only_where_its_platforms_are(ledger, sale):
    topic = sale.topics[-1]
    (only, _) = sale.accounts
    duty = Duty(id="must", topic=topic, per="day", platforms=(only.platform,))
    capped = only.model_copy(update={"daily_cap": 1})
    brand = sale.model_copy(
        update={"campaigns": (), "duties": (duty,), "accounts": (capped, sale.accounts[1])}
    )
    orders, slots = ordered(ledger, brand, rising(brand))

    must = [order for order in orders if order.duty]
    assert len(must) >= DAYS
    assert all(only.platform in order.platforms for order in must)
    free = brand.model_copy(update={"duties": (duty.model_copy(update={"platforms": ()}),)})
    assert 1 == priority_of(free, must[0])
    assert {slots[order.id][0].rank for order in must} == {1}


def test_the_schedule_of_a_post_says_why_it_has_its_slot_until_that_is_moved(
    ledger, sale, tmp_path
):
    day = sale.model_copy(
        update={"posting": sale.posting.model_copy(update={"plan_days": 3, "exploration": 0.0})}
    )
    ordered(ledger, day, rising(day))
    with ledger.reading() as connection:
        orders = open_briefs(connection, day, now=MORNING)
    write_drafts(ledger, day, briefs=orders, desk=Desk([Composer()], LedgerPurse(ledger)))
    illustrate(ledger, day, blobs=Blobs(tmp_path / "media"))
    with ledger.transaction() as connection:
        settle_batch(connection, day, forecasts=NO_FORECASTS, model_version=None, now=MORNING)

    with ledger.reading() as connection:
        scheduled = posts.find(connection, status=PostStatus.SCHEDULED)
        tasks = [schedules.load(connection, post_id=post.id)[-1] for post in scheduled]
    told = {
        post.campaign: [each.reasoning for each in task.platforms]
        for post, task in zip(scheduled, tasks, strict=True)
    }
    assert told["sale"]
    assert all("Its priority 7 (campaign sale) gives it" in reason for reason in told["sale"])

    early = with_posting(day, windows=(Window(start=time(5), end=time(9)),))
    planned_again(ledger, early)
    with ledger.reading() as connection:
        tasks = [schedules.load(connection, post_id=post.id)[-1] for post in scheduled]
    moved = [
        each.reasoning
        for task in tasks
        for each in task.platforms
        if "It was moved from" in each.reasoning
    ]
    assert moved
    assert not any("Its priority" in reason for reason in moved)
