"""Words, pictures, carousels and clips: shares that begin as usual and follow what each brought."""

from collections import Counter

import polars as pl
import pytest

from domain.platforms import Platform
from domain.writing import Brief
from planning.formats import (
    USUAL,
    USUAL_WITHOUT_WORDS,
    can_do_without,
    draw_formats,
    format_odds,
    formats_of,
)
from publishing.platforms.registry import connect
from storage.brand_files import load_brands
from tests.clock import SteppingClock
from tests.planning.conftest import BRANDS, MORNING

WATER = load_brands(BRANDS)["bergquell"]
EXPLORE = WATER.posting.exploration
GRAM, X = Platform.INSTAGRAM, Platform.X
TALKATIVE = [one for one in Platform if one not in (GRAM, Platform.TIKTOK)]


def account_on(platform):
    return next(account.id for account in WATER.accounts if account.platform == platform)


def past(platform=GRAM, **results):
    account = account_on(platform)
    rows = [(account, kind, y) for kind, ys in results.items() for y in ys]
    return pl.DataFrame(rows, schema=["account", "media_type", "y"], orient="row")


def brief(number, platforms=("instagram", "x")):
    fact = WATER.facts[0]
    return Brief(
        id=f"b{number}", brand=WATER.name, topic=fact.topic, why="a test", facts=(fact,),
        platforms=platforms, language="de", due_at=MORNING,
    )  # fmt: skip


ODDS = format_odds(pl.DataFrame(), WATER)


def test_every_platform_but_tiktok_has_several_formats_to_draw_among():
    assert {*TALKATIVE, GRAM} == set(ODDS)
    assert ("clip",) == formats_of(Platform.TIKTOK)


@pytest.mark.parametrize("platform", Platform)
def test_what_may_be_drawn_for_a_platform_its_adapter_can_send(platform):
    account = next(one for one in WATER.accounts if one.platform == platform)
    here = account.model_copy(update={"base_url": "http://127.0.0.1:9", "user_id": "1"})
    network = connect(here, secret="a", clock=SteppingClock(MORNING), sending_allowed=False)
    able = network.capabilities
    network.close()
    needs = {
        "clip": able.video,
        "carousel": able.images > 1,
        "pictures": able.images > 0,
        "words": able.text_only,
    }
    assert formats_of(platform)
    assert all(needs[name] for name in formats_of(platform))


@pytest.mark.parametrize("platform", TALKATIVE)
def test_without_a_past_a_post_that_can_do_without_is_seldom_a_clip(platform):
    expected = {name: EXPLORE / 4 + (1 - EXPLORE) * USUAL[name] for name in USUAL}
    assert pytest.approx(expected) == ODDS[platform]
    assert 0.05 <= ODDS[platform]["clip"] <= 0.1


def test_without_a_past_a_third_of_the_orders_on_instagram_become_clips_as_ever():
    usual = USUAL_WITHOUT_WORDS
    expected = {name: EXPLORE / 3 + (1 - EXPLORE) * usual[name] for name in usual}
    assert pytest.approx(expected) == ODDS[GRAM]
    assert pytest.approx(1 / 3) == ODDS[GRAM]["clip"]


@pytest.mark.parametrize("platform", [GRAM, X, Platform.LINKEDIN])
def test_what_brought_more_is_likelier_and_the_others_keep_their_chance(platform):
    results = past(
        platform, video=[0.0, 0.1] * 30, image=[0.0, 0.1] * 30, text=[0.0, 0.1] * 30,
        carousel=[1.0, 1.1] * 30,
    )  # fmt: skip
    odds = format_odds(results, WATER)
    assert odds[platform]["carousel"] > 2 * USUAL["carousel"]
    assert odds[platform]["carousel"] > ODDS[platform]["carousel"]
    assert pytest.approx(1) == sum(odds[platform].values())
    assert min(odds[platform].values()) >= EXPLORE / len(odds[platform])
    assert all(odds[other] == ODDS[other] for other in odds if other != platform)


def test_two_lucky_posts_do_not_decide():
    lucky = format_odds(past(X, text=[0.0, 0.1] * 30, image=[1.0, 1.1]), WATER)[X]
    proven = format_odds(past(X, text=[0.0, 0.1] * 30, image=[1.0, 1.1] * 30), WATER)[X]

    assert ODDS[X]["pictures"] < lucky["pictures"] < proven["pictures"]


def test_what_strangers_brought_says_nothing():
    others = past(X, video=[9.0] * 20, image=[0.0] * 20).with_columns(account=pl.lit("x:somebody"))
    assert ODDS == format_odds(others, WATER)


def test_an_order_draws_by_the_odds_once_for_each_such_platform_and_logs_it():
    drawn = [draw_formats(brief(number), ODDS, MORNING) for number in range(600)]

    assert drawn == [draw_formats(brief(number), ODDS, MORNING) for number in range(600)]
    assert 150 < Counter(order.formats[GRAM] for order, _ in drawn)["clip"] < 250
    assert 20 < Counter(order.formats[X] for order, _ in drawn)["clip"] < 65
    for order, logged in drawn:
        assert [f"{order.id}:format:{one}" for one in (GRAM, X)] == [one.id for one in logged]
        assert [order.formats[one] for one in (GRAM, X)] == [one.chosen for one in logged]
        assert [ODDS[p][order.formats[p]] for p in (GRAM, X)] == [one.propensity for one in logged]


def test_one_clip_and_one_picture_serve_all_platforms_of_an_order():
    platforms = tuple(TALKATIVE)
    drawn = [draw_formats(brief(number, platforms), ODDS, MORNING)[0] for number in range(200)]

    assert all(1 == len(set(order.formats.values())) for order in drawn)
    both = [draw_formats(brief(number), ODDS, MORNING)[0].formats for number in range(600)]
    assert all("clip" == each[GRAM] for each in both if each[X] == "clip")


def test_whether_anything_is_shown_that_could_be_left_out_stands_in_the_order():
    wordy = [draw_formats(brief(number, (X,)), ODDS, MORNING)[0] for number in range(60)]
    assert {"words", "picture"} == {order.form for order in wordy}
    assert all((order.form == "words") == (order.formats[X] == "words") for order in wordy)


@pytest.mark.parametrize("settled", ["where_needed", "where_telling"])
def test_a_brand_that_has_settled_what_gets_a_picture_draws_only_where_one_is_needed(settled):
    odds = format_odds(pl.DataFrame(), WATER.model_copy(update={"pictures": settled}))

    assert {GRAM: ODDS[GRAM]} == odds
    assert all(can_do_without(platform) for platform in ODDS if platform not in odds)


def test_where_nothing_can_be_drawn_the_order_stays_as_it_is():
    order = brief(1, ("tiktok",))
    assert (order, []) == draw_formats(order, ODDS, MORNING)


def test_an_order_says_at_which_odds_its_formats_were_drawn():
    order, logged = draw_formats(brief(1), ODDS, MORNING)
    said = [
        f"Format {one.chosen} on {where}: drawn at odds of {one.propensity:.0%}, "
        for where, one in zip((GRAM, X), logged, strict=True)
    ]
    assert order.why.startswith(f"a test {said[0]}")
    assert said[1] in order.why
