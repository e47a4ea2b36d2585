"""A plan keeps to the brand's money: what it does not cover is done for nothing, or not ordered."""

from datetime import timedelta
from types import SimpleNamespace

import polars as pl
import pytest

from content.media.makers.base import Makers
from content.providers.composer import Composer
from domain.brand import Budget
from domain.campaigns import Campaign
from domain.duties import Duty
from domain.posts import PostStatus
from planning.briefing import order_briefs
from planning.drafting import Desk, write_drafts
from planning.means import FREE, Means, Prices, means_of, money_frame
from planning.slots import Horizon, by_brief, plan_slots, planned_slots
from storage.lake_tables import TABLES
from storage.ledger import brands as ledger_brands
from storage.ledger import briefs, choices, posts
from storage.ledger.costs import LedgerPurse
from tests.planning.conftest import MORNING

NOTHING = {name: pl.DataFrame(schema=TABLES[name]) for name in ("slot_effects", "trends")}
LINK, BARE = 20.0, 1.5
"""US cents that X charges for a post with and without a link."""


class Paid:
    """A hosted writer that asks ten cents an order, and counts its orders."""

    name = "paid"

    def __init__(self):
        self.wrote = []

    def estimate_cents(self, *_, **__):
        return 10.0

    def write(self, brief, **given):
        self.wrote.append(brief.id)
        written = Composer().write(brief, **given)
        return written.model_copy(update={"writer": self.name, "cost_cents": 8.0})


@pytest.fixture
def plain(brand):
    """The brand with facts that have no link, so that X asks 1.5 cents a post."""
    facts = tuple(fact.model_copy(update={"link": None}) for fact in brand.facts)
    return brand.model_copy(update={"facts": facts, "duties": ()})


def on(brand, *platforms, cents, **changes):
    kept = tuple(one for one in brand.accounts if one.platform in platforms)
    budget = Budget(currency="USD", monthly_cents=cents)
    return brand.model_copy(update={"accounts": kept, "budget": budget, **changes})


def ordered(ledger, brand, prices):
    """The orders of a day."""
    with ledger.transaction() as connection:
        ledger_brands.save(connection, brand, now=MORNING)
        effects = NOTHING["slot_effects"]
        plan_slots(connection, brand, effects=effects, model_version=None, horizon=Horizon(MORNING))
    return order_briefs(ledger, brand, past=pl.DataFrame(), trends=NOTHING["trends"], prices=prices)


def money(ledger, brand, prices):
    with ledger.reading() as connection:
        return money_frame(connection, [brand], prices, now=MORNING).row(0, named=True)


def test_what_the_money_covers_is_ordered_whole_and_planned(ledger, plain):
    prices = Prices([Paid()], bills=True)
    orders = ordered(ledger, on(plain, "x", "bluesky", cents=500), prices)

    assert 3 == len(orders)
    assert {("x", "bluesky")} == {tuple(sorted(one.platforms, reverse=True)) for one in orders}
    assert not any(one.without or "goes without" in one.why for one in orders)
    told = money(ledger, on(plain, "x", "bluesky", cents=500), prices)
    assert (500, 0.0) == (told["budget_cents"], told["spent_cents"])
    assert pytest.approx(3 * (10 + BARE)) == told["planned_cents"]
    assert pytest.approx(500 - 3 * (10 + BARE)) == told["left_cents"]


def test_beyond_the_money_who_costs_nothing_writes(ledger, plain):
    paid, brand = Paid(), on(plain, "x", "bluesky", cents=16)
    orders = ordered(ledger, brand, Prices([paid, Composer()], bills=True))

    assert [(), ("writer",), ("writer",)] == [one.without for one in orders]
    assert all("It goes without a hosted writer: whole it may cost 11.50 cents, and " in one.why
               for one in orders[1:])  # fmt: skip
    assert all("x" in one.platforms for one in orders)
    desk = Desk([paid, Composer()], LedgerPurse(ledger))
    drafts = write_drafts(ledger, brand, briefs=orders, desk=desk)
    assert [orders[0].id] == paid.wrote
    assert {"paid", "composer"} == {draft.generated_by for draft in drafts}


def test_beyond_the_money_a_platform_that_charges_is_left_out_and_its_draws_are_not_logged(
    ledger, plain
):
    orders = ordered(ledger, on(plain, "x", "bluesky", cents=2), Prices([], bills=True))

    assert [True, False, False] == ["x" in one.platforms for one in orders]
    with ledger.reading() as connection:
        logged = {one.id for one in choices.list(connection, kind="format")}
    for one in orders:
        assert set(one.formats) == set(one.platforms)
        assert ("x" in one.platforms) == (f"{one.id}:format:x" in logged)
        assert ("x" in one.platforms) or "It goes without x: " in one.why
        assert "2 USD cents are left in 2026-03" in one.why or "x" in one.platforms


def test_where_all_platforms_charge_nothing_is_ordered_until_there_is_money(ledger, plain):
    poor, prices = on(plain, "x", cents=2), Prices([], bills=True)
    assert 1 == len(ordered(ledger, poor, prices))
    told = money(ledger, poor, prices)
    assert (2, "their platforms all charge, and 0.50 of 2 USD cents are left in 2026-03") == (
        told["left_out"], told["why"],
    )  # fmt: skip

    rich = on(plain, "x", cents=500)
    assert 2 == len(ordered(ledger, rich, prices))
    assert 0 == money(ledger, rich, prices)["left_out"]


def test_a_link_costs_more_and_is_planned_for(ledger, plain):
    facts = tuple(one.model_copy(update={"link": "https://a.example/b"}) for one in plain.facts)
    brand, prices = on(plain, "x", cents=500, facts=facts), Prices([], bills=True)
    assert 3 == len(ordered(ledger, brand, prices))
    assert pytest.approx(3 * LINK) == money(ledger, brand, prices)["planned_cents"]


def test_a_duty_keeps_its_money_though_it_is_due_last(ledger, plain):
    duty = Duty(id="must", topic=plain.facts[0].topic, per="day")
    brand = on(plain, "x", "bluesky", cents=12, duties=(duty,))
    orders = ordered(ledger, brand, Prices([Paid()], bills=True))

    assert ["must"] == [one.duty for one in orders if not one.without]
    assert 3 == len(orders)
    assert orders == sorted(orders, key=lambda one: one.due_at)


def test_a_campaign_of_high_priority_keeps_its_money_before_others(ledger, plain):
    topics, day = list(plain.topics), MORNING.date()
    campaign = Campaign(
        id="launch", title="Launch", topics=(topics[0],), share=0.4, priority=9,
        starts_on=day, ends_on=day + timedelta(days=9),
    )  # fmt: skip
    posting = plain.posting.model_copy(update={"plan_days": 6})
    brand = on(plain, "bluesky", cents=31, campaigns=(campaign,), posting=posting)
    orders = ordered(ledger, brand, Prices([Paid()]))

    whole = [one for one in orders if not one.without]
    part = [one for one in orders if one.campaign]
    assert 3 == len(whole)
    assert len(part) >= 2
    assert min(len(part), 3) == sum(one.campaign is not None for one in whole)


def test_pictures_of_models_are_the_first_to_go_then_the_writer(ledger, plain):
    look = plain.look.model_copy(update={"painting": "Photograph in morning light."})
    brand = on(plain, "instagram", cents=27, look=look)
    order = ordered(ledger, brand, FREE)[0]
    order = order.model_copy(update={"formats": {"instagram": "pictures"}})
    with ledger.reading() as connection:
        slots = by_brief(planned_slots(connection, brand))[order.id]

    painter = SimpleNamespace(name="openai/it", cents=6.0)
    means = Means(brand, Prices([Paid()], Makers(painter)), MORNING)
    given = [means.covered(order, slots) for _ in range(3)]
    assert [(), ("makers",), ("makers", "writer")] == [one.without for one in given]
    assert 1.0 == means.left("2026-03")


@pytest.mark.parametrize(
    ("pictures", "formats", "cents"),
    [
        ("where_better", {"instagram": "clip", "x": "words"}, 50.0),
        ("where_better", {"instagram": "pictures", "x": "clip"}, 6.0),
        ("where_telling", {"instagram": "clip"}, 56.0),
    ],
)
def test_the_plan_keeps_what_the_easel_will_ask_of_models(ledger, plain, pictures, formats, cents):
    look = plain.look.model_copy(update={"painting": "Photograph.", "filming": "Slow shot."})
    brand = on(plain, "instagram", "x", cents=500, look=look, pictures=pictures)
    order = ordered(ledger, brand, FREE)[0]
    form = "words" if "words" in formats.values() else "picture"
    order = order.model_copy(update={"formats": formats, "form": form})

    painter, filmer = (SimpleNamespace(name="it", cents=each) for each in (6.0, 50.0))
    means = Means(brand, Prices(makers=Makers(painter, filmer)), MORNING)
    assert {"2026-03": cents} == means.costs(order, ())


def test_a_rehearsal_costs_nothing_and_leaves_everything_as_it_was(ledger, plain):
    orders = ordered(ledger, on(plain, "x", "bluesky", cents=0), FREE)
    assert not any(one.without or "goes without" in one.why for one in orders)
    assert all("x" in one.platforms for one in orders)


def test_what_is_written_is_paid_and_no_longer_planned(ledger, plain):
    paid, brand = Paid(), on(plain, "x", cents=500)
    prices = Prices([paid, Composer()], bills=True)
    orders = ordered(ledger, brand, prices)
    write_drafts(ledger, brand, briefs=orders, desk=Desk([paid, Composer()], LedgerPurse(ledger)))

    told = money(ledger, brand, prices)
    assert pytest.approx(3 * 8.0) == told["spent_cents"]
    assert pytest.approx(3 * BARE) == told["planned_cents"]
    with ledger.transaction() as connection:
        for post in posts.find(connection, brand=brand.name):
            posts.move(connection, post.id, PostStatus.ARCHIVED, actor="a", now=MORNING)
    assert 0.0 == money(ledger, brand, prices)["planned_cents"]


def test_what_is_due_next_month_takes_that_month_s_money(ledger, plain):
    brand, prices = on(plain, "x", cents=2), Prices([], bills=True)
    (order,) = ordered(ledger, brand, prices)
    with ledger.reading() as connection:
        assert briefs.load(connection, order.id) == order
        means = means_of(connection, brand, prices, now=MORNING)
    assert (0.5, 2.0) == (means.left("2026-03"), means.left("2026-04"))
