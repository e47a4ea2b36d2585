"""The labelled drafts: how often a rule lets a bad one pass, and how often it stops a good one."""

from collections import Counter
from pathlib import Path

import pytest

from content.labels import judge_labels, read_labels
from domain.compliance import Verdict
from domain.errors import InputError
from storage.brand_files import load_brands

HERE = Path(__file__).parent
BRANDS = load_brands(HERE.parents[1] / "brands")


@pytest.fixture(scope="module")
def drafts():
    return [d for file in sorted((HERE / "labelled").glob("*.yaml")) for d in read_labels(file)]


@pytest.fixture(scope="module")
def judged(drafts):
    return judge_labels(drafts, brands=BRANDS)


def test_there_are_300_drafts_good_and_bad_in_both_languages(drafts):
    kinds = Counter((draft.brand, bool(draft.expect)) for draft in drafts)
    assert len(drafts) >= 300
    assert min(kinds[brand, bad] for brand in ("bergquell", "northloom") for bad in (0, 1)) >= 50


def test_every_rule_that_reads_the_text_has_bad_drafts_to_find(judged):
    scores, _ = judged
    # languages that no label is in are tried in tests of domain.languages;
    # what pictures are and look like is tried with real files (tests of domain.preflight and of
    # domain.rules.likeness), links into one's own network in the tests of domain.links, what was
    # said before in test_retold, and the example brands require no words
    elsewhere = {
        "media_fits",
        "known_works",
        "open_links",
        "repeated",
        "repeated_picture",
        "required_terms",
        "unread",
    }
    assert elsewhere == {score.rule for score in scores if score.bad == 0}


def test_at_most_one_bad_draft_in_50_passes_a_rule_made_for_it(judged):
    scores, misses = judged
    passed = [m for m in misses if m.given is Verdict.PASS]
    bad = sum(score.bad for score in scores)
    assert len(passed) / bad <= 0.02, [(m.rule, m.draft.text) for m in passed]


def test_no_good_draft_is_stopped(judged):
    _, misses = judged
    stopped = [m for m in misses if m.wanted is Verdict.PASS and m.rule != "statements"]
    assert [] == [(m.rule, m.draft.text, m.evidence) for m in stopped]


def test_at_most_one_good_draft_in_50_is_held_for_a_sentence_of_its_own(judged, drafts):
    _, misses = judged
    held = [m for m in misses if m.wanted is Verdict.PASS and m.rule == "statements"]
    good = sum(not draft.expect for draft in drafts)
    assert len(held) / good <= 0.02, [(m.draft.text, m.evidence) for m in held]


def test_a_wrong_file_says_what_is_wrong(tmp_path):
    file = tmp_path / "bergquell.yaml"
    file.write_text("- {text: Hallo, platform: myspace}\n")
    with pytest.raises(InputError, match=r"bergquell\.yaml: platform"):
        read_labels(file)
    file.write_text("just words\n")
    with pytest.raises(InputError, match="no list of drafts"):
        read_labels(file)


def test_a_label_for_no_rule_is_refused(tmp_path):
    file = tmp_path / "bergquell.yaml"
    file.write_text("- {text: Hallo, expect: {taste: block}}\n")
    with pytest.raises(InputError, match="'taste' is no rule"):
        judge_labels(read_labels(file), brands=BRANDS)
