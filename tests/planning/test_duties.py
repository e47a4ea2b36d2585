"""Duties in a brand's plan: they come first, say so, and tell where they cannot be met."""

from collections import Counter
from datetime import timedelta

import polars as pl
import pytest

from content.briefs import Slot
from content.providers.composer import Composer
from domain.brand import Autonomy
from domain.duties import Duty
from domain.posts import ContentPost, PostStatus
from planning.batch import settle_batch
from planning.briefing import open_briefs, order_briefs
from planning.drafting import Desk, write_drafts
from planning.duties import Told, place
from planning.illustrating import illustrate
from planning.review import reject
from planning.slots import Horizon, plan_slots
from planning.standings import standings, standings_frame
from storage.blobs import Blobs
from storage.lake_tables import TABLES
from storage.ledger import brands as ledger_brands
from storage.ledger import choices, posts, stops
from storage.ledger.costs import LedgerPurse
from tests.planning.conftest import MORNING

DAY = timedelta(days=1)
NOTHING = {name: pl.DataFrame(schema=TABLES[name]) for name in ("slot_effects", "trends")}


def with_duty(brand, **changes):
    fact = brand.facts[-1]
    duty = Duty(**{"id": "must", "topic": fact.topic, "facts": (fact.id,)} | changes)
    return brand.model_copy(update={"duties": (*brand.duties, duty)})


@pytest.fixture
def plain(brand):
    """The example brand without duties of its own."""
    return brand.model_copy(update={"duties": ()})


def planned(ledger, brand):
    """The new orders of one day."""
    with ledger.transaction() as connection:
        horizon = Horizon(ledger.now(connection), 1)
        effects = NOTHING["slot_effects"]
        plan_slots(connection, brand, effects=effects, model_version=None, horizon=horizon)
    return order_briefs(ledger, brand, past=pl.DataFrame(), trends=NOTHING["trends"])


def standing(ledger, brand):
    with ledger.reading() as connection:
        return standings(connection, brand, now=ledger.now(connection))


def decided(ledger, brand, folder):
    """The day's orders written, shown and decided about."""
    with ledger.reading() as connection:
        orders = open_briefs(connection, brand, now=ledger.now(connection))
    write_drafts(ledger, brand, briefs=orders, desk=Desk([Composer()], LedgerPurse(ledger)))
    illustrate(ledger, brand, blobs=Blobs(folder / "media"))
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        none = pl.DataFrame(schema=TABLES["forecasts"])
        return settle_batch(connection, brand, forecasts=none, model_version=None, now=now)


def test_a_daily_duty_gets_a_slot_of_the_day_and_the_order_says_so(ledger, plain):
    brand = with_duty(plain, per="day")
    orders = planned(ledger, brand)

    (own,) = [order for order in orders if order.duty]
    assert ("must", brand.facts[-1]) == (own.duty, own.facts[0])
    assert f"{own.topic}: a duty: must at least once a day; fact" in own.why
    assert own.facts[0] not in [order.facts[0] for order in orders if order is not own]


def test_its_slot_is_drawn_and_its_topic_is_not_and_both_are_logged(ledger, plain):
    orders = planned(ledger, with_duty(plain, per="day"))

    with ledger.reading() as connection:
        (slot,) = choices.list(connection, kind="duty")
        topics = {one.id: one for one in choices.list(connection, kind="topic")}
    (own,) = [order for order in orders if order.duty]
    topic = topics[f"{own.id}:topic"]
    assert (own.id, pytest.approx(1 / len(orders))) == (slot.chosen, slot.propensity)
    assert pytest.approx(1) == sum(each["probability"] for each in slot.candidates)
    assert ("duty", 1.0) == (topic.policy, topic.propensity)


def test_each_slot_of_a_day_is_a_duties_about_equally_often(plain):
    brand = with_duty(plain, per="day")
    platforms = tuple(account.platform for account in brand.accounts)
    drawn = Counter()
    for number in range(300):
        day = MORNING.date() + number * DAY
        slots = {f"{day}:{n}": Slot(MORNING, platforms, day) for n in (1, 2, 3)}
        drawn += Counter(key[-1] for key in place(brand, slots, [], today=day))
    assert all(70 < drawn[n] < 130 for n in "123")


def test_a_duty_on_some_platforms_takes_a_slot_that_reaches_them_all(ledger, plain):
    rare = next(account for account in plain.accounts if account.daily_cap == 1)
    brand = with_duty(plain, per="day", platforms=("x", rare.platform))
    orders = planned(ledger, brand)

    (own,) = [order for order in orders if order.duty]
    assert {"x", rare.platform} <= set(own.platforms)
    assert "on x and " in own.why


def test_what_was_said_in_the_span_meets_it_and_what_was_lost_does_not(plain):
    brand = with_duty(plain, per="day")
    day, fact = MORNING.date(), brand.facts[-1]
    slots = {"a": Slot(MORNING, ("x",), day)}

    def told(status):
        post = ContentPost(
            id="p", brand=brand.name, text=fact.text, platforms=("x",), status=status,
            brand_voice=brand.voice, generated_by="test",
        )  # fmt: skip
        return [Told(day, fact.topic, frozenset({fact.id}), frozenset({"x"}), (post,))]

    assert {} == place(brand, slots, told(PostStatus.SCHEDULED), today=day)
    assert ["a"] == [*place(brand, slots, told(PostStatus.ARCHIVED), today=day)]


def test_of_two_duties_the_one_whose_span_ends_first_goes_before(plain):
    once = with_duty(with_duty(plain, id="weekly", at_least=7), id="daily", per="day")
    slots = {"only": Slot(MORNING, ("x",), MORNING.date())}
    assert "daily" == place(once, slots, [], today=MORNING.date())["only"].duty.id


def test_a_duty_that_got_its_slot_is_planned_and_then_met(ledger, plain, tmp_path):
    brand = with_duty(plain, per="day")
    with ledger.transaction() as connection:
        ledger_brands.save(connection, brand, now=MORNING)
    (own,) = [order for order in planned(ledger, brand) if order.duty]
    assert ["planned"] == [one.state for one in standing(ledger, brand)]

    decided(ledger, brand, tmp_path)
    with ledger.transaction() as connection:
        (post,) = [
            one
            for one in posts.find(connection, status=PostStatus.SCHEDULED)
            if one.brief_id == own.id
        ]
        posts.move(connection, post.id, PostStatus.PUBLISHED, actor="test", now=MORNING)

    assert [("met", 1, 0)] == [(s.state, s.out, s.planned) for s in standing(ledger, brand)]


def test_where_no_slot_reaches_its_platforms_it_is_behind_and_says_what_to_do(ledger, plain):
    brand = with_duty(plain, per="day", platforms=("x", "instagram"))
    without = brand.model_copy(
        update={"accounts": tuple(a for a in brand.accounts if a.platform != "instagram")}
    )
    orders = planned(ledger, without)

    (found,) = standing(ledger, brand)
    assert [None] * 3 == [order.duty for order in orders]
    assert ("behind", True) == (found.state, found.is_lacking)
    assert "no slot reached x and instagram; raise posts_per_day" in found.in_words()
    assert ["behind"] == standings_frame([found])["state"].to_list()


def test_a_duty_that_a_person_turned_down_names_the_reason_and_is_placed_again(
    ledger, plain, clock, tmp_path
):
    brand = with_duty(plain, per="week").model_copy(update={"autonomy": Autonomy.MANUAL})
    clock.instant += 3 * DAY
    with ledger.transaction() as connection:
        ledger_brands.save(connection, brand, now=clock.instant)
    (own,) = [order for order in planned(ledger, brand) if order.duty]
    chosen = decided(ledger, brand, tmp_path)
    (waiting,) = [each.post for each in chosen if each.post.brief_id == own.id]
    reject(ledger, waiting.id, actor="ada", now=clock.instant, reason="the hours are old")

    (found,) = standing(ledger, brand)
    assert ("behind", 0) == (found.state, found.planned)
    assert "rejected: the hours are old" in found.why

    clock.instant += DAY
    (again,) = [order for order in planned(ledger, brand) if order.duty]
    assert again.facts[0] == own.facts[0]


def test_an_emergency_stop_is_named_as_what_keeps_a_duty_from_being_met(ledger, plain):
    brand = with_duty(plain, per="day")
    with ledger.transaction() as connection:
        horizon = Horizon(MORNING, 1)
        effects = NOTHING["slot_effects"]
        plan_slots(connection, brand, effects=effects, model_version=None, horizon=horizon)
        stops.stop(connection, brand=brand.name, reason="a fire", actor="ada", now=MORNING)

    (found,) = standing(ledger, brand)
    assert "an emergency stop is on (a fire)" in found.why


def test_a_span_in_which_nothing_went_out_was_missed_whatever_was_ordered(ledger, plain, clock):
    brand = with_duty(plain, per="day")
    planned(ledger, brand)
    clock.instant += DAY
    with ledger.reading() as connection:
        found = standings(connection, brand, now=clock.instant, since=MORNING)
    assert ["missed", "to come"] == [one.state for one in found]
