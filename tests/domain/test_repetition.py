"""Nothing is said twice within the window: what two texts have in common, and what a rule says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.compliance import Verdict
from domain.posting import Posting
from domain.posts import ContentPost
from domain.rechecking import checked, stricter
from domain.rules import Lately, Said, check_draft, policy_version
from domain.rules.repetition import REPEATED
from domain.rules.vocabulary import stems_of, vocabulary_of
from domain.writing import Brief
from storage.brand_files import load_brands

BRANDS = load_brands(Path(__file__).parents[2] / "brands")
WATER, WOOL = BRANDS["bergquell"], BRANDS["northloom"]
DAY = timedelta(days=1)
NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
DEPTH = WATER.fact("quelle-tiefe").text
DEPTH_RETOLD = "184 Meter unter dem Iseler: Aus dieser Tiefe holen wir unser Mineralwasser."


@pytest.mark.parametrize(
    ("brand", "fact", "text"),
    [
        (WATER, "quelle-tiefe", DEPTH_RETOLD),
        (WATER, "holunder-ernte", "Drei Nachbarhöfe pflücken im Juni Holunderblüten, von Hand."),
        (WATER, "rezept-eistee", "Eistee: kalter Kraeutertee, Minze (2 Zweige), Zitronenlimonade."),
        (WOOL, "looms", "Built in Keighley, 1958: six looms that weave every blanket we sell."),
        (WOOL, "mending", "Mended for 15 pounds, posted back in three weeks: any Northloom piece."),
    ],
)
def test_a_fact_in_other_words_is_the_same_fact(brand, fact, text):
    vocabulary, said = vocabulary_of(brand), brand.fact(fact)
    assert vocabulary.overlap(text, said.text) >= REPEATED
    assert vocabulary.states(text, said)


@pytest.mark.parametrize(
    ("brand", "fact", "text"),
    [
        (WATER, "quelle-tiefe", "Am Iseler im Allgäu liegt noch Schnee."),
        (WATER, "preis-kiste", WATER.fact("limo-preis").text),
        (WATER, "trinkbrunnen", "Der Quellweg ist kostenlos, die Aussicht auch."),
        (WOOL, "shop-hours", WOOL.fact("mill-tour").text),
        (WOOL, "king-blanket", "The heaviest thing in the mill is the filing cabinet."),
    ],
)
def test_another_fact_with_some_of_its_words_is_another(brand, fact, text):
    vocabulary, said = vocabulary_of(brand), brand.fact(fact)
    assert vocabulary.overlap(text, said.text) < REPEATED
    assert not vocabulary.states(text, said)


def test_umlauts_endings_and_spelled_numbers_make_no_difference():
    assert stems_of("Zwölf Gläser im Allgäu", "de") == stems_of("12 Glaesern, Allgaeu", "de")
    assert stems_of("mending three blankets", "en") == stems_of("3 mended blanket", "en")


def test_links_hashtags_and_small_words_say_nothing():
    said = stems_of("Was habt ihr heute vor? https://bergquell.example/quelle #Wasser", "de")
    assert frozenset() == said


def test_two_texts_with_one_word_in_common_have_too_little_to_tell():
    assert 0.0 == vocabulary_of(WATER).overlap("Natrium!", "Natrium?")


def said(text, at, **changes):
    return Said(**{"text": text, "at": at, "platforms": ("x",), "order": "b0"} | changes)


def post_of(text, **changes):
    given = {
        "id": "p", "brand": WATER.name, "text": text, "platforms": ("x",), "language": "de",
        "brand_voice": WATER.voice, "generated_by": "writer", "brief_id": "b1",
    }  # fmt: skip
    return ContentPost(**given | changes)


def brief_of(**changes):
    given = {
        "id": "b1", "brand": WATER.name, "topic": "wandern", "why": "-", "facts": WATER.facts[-3:],
        "platforms": ("x",), "language": "de", "due_at": NOON,
    }  # fmt: skip
    return Brief(**given | changes)


def verdict(text, *earlier, brand=WATER, **order):
    """What the rule says of a draft beside those texts."""
    checks = check_draft(
        post_of(text), brand=brand, brief=brief_of(**order), lately=Lately(said=earlier)
    )
    return next(check for check in checks if check.rule == "repeated")


def test_a_draft_that_says_what_was_said_four_days_ago_is_held_with_text_and_date():
    check = verdict(DEPTH_RETOLD, said(DEPTH, NOON - 4 * DAY))
    assert Verdict.HOLD is check.verdict
    assert f"said on 2026-03-16: “{DEPTH}”" == check.evidence
    assert "wait until 14 days have passed" in check.remedy


def test_what_was_said_before_the_window_may_be_said_again():
    assert Verdict.PASS is verdict(DEPTH_RETOLD, said(DEPTH, NOON - 15 * DAY)).verdict


def test_the_window_is_the_brands_own():
    short = WATER.model_copy(
        update={"posting": WATER.posting.model_copy(update={"repeat_after": 3 * DAY})}
    )
    before = said(DEPTH, NOON - 4 * DAY)
    assert Verdict.PASS is verdict(DEPTH_RETOLD, before, brand=short).verdict
    assert policy_version(short) != policy_version(WATER)


def test_what_is_planned_for_tomorrow_is_not_anticipated_today():
    assert Verdict.HOLD is verdict(DEPTH_RETOLD, said(DEPTH, NOON + DAY)).verdict


def test_what_was_said_on_other_platforms_is_said_to_others():
    elsewhere = said(DEPTH, NOON - DAY, platforms=("mastodon",))
    assert Verdict.PASS is verdict(DEPTH_RETOLD, elsewhere).verdict


def test_a_variant_of_the_same_order_is_no_repetition():
    assert Verdict.PASS is verdict(DEPTH_RETOLD, said(DEPTH, NOON, order="b1")).verdict


def test_an_order_that_is_still_open_says_only_what_all_of_its_variants_say():
    other = said(WATER.fact("umkreis").text, NOON - DAY)
    assert Verdict.PASS is verdict(DEPTH_RETOLD, said(DEPTH, NOON - DAY), other).verdict
    both = said(f"Schon gewusst? {DEPTH}", NOON - DAY), said(DEPTH, NOON - DAY)
    assert Verdict.HOLD is verdict(DEPTH_RETOLD, *both).verdict


@pytest.mark.parametrize("meant", [{"duty": "oeffnungszeiten"}, {"again": True}])
def test_who_repeats_on_purpose_is_held_for_the_same_words_only(meant):
    before = said(f"{DEPTH} #Wasser", NOON - DAY)
    assert Verdict.PASS is verdict(DEPTH_RETOLD, before, **meant).verdict
    assert Verdict.HOLD is verdict(DEPTH, before, **meant).verdict


def test_the_same_few_words_are_a_repetition_though_they_tell_little():
    assert Verdict.HOLD is verdict("Gut so.", said("Gut so!", NOON - DAY)).verdict
    assert Verdict.PASS is verdict("Gut so.", said("Sehr gut.", NOON - DAY)).verdict


def test_the_door_does_not_ask_again_what_a_person_has_let_pass():
    brief, before = brief_of(), [said(DEPTH, NOON - DAY)]
    bare = post_of(DEPTH_RETOLD)
    lately = Lately(said=before)
    checks = check_draft(bare, brand=WATER, brief=brief, lately=lately)
    approved = bare.model_copy(update={"compliance_checks": checks})
    other = WATER.model_copy(update={"keywords": (*WATER.keywords, "quelle")})

    assert Verdict.HOLD in {check.verdict for check in checks if check.rule == "repeated"}
    for brand in (WATER, other):
        assert () == stricter(approved, brand, at=NOON)


def test_a_post_that_nobody_compared_has_no_verdict_on_it():
    post = checked(post_of(DEPTH), WATER, at=NOON)
    assert "repeated" not in {check.rule for check in post.compliance_checks}


def test_a_window_is_written_in_days_or_hours_and_is_two_weeks_by_itself():
    given = WATER.posting.model_dump()
    assert 14 * DAY == Posting(**given | {"repeat_after": "14d"}).repeat_after
    assert 2 * DAY == Posting(**given | {"repeat_after": "48h"}).repeat_after
    assert 14 * DAY == Posting.model_fields["repeat_after"].default
