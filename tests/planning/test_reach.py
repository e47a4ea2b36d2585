"""Where orders go: everywhere, unless the brand wants fewer; then where posts bring more."""

from collections import Counter
from datetime import timedelta

import polars as pl
import pytest

from content.providers.composer import Composer
from domain.duties import Duty
from domain.posts import PostStatus
from planning.batch import settle_batch
from planning.briefing import open_briefs, order_briefs
from planning.drafting import Desk, write_drafts
from planning.illustrating import illustrate
from planning.reach import draw_platforms, platform_results
from planning.slots import Horizon, plan_slots, planned_slots
from storage.blobs import Blobs
from storage.brand_files import load_brands
from storage.lake_tables import TABLES
from storage.ledger import brands as ledger_brands
from storage.ledger import choices, deliveries, posts
from storage.ledger.costs import LedgerPurse
from storage.ledger.database import Ledger
from tests.clock import SteppingClock
from tests.planning.conftest import BRANDS, MORNING
from tests.planning.orders import brief_of

NOTHING = {name: pl.DataFrame(schema=TABLES[name]) for name in ("slot_effects", "trends")}
WOOL = load_brands(BRANDS)["northloom"]
ALL = tuple(account.platform for account in WOOL.accounts)


def wanting(brand, count, **changes):
    posting = brand.posting.model_copy(update={"platforms_per_post": count})
    return brand.model_copy(update={"posting": posting, **changes})


def slots_of(ledger, brand):
    with ledger.transaction() as connection:
        effects, horizon = NOTHING["slot_effects"], Horizon(MORNING)
        plan_slots(connection, brand, effects=effects, model_version=None, horizon=horizon)
        return [one for one in planned_slots(connection, brand) if one.rank == 1]


def drawn(brand, slots, results, *, number=0, duty=None):
    update = {"id": f"o:{number}", "platforms": ALL, "duty": duty}
    brief = brief_of("o").model_copy(update=update)
    return draw_platforms(brief, results, brand=brand, slots=slots, now=MORNING)


def brought(**by_platform):
    rows = [
        (account.id, y, 1.0)
        for account in WOOL.accounts
        for y in by_platform.get(account.platform, [0.0, 0.2]) * 20
    ]
    return pl.DataFrame(rows, schema=["account", "y", "level"], orient="row")


@pytest.fixture(scope="module")
def slots(shared_ledger_url):
    ledger = Ledger(shared_ledger_url, clock=SteppingClock(MORNING))
    yield slots_of(ledger, WOOL)
    ledger.close()


def test_a_brand_that_says_nothing_posts_everywhere_and_logs_no_draw(slots):
    order, choice = drawn(WOOL, slots, platform_results(brought(), WOOL))
    assert (ALL, None) == (order.platforms, choice)


def test_without_a_past_every_set_is_equally_likely(slots):
    brand = wanting(WOOL, 2)
    results = platform_results(pl.DataFrame(), brand)
    _, choice = drawn(brand, slots, results)
    odds = [each["probability"] for each in choice.candidates]
    assert pytest.approx([1 / 21] * 21) == odds


def test_where_posts_bring_more_they_go_more_often_and_no_set_is_impossible(slots):
    brand = wanting(WOOL, 3)
    results = platform_results(brought(bluesky=[2.0, 2.2], x=[-2.0, -2.2]), brand)
    orders = [drawn(brand, slots, results, number=number) for number in range(300)]

    told = Counter(platform for order, _ in orders for platform in order.platforms)
    assert told["bluesky"] > told["mastodon"] > told["x"] > 0
    for order, choice in orders:
        odds = {each["platforms"]: each["probability"] for each in choice.candidates}
        assert 3 == len(order.platforms)
        assert ("+".join(order.platforms), odds[choice.chosen]) == (
            choice.chosen,
            choice.propensity,
        )
        assert pytest.approx(1) == sum(odds.values())
        assert min(odds.values()) >= brand.posting.exploration / 35


def test_the_order_says_where_it_goes_and_is_due_at_the_first_of_these(slots):
    brand = wanting(WOOL, 1)
    order, _ = drawn(brand, slots, platform_results(brought(), brand))
    (platform,) = order.platforms
    (slot,) = [one for one in slots if one.schedule.platform == platform]
    assert slot.schedule.due_at == order.due_at
    assert f"It goes to {platform}, 1 of 7 platforms, at odds of " in order.why


def test_the_platforms_of_a_duty_are_always_among_them(slots):
    duty = Duty(id="must", topic=WOOL.topics[0], platforms=("facebook", "linkedin"))
    brand = wanting(WOOL, 1, duties=(duty,))
    results = platform_results(pl.DataFrame(), brand)
    told = [drawn(brand, slots, results, number=n, duty="must")[0] for n in range(20)]
    assert {("facebook", "linkedin")} == {tuple(sorted(order.platforms)) for order in told}


def test_a_day_fills_only_the_slots_that_were_drawn(ledger, brand, tmp_path):
    brand = wanting(brand, 2)
    with ledger.transaction() as connection:
        ledger_brands.save(connection, brand, now=MORNING)
    slots_of(ledger, brand)
    order_briefs(ledger, brand, past=pl.DataFrame(), trends=NOTHING["trends"])
    with ledger.reading() as connection:
        orders = open_briefs(connection, brand, now=MORNING)
    write_drafts(ledger, brand, briefs=orders, desk=Desk([Composer()], LedgerPurse(ledger)))
    illustrate(ledger, brand, blobs=Blobs(tmp_path / "media"))
    none = pl.DataFrame(schema=TABLES["forecasts"])
    with ledger.transaction() as connection:
        settle_batch(connection, brand, forecasts=none, model_version=None, now=MORNING)

    with ledger.reading() as connection:
        going = deliveries.list(connection, brand=brand.name)
        scheduled = posts.find(connection, status=PostStatus.SCHEDULED)
        logged = choices.list(connection, kind="platforms")
    assert 3 == len(scheduled)
    expected = {(post.id, platform) for post in scheduled for platform in post.platforms}
    assert expected == {(one.post_id, one.platform) for one in going}
    assert {2} == {len(post.platforms) for post in scheduled}
    assert {order.id for order in orders} >= {
        choice.id.removesuffix(":platforms") for choice in logged
    }
    assert all(one.due_at - MORNING < timedelta(days=1) for one in going)
