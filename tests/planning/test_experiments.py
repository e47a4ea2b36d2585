"""The experiment of a brand: it begins with the first order, and posts open in turns."""

from collections import Counter

import numpy as np
import polars as pl
import pytest

from content.briefs import ANGLES
from content.providers.figures import has_figure
from domain.compliance import ComplianceCheck, Verdict
from domain.posts import ContentPost, PostStatus, QualityScore
from ml.experiments import Answer
from planning.batch import settle_batch
from planning.experiments import draw_angle, experiment_odds
from storage.ledger import briefs, choices, experiments, posts
from tests.planning.conftest import MORNING
from tests.planning.orders import (
    BRAND,
    EVEN,
    FACTS,
    NOTHING,
    brief_of,
    brought,
    go_out,
    ordered,
    seen,
)


def test_an_experiment_begins_with_the_first_order_and_tries_every_opening(ledger):
    with ledger.transaction() as connection:
        odds = experiment_odds(connection, BRAND, past=NOTHING, now=MORNING)["angle"]
        kept = experiments.latest(connection, brand=BRAND.name, factor="angle")
    assert set(ANGLES) == set(odds)
    assert min(odds.values()) > 0.05
    assert kept is not None
    assert (ANGLES, None) == (kept.arms, kept.answer)


def test_few_measured_orders_are_called_not_enough(ledger):
    go_out(ledger, 12)
    verdict = seen(ledger, brought(12)).verdict
    assert Answer.NOT_ENOUGH_DATA == verdict.answer
    assert verdict.reason.startswith("12 posts are not enough")


def test_a_single_fact_makes_no_pair():
    lone = brief_of("one").model_copy(update={"facts": FACTS[:1]})
    _, choice = draw_angle(lone, EVEN, MORNING)
    assert "pair" not in [each["angle"] for each in choice.candidates]
    assert 1.0 == pytest.approx(sum(each["probability"] for each in choice.candidates))


def test_an_order_says_at_which_odds_its_angle_was_drawn():
    ordered, choice = draw_angle(brief_of("one"), EVEN, MORNING)
    assert f"- Angle {choice.chosen}: drawn at even odds of 17%." == ordered.why
    leading = dict.fromkeys(ANGLES, 0.1) | {"lead": 0.5}
    told = {draw_angle(brief_of(str(at)), leading, MORNING)[0].why for at in range(20)}
    assert "- Angle lead: drawn at odds of 50%, question at 10%." in told


def test_a_fact_without_a_figure_is_not_opened_with_one():
    plain = tuple(fact for fact in BRAND.facts if not has_figure(fact, "en"))[:2]
    _, choice = draw_angle(brief_of("one").model_copy(update={"facts": plain}), EVEN, MORNING)
    assert {*ANGLES} - {"number"} == {each["angle"] for each in choice.candidates}


def test_what_went_out_in_another_form_than_was_drawn_counts_for_no_arm(ledger):
    go_out(ledger, 30, form_of=lambda brief: "plain" if brief.angle == "lead" else brief.angle)
    drawn = Counter(ordered(number)[0].angle for number in range(30))
    counted = dict(zip(ANGLES, seen(ledger, brought(30)).told.posts, strict=True))
    assert drawn["lead"] > 0
    assert counted == {angle: angle != "lead" and drawn[angle] for angle in ANGLES}


def test_orders_that_a_forecast_was_free_to_fill_do_not_count(ledger):
    go_out(ledger, 12)
    with ledger.transaction() as connection:
        experiment_odds(connection, BRAND, past=NOTHING, now=MORNING)
        running = experiments.latest(connection, brand=BRAND.name, factor="angle")
        experiments.conclude(
            connection, running.id, answer=Answer.NO_WINNER, reason="-", winner=None, now=MORNING
        )
    assert 0 == seen(ledger, brought(12)).told.posts.sum()


class Favourite:
    """An order whose variants are in every form, and a forecast that likes one of them."""

    def __init__(self, ledger, key, *, held=()):
        self.ledger, self.key = ledger, key
        brief, choice = draw_angle(brief_of(key), EVEN, MORNING)
        self.drawn = brief.angle
        quality = QualityScore(overall=0.9, voice=1, novelty=1, readability=1)
        doubt = ComplianceCheck(
            rule="names", verdict=Verdict.HOLD, evidence="-", policy_version="1"
        )
        with ledger.transaction() as connection:
            experiment_odds(connection, BRAND, past=NOTHING, now=MORNING)
            briefs.save(connection, brief, now=MORNING)
            choices.log(connection, choice)
            for letter, angle in zip("abcdef", ANGLES, strict=True):
                is_held = held == "drawn" and angle == brief.angle
                draft = ContentPost(
                    id=f"{key}:{angle}", brand=BRAND.name, text=angle, platforms=brief.platforms,
                    status=PostStatus.GENERATED, brief_id=key, variant=letter, angle=angle,
                    brand_voice=BRAND.voice, generated_by="test", quality=quality,
                    compliance_checks=(doubt,) if is_held else (),
                )  # fmt: skip
                posts.save(connection, draft, key=draft.id, actor="test", now=MORNING)

    def settled(self, favourite):
        rows = [(f"{self.key}:{angle}", float(angle == favourite)) for angle in ANGLES]
        likes = pl.DataFrame(rows, schema=["post_id", "predicted"], orient="row")
        with self.ledger.transaction() as connection:
            (one,) = settle_batch(
                connection, BRAND, forecasts=likes, model_version="m", now=MORNING
            )
        return one.post.angle


def test_a_forecast_does_not_choose_the_arm_of_an_order(ledger):
    for number in range(12):
        order = Favourite(ledger, f"order-{number}")
        assert order.drawn == order.settled("lead")


def test_a_held_form_gives_way_to_one_that_may_go_out(ledger):
    order = Favourite(ledger, "order", held="drawn")
    assert order.drawn != order.settled("lead")


def test_once_no_opening_wins_a_forecast_is_free_to_choose(ledger):
    orders = [Favourite(ledger, f"order-{number}") for number in range(12)]
    with ledger.transaction() as connection:
        running = experiments.latest(connection, brand=BRAND.name, factor="angle")
        experiments.conclude(
            connection, running.id, answer=Answer.NO_WINNER, reason="-", winner=None, now=MORNING
        )
        likes = pl.DataFrame(
            [(f"{one.key}:{angle}", float(angle == "lead")) for one in orders for angle in ANGLES],
            schema=["post_id", "predicted"], orient="row",
        )  # fmt: skip
        settled = settle_batch(connection, BRAND, forecasts=likes, model_version="m", now=MORNING)
    assert [each.post.angle for each in settled].count("lead") >= 10


def test_of_two_drafts_the_one_that_does_not_lean_on_likes_alone_is_chosen(ledger):
    orders = [Favourite(ledger, f"order-{number}") for number in range(12)]
    with ledger.transaction() as connection:
        running = experiments.latest(connection, brand=BRAND.name, factor="angle")
        experiments.conclude(
            connection, running.id, answer=Answer.NO_WINNER, reason="-", winner=None, now=MORNING
        )
        rows = [
            (f"{one.key}:{angle}", float(angle == "lead"), float(angle == "question"))
            for one in orders
            for angle in ANGLES
        ]
        said = pl.DataFrame(rows, schema=["post_id", "predicted", "believed"], orient="row")
        settled = settle_batch(connection, BRAND, forecasts=said, model_version="m", now=MORNING)
    assert [each.post.angle for each in settled].count("question") >= 10


class Promise:
    """Stands for a model of variants that likes one word."""

    def score(self, texts):
        return np.array([1.0 if "wool" in text else 0.0 for text in texts])


def test_openings_whose_wording_promises_more_are_tried_first(ledger):
    briefs = [brief_of(f"{BRAND.name}:{number}") for number in range(40)]
    with ledger.transaction() as connection:
        for brief in briefs:
            ordered, choice = draw_angle(brief, EVEN, MORNING)
            choices.log(connection, choice)
            text = "wool" if ordered.angle == ANGLES[1] else "socks"
            draft = ContentPost(
                id=brief.id, brand=BRAND.name, text=text, platforms=brief.platforms,
                brief_id=brief.id, angle=ordered.angle, brand_voice=BRAND.voice,
                generated_by="test",
            )  # fmt: skip
            posts.save(connection, draft, key=draft.id, actor="test", now=MORNING)
        plain, told = (
            experiment_odds(connection, BRAND, past=NOTHING, wording=wording, now=MORNING)["angle"]
            for wording in (None, Promise())
        )
    assert ANGLES[1] == max(told, key=told.get)
    assert told[ANGLES[1]] > plain[ANGLES[1]] + 0.1
    assert min(told.values()) > 0
