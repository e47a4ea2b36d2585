"""The facts gate against planted falsehoods; `amsel rules gate` runs 500 of each."""

from pathlib import Path

import pytest

from content.planted import KINDS, trials, try_gate
from content.planted_swaps import SWAPS
from domain.brand import Autonomy
from domain.rules import decide, risk_of
from storage.brand_files import load_brands

BRANDS = [*load_brands(Path(__file__).parents[2] / "brands").values()]


@pytest.fixture(scope="module")
def outcome():
    return try_gate(BRANDS, count=300, seed=3)


@pytest.mark.parametrize("kind", KINDS)
def test_no_draft_with_a_planted_falsehood_passes(outcome, kind):
    passed = [(t.planted, t.post.text) for t in outcome.misjudged if t.kind == kind]
    assert outcome.counts[kind] >= 25
    assert [] == passed


@pytest.mark.parametrize("kind", SWAPS)
def test_a_number_of_another_thing_is_seen_by_the_rule_on_numbers_in_both_languages(kind):
    planted = [t for t in trials(BRANDS, count=80, seed=11, kinds=(kind,)) if t.planted]
    assert {"de", "en"} == {t.post.language for t in planted}
    assert [] == [t.post.text for t in planted if "numbers" not in t.rules]


def test_none_goes_out_by_itself_though_the_brand_leaves_nothing_to_a_person():
    bold = {one.name: one.model_copy(update={"autonomy": Autonomy.FULL}) for one in BRANDS}
    decided = [(by_itself(bold[t.post.brand], t.post), t) for t in trials(BRANDS, count=60, seed=5)]
    assert [] == [t.post.text for decision, t in decided if t.planted and decision == "approved"]
    assert any(decision == "approved" for decision, _ in decided)


def by_itself(brand, post):
    return decide(brand, post.compliance_checks, post.quality, assessed=risk_of(post, brand))[0]


def test_at_most_2_of_100_true_drafts_are_held(outcome):
    stopped = [(t.rules, t.post.text) for t in outcome.misjudged if t.kind == "true"]
    assert outcome.counts["true"] == 300
    assert len(stopped) <= 6, stopped


def test_the_same_seed_gives_the_same_drafts_and_another_seed_others():
    first, again, other = (
        [trial.post.text for trial in trials(BRANDS[:1], count=8, seed=seed)] for seed in (9, 9, 10)
    )
    assert first == again
    assert first != other
