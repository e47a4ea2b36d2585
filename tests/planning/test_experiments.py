"""The experiment of a brand: it begins with the first order, and posts open in turns."""

import numpy as np
import pytest

from content.briefs import ANGLES
from domain.posts import ContentPost
from ml.experiments import Answer
from planning.experiments import angle_odds, draw_angle
from storage.ledger import choices, experiments, posts
from tests.planning.conftest import MORNING
from tests.planning.orders import BRAND, EVEN, NOTHING, brief_of, brought, go_out, seen


def test_an_experiment_begins_with_the_first_order_and_tries_every_opening(ledger):
    with ledger.transaction() as connection:
        odds = angle_odds(connection, BRAND, past=NOTHING, now=MORNING)
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
    lone = brief_of("one").model_copy(update={"facts": BRAND.facts[:1]})
    _, choice = draw_angle(lone, EVEN, MORNING)
    assert "pair" not in [each["angle"] for each in choice.candidates]
    assert 1.0 == pytest.approx(sum(each["probability"] for each in choice.candidates))


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
                brief_id=brief.id, brand_voice=BRAND.voice, generated_by="test",
            )  # fmt: skip
            posts.save(connection, draft, key=draft.id, actor="test", now=MORNING)
        plain, told = (
            angle_odds(connection, BRAND, past=NOTHING, wording=wording, now=MORNING)
            for wording in (None, Promise())
        )
    assert ANGLES[1] == max(told, key=told.get)
    assert told[ANGLES[1]] > plain[ANGLES[1]] + 0.1
    assert min(told.values()) > 0
