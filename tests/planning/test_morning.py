"""A morning from slots to deliveries: every step may be repeated, nothing is decided twice."""

import shutil
from collections import Counter
from dataclasses import dataclass

import polars as pl
import pytest

from domain.brand import Autonomy, Brand, zone_of
from domain.campaigns import Campaign
from domain.deliveries import DeliveryState
from domain.posts import PostStatus
from planning.batch import Judged, variant_odds
from planning.briefing import open_briefs
from planning.drafting import verdicts
from planning.slots import planned_slots
from storage.brand_files import load_brands
from storage.ledger import approvals, brands, choices, deliveries, posts, schedules
from storage.ledger.approvals import Decision
from storage.ledger.database import Ledger
from tests.clock import SteppingClock
from tests.planning.conftest import BRANDS, MORNING, brand_on, seldom
from tests.planning.mornings import morning


@dataclass(frozen=True)
class Planned:
    """A morning that is over: its brand, its ledger, what was decided."""

    brand: Brand
    ledger: Ledger
    decided: list[Judged]


@pytest.fixture(scope="module", params=["bergquell", "northloom"])
def planned(request, sqlite_ledger, tmp_path_factory):
    """A morning of each example brand, for those who only look at it."""
    folder, brand = tmp_path_factory.mktemp("morning"), load_brands(BRANDS)[request.param]
    url = f"sqlite:///{shutil.copy(sqlite_ledger, folder)}"
    ledger = Ledger(url, clock=SteppingClock(MORNING))
    yield Planned(brand, ledger, morning(ledger, brand, folder))
    ledger.close()


@pytest.fixture
def brand(ledger_url):
    """For those who need a morning of their own."""
    return seldom(brand_on(ledger_url))


def test_a_morning_plans_every_account_and_sends_nothing_yet(planned):
    with planned.ledger.reading() as connection:
        going = deliveries.list(connection, brand=planned.brand.name)
    assert Counter(one.account for one in going) == {
        account.id: min(account.daily_cap, planned.brand.posting.posts_per_day)
        for account in planned.brand.accounts
    }
    assert {one.state for one in going} == {DeliveryState.PLANNED}


def test_the_same_morning_again_decides_nothing_twice(ledger, brand, tmp_path):
    morning(ledger, brand, tmp_path)
    with ledger.reading() as connection:
        before = deliveries.list(connection), choices.list(connection), posts.find(connection)

    again = morning(ledger, brand, tmp_path)

    with ledger.reading() as connection:
        after = deliveries.list(connection), choices.list(connection), posts.find(connection)
    assert again == []
    assert all(before)
    assert after == before


def test_a_brand_may_have_its_coming_days_planned_and_written(ledger, brand, tmp_path):
    ahead = brand.posting.model_copy(update={"plan_days": 3})
    decided = morning(ledger, brand.model_copy(update={"posting": ahead}), tmp_path)
    with ledger.reading() as connection:
        going = deliveries.list(connection, brand=brand.name)
        days = {slot.day for slot in planned_slots(connection, brand)}
    assert [0, 1, 2] == sorted((day - MORNING.date()).days for day in days)
    assert days == {one.due_at.astimezone(zone_of(brand.accounts[0])).date() for one in going}
    assert 3 * brand.posting.posts_per_day == len({each.post.brief_id for each in decided})

    morning(ledger, brand, tmp_path)
    with ledger.reading() as connection:
        assert going == deliveries.list(connection, brand=brand.name)


def test_every_slot_lies_in_a_window_of_the_brand_and_outside_its_quiet_hours(planned):
    with planned.ledger.reading() as connection:
        slots = planned_slots(connection, planned.brand)
    assert slots
    for slot in slots:
        local = slot.schedule.due_at.astimezone(
            zone_of(planned.brand.account(slot.schedule.account))
        )
        posting = planned.brand.posting
        assert any(window.holds(local.weekday(), local.time()) for window in posting.windows)
        assert not any(quiet.holds(local.weekday(), local.time()) for quiet in posting.quiet_hours)


def test_every_choice_is_logged_with_its_probability(planned):
    with planned.ledger.reading() as connection:
        logged = choices.list(connection, brand=planned.brand.name)
    kinds = {choice.kind for choice in logged}
    always = {"slot", "topic", "angle", "format", "variant"}
    drawn = {"tone"} if planned.brand.voice.tones else set()
    assert always | drawn == kinds
    for choice in logged:
        odds = [candidate["probability"] for candidate in choice.candidates]
        assert sum(odds) == pytest.approx(1)
        assert 0 < choice.propensity <= 1


def test_every_order_says_why_it_has_its_angle_and_its_formats(planned):
    with planned.ledger.reading() as connection:
        orders = open_briefs(connection, planned.brand, now=MORNING)
        logged = choices.list(connection, brand=planned.brand.name)
    assert orders
    for order in orders:
        for kind in ("angle", "format"):
            drawn = [
                one.chosen
                for one in logged
                if one.kind == kind and one.id.startswith(f"{order.id}:")
            ]
            assert all(f"{kind.capitalize()} {chosen}" in order.why for chosen in drawn)
        assert f"Angle {order.angle}: drawn at " in order.why


def test_what_goes_out_is_in_the_form_that_was_drawn_and_says_how_it_differs(planned):
    with planned.ledger.reading() as connection:
        orders = {one.id: one for one in open_briefs(connection, planned.brand, now=MORNING)}
        written = {(one.brief_id, one.angle) for one in posts.find(connection)}
    going = [each.post for each in planned.decided if each.decision is Decision.APPROVED]
    drawn = [post for post in going if orders[post.brief_id].angle == post.angle]
    assert drawn
    for post in going:  # a form that would say what was said just before is not written
        assert post in drawn or (post.brief_id, orders[post.brief_id].angle) not in written
        assert post.difference


def test_without_a_proven_hour_the_default_times_serve_and_are_named_so(planned):
    with planned.ledger.reading() as connection:
        slots = planned_slots(connection, planned.brand)
    fixed = [slot for slot in slots if slot.strategy == "fixed"]
    assert fixed
    assert all("No hour has proven better" in slot.schedule.reasoning for slot in fixed)
    assert any("one of the brand's default times" in slot.schedule.reasoning for slot in fixed)


def test_a_brand_that_approves_by_hand_holds_every_draft(ledger, brand, tmp_path):
    careful = brand.model_copy(update={"autonomy": Autonomy.MANUAL})

    decided = morning(ledger, careful, tmp_path)

    assert {each.decision for each in decided} == {Decision.HELD}
    with ledger.reading() as connection:
        assert deliveries.list(connection) == ()
        waiting = posts.find(connection, status=PostStatus.GENERATED)
        for post in waiting:
            assert approvals.decision(connection, post.id, version=post.version).reason


def test_news_that_came_since_the_drafts_were_written_hold_what_comes_close(
    ledger, brand, tmp_path
):
    word = {"de": "limonade", "en": "wool"}[brand.voice.language]
    facts = tuple(fact for fact in brand.facts if word in fact.text.lower())
    only = brand.model_copy(update={"facts": facts, "topics": (facts[0].topic,)})

    decided = morning(ledger, only, tmp_path, headline=f"Two dead: recall of {word}")

    assert {Decision.HELD} == {one.decision for one in decided}
    assert all("it is about the same: " in one.reason for one in decided)


def test_a_post_of_a_campaign_is_scheduled_with_its_priority(ledger, brand, tmp_path):
    day = MORNING.date()
    sale = Campaign(id="sale", title="Sale", starts_on=day, ends_on=day, topics=brand.topics,
                    share=1.0, priority=7)  # fmt: skip
    brand = brand.model_copy(update={"campaigns": (sale,)})
    with ledger.transaction() as connection:
        brands.save(connection, brand, now=MORNING)

    morning(ledger, brand, tmp_path)

    with ledger.reading() as connection:
        scheduled = posts.find(connection, status=PostStatus.SCHEDULED, brand=brand.name)
        tasks = [schedules.load(connection, post_id=post.id)[-1] for post in scheduled]
    assert {"sale": 7} == {
        post.campaign: task.priority for post, task in zip(scheduled, tasks, strict=True)
    }


def test_one_variant_of_each_order_is_left_and_the_others_are_archived(planned):
    with planned.ledger.reading() as connection:
        found = posts.find(connection, brand=planned.brand.name)
    left = Counter(post.brief_id for post in found if post.status is PostStatus.SCHEDULED)
    assert len(planned.decided) == planned.brand.posting.posts_per_day == len(left)
    assert {1} == {*left.values()}
    assert {PostStatus.SCHEDULED, PostStatus.ARCHIVED} == {post.status for post in found}


def test_every_draft_has_a_verdict_from_every_rule(planned):
    with planned.ledger.reading() as connection:
        table = verdicts(posts.find(connection))
    rules = table.group_by("post_id").agg(pl.col("rule").n_unique())["rule"]
    assert rules.n_unique() == 1
    assert rules[0] > 10


def test_the_better_forecast_is_chosen_but_never_alone():
    assert variant_odds([0.1, 0.4], 0.1) == pytest.approx([0.05, 0.95])
    assert variant_odds([0.1, 0.4], 0.0) == pytest.approx([0.005, 0.995])


def test_without_a_forecast_for_each_variant_all_are_equally_likely():
    assert variant_odds([None, 0.4], 0.1) == [0.5, 0.5]
    assert variant_odds([0.3], 0.1) == [1.0]


def test_variants_in_the_same_words_share_the_odds_of_the_best():
    assert variant_odds([0.4, 0.1, 0.4], 0.3) == pytest.approx([0.45, 0.1, 0.45])
