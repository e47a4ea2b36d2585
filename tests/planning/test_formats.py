"""Clips, carousels and pictures: shares that begin as they were and follow what each brought."""

from collections import Counter

import polars as pl
import pytest

from domain.platforms import Platform
from domain.writing import Brief
from planning.formats import USUAL, draw_formats, format_odds
from storage.brand_files import load_brands
from tests.planning.conftest import BRANDS, MORNING

WATER = load_brands(BRANDS)["bergquell"]
EVEN = WATER.posting.exploration / 3
GRAM = Platform.INSTAGRAM
ACCOUNT = next(account.id for account in WATER.accounts if account.platform == GRAM)


def past(account=ACCOUNT, **results):
    rows = [(account, kind, y) for kind, ys in results.items() for y in ys]
    return pl.DataFrame(rows, schema=["account", "media_type", "y"], orient="row")


def brief(number, platforms=("instagram", "x")):
    fact = WATER.facts[0]
    return Brief(
        id=f"b{number}", brand=WATER.name, topic=fact.topic, why="a test", facts=(fact,),
        platforms=platforms, language="de", due_at=MORNING,
    )  # fmt: skip


def test_without_a_past_a_third_of_the_orders_become_clips_as_ever():
    odds = format_odds(pl.DataFrame(), WATER)[GRAM]
    expected = {name: EVEN + (1 - WATER.posting.exploration) * USUAL[name] for name in USUAL}
    assert pytest.approx(expected) == odds
    assert pytest.approx(1 / 3) == odds["clip"]


def test_what_brought_more_is_likelier_and_the_others_keep_their_chance():
    results = past(video=[0.0, 0.1] * 30, image=[0.0, 0.1] * 30, carousel=[1.0, 1.1] * 30)
    odds = format_odds(results, WATER)[GRAM]
    assert odds["carousel"] > 2 * (1 - EVEN) * USUAL["carousel"]
    assert pytest.approx(1) == sum(odds.values())
    assert min(odds.values()) >= EVEN


def test_what_another_account_brought_says_nothing():
    others = past("x:bergquell", video=[9.0] * 20, image=[0.0] * 20)
    assert format_odds(others, WATER) == format_odds(pl.DataFrame(), WATER)


def test_an_order_draws_by_the_odds_once_for_each_such_platform_and_logs_it():
    odds = format_odds(pl.DataFrame(), WATER)
    drawn = [draw_formats(brief(number), odds, MORNING) for number in range(600)]

    assert drawn == [draw_formats(brief(number), odds, MORNING) for number in range(600)]
    assert 150 < Counter(order.formats[GRAM] for order, _ in drawn)["clip"] < 250
    for order, (choice,) in drawn:
        assert f"{order.id}:format:instagram" == choice.id
        assert ({GRAM: choice.chosen}, odds[GRAM][choice.chosen]) == (
            order.formats,
            choice.propensity,
        )


def test_where_no_such_platform_is_meant_nothing_is_drawn():
    odds = format_odds(pl.DataFrame(), WATER)
    assert ({}, []) == (lambda drawn: (drawn[0].formats, drawn[1]))(
        draw_formats(brief(1, ("x",)), odds, MORNING)
    )


def test_an_order_says_at_which_odds_its_format_was_drawn():
    order, (choice,) = draw_formats(brief(1), format_odds(pl.DataFrame(), WATER), MORNING)
    said = f"Format {choice.chosen} on instagram: drawn at odds of {choice.propensity:.0%}, "
    assert order.why.startswith(f"a test {said}")
