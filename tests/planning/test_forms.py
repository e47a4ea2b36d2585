"""Words alone or with a picture: by what either brought, never without a chance for the other."""

from collections import Counter

import polars as pl
import pytest

from domain.writing import Brief
from planning.forms import draw_form, form_odds
from storage.brand_files import load_brands
from tests.planning.conftest import BRANDS, MORNING

WATER = load_brands(BRANDS)["bergquell"]
X = next(account.id for account in WATER.accounts if account.platform == "x")


def past(**results):
    rows = [(X, kind, y) for kind, ys in results.items() for y in ys]
    return pl.DataFrame(rows, schema=["account", "media_type", "y"], orient="row")


def brief(number=1, platforms=("x", "bluesky")):
    fact = WATER.facts[0]
    return Brief(
        id=f"b{number}", brand=WATER.name, topic=fact.topic, why="a test", facts=(fact,),
        platforms=platforms, language="de", due_at=MORNING,
    )  # fmt: skip


def test_without_a_past_both_are_equally_likely():
    assert {"words": 0.5, "picture": 0.5} == form_odds(pl.DataFrame(), WATER)


def test_what_brought_more_is_likelier_and_the_other_keeps_its_chance():
    odds = form_odds(past(text=[0.0, 0.1] * 30, image=[1.0, 1.1] * 30), WATER)

    assert pytest.approx(1) == sum(odds.values())
    assert 0.6 < odds["picture"] < 1 - WATER.posting.exploration / 2 + 1e-9
    assert odds["words"] >= WATER.posting.exploration / 2


def test_two_lucky_posts_do_not_decide():
    lucky = form_odds(past(text=[0.0, 0.1] * 30, image=[1.0, 1.1]), WATER)
    proven = form_odds(past(text=[0.0, 0.1] * 30, image=[1.0, 1.1] * 30), WATER)

    assert 0.5 < lucky["picture"] < proven["picture"]


def test_other_accounts_and_clips_say_nothing():
    told = past(text=[0.0] * 20, video=[9.0] * 20)
    others = past(image=[9.0] * 20).with_columns(account=pl.lit("x:somebody"))

    assert {"words": 0.5, "picture": 0.5} == form_odds(pl.concat([told, others]), WATER)


def test_an_order_draws_by_the_odds_the_same_each_time_and_logs_them():
    odds = {"words": 0.25, "picture": 0.75}
    drawn = [draw_form(brief(number), odds, MORNING) for number in range(400)]

    assert drawn == [draw_form(brief(number), odds, MORNING) for number in range(400)]
    assert 270 < Counter(order.form for order, _ in drawn)["picture"] < 330
    assert all(odds[order.form] == choice.propensity for order, choice in drawn)
    assert all(order.form == choice.chosen for order, choice in drawn)


def test_where_pictures_are_needed_there_is_nothing_to_draw():
    for platforms in (("instagram", "tiktok"), ("instagram", "x")):
        order = brief(platforms=platforms)
        assert (order, None) == draw_form(order, {"words": 0.5, "picture": 0.5}, MORNING)


@pytest.mark.parametrize("settled", ["where_needed", "where_telling"])
def test_a_brand_that_has_settled_it_logs_no_draw_that_decides_nothing(settled):
    odds = form_odds(pl.DataFrame(), WATER.model_copy(update={"pictures": settled}))

    assert (brief(), None) == draw_form(brief(), odds, MORNING)


def test_an_order_says_at_which_odds_its_form_was_drawn():
    even, _ = draw_form(brief(), {"words": 0.5, "picture": 0.5}, MORNING)
    assert f"a test Form {even.form}: drawn at even odds of 50%." == even.why
    likely, _ = draw_form(brief(), {"words": 1e-9, "picture": 1 - 1e-9}, MORNING)
    assert "a test Form picture: drawn at odds of 100%, words at 0%." == likely.why
