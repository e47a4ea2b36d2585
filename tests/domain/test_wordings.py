"""A post says one thing in several texts: each is judged where it goes, and the post as one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.compliance import Verdict
from domain.platforms import Platform
from domain.posts import ContentPost
from domain.rechecking import checked, with_text
from domain.rules import Lately, Said, check_draft
from domain.wordings import fullest, is_shortened, wording_on, wordings
from domain.writing import Brief
from storage.brand_files import load_brands

BRAND = load_brands(Path(__file__).resolve().parents[2] / "brands")["bergquell"]
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DEEP, OLD = BRAND.facts[0], BRAND.facts[1]
HERE = (Platform.X, Platform.LINKEDIN, Platform.FACEBOOK)
LONG = f"{DEEP.text}\n\nAußerdem: {OLD.text}\n\n#Wasser"


def post_of(text=DEEP.text, **adaptations):
    return ContentPost(
        id="p1", brand=BRAND.name, text=text, platforms=HERE, language="de",
        adaptations={Platform(name): said for name, said in adaptations.items()},
        brand_voice=BRAND.voice, generated_by="composer",
    )  # fmt: skip


def checks_of(post, **around):
    brief = Brief(
        id="b1", brand=BRAND.name, topic="wasser", why="a test", facts=BRAND.facts,
        platforms=HERE, language="de", due_at=AT,
    )  # fmt: skip
    return {one.rule: one for one in check_draft(post, brand=BRAND, brief=brief, **around)}


def test_each_text_stands_once_with_the_platforms_that_get_it():
    found = wordings(post_of(linkedin=LONG))
    assert [(DEEP.text, (Platform.X, Platform.FACEBOOK)), (LONG, (Platform.LINKEDIN,))] == [
        (one.text, one.platforms) for one in found
    ]
    assert ("Wasser",) == found[1].hashtags


def test_a_post_reads_on_each_platform_as_it_goes_out_there():
    post = post_of(linkedin=f"{LONG}\n\n{DEEP.link}")
    assert (DEEP.link, None) == (
        wording_on(post, Platform.LINKEDIN).link, wording_on(post, Platform.X).link,
    )  # fmt: skip


def test_a_post_that_was_kept_before_posts_had_adaptations_reads_as_before():
    document = post_of().model_dump(mode="json")
    assert "adaptations" not in document
    assert post_of() == ContentPost.model_validate(document)


def test_a_number_that_no_fact_gives_is_blocked_where_only_one_platform_would_see_it():
    numbers = checks_of(post_of(linkedin=f"{DEEP.text} Das sind 777 Stufen."))["numbers"]
    assert Verdict.BLOCK is numbers.verdict
    assert numbers.evidence.startswith("on linkedin: ")
    assert "777" in numbers.evidence


def test_each_text_has_the_length_of_its_own_platform():
    much = "\n\n".join(fact.text for fact in BRAND.facts[:6])
    assert Verdict.PASS is checks_of(post_of(linkedin=much))["length"].verdict
    length = checks_of(post_of(x=much))["length"]
    assert (Verdict.BLOCK, "on x: x") == (length.verdict, length.evidence[:7])


def test_what_is_wrong_in_every_text_is_said_once_without_naming_platforms():
    wrong = checks_of(post_of(f"{DEEP.text} Detox!", linkedin=f"{LONG}\n\nDetox!"))["banned_terms"]
    assert (Verdict.BLOCK, "Detox") == (wrong.verdict, wrong.evidence)


def test_a_shorter_text_is_not_let_pass_by_a_longer_one_that_has_its_label():
    ad = f"Anzeige: Gewinnspiel! {DEEP.text}"
    bare = f"Gewinnspiel! {DEEP.text}"
    disclosure = checks_of(post_of(ad, linkedin=bare))["disclosure"]
    assert disclosure.verdict is not Verdict.PASS
    assert disclosure.evidence.startswith("on linkedin: ")


def test_a_label_that_stands_in_a_hashtag_is_missed_where_the_hashtag_is_left_out():
    body = f"Gewinnspiel mit Rabattcode: {DEEP.text}"
    with_tag, without_tag = (checks_of(post_of(body, linkedin=f"{body}\n\n{tag}")) for tag in
                             ("#Anzeige", "#Wasser"))  # fmt: skip
    assert Verdict.PASS is not without_tag["disclosure"].verdict
    assert "x, facebook" in with_tag["disclosure"].evidence


def test_a_longer_text_counts_as_its_post_and_not_as_a_second_one():
    """What stood second on LinkedIn may have a post of its own; the main fact may not again."""
    earlier = post_of(linkedin=LONG)
    said = [Said(earlier.text, AT.replace(day=1), HERE)]
    again, fresh = (
        checks_of(post_of(text), lately=Lately(said=said))["repeated"].verdict
        for text in (f"Tief unter dem Iseler: {DEEP.text}", OLD.text)
    )
    assert (Verdict.HOLD, Verdict.PASS) == (again, fresh)


def test_an_adaptation_that_says_what_was_said_there_lately_is_held():
    said = [Said(OLD.text, AT.replace(day=1), (Platform.LINKEDIN,))]
    repeated = checks_of(post_of(linkedin=LONG), lately=Lately(said=said))["repeated"]
    assert (Verdict.HOLD, "on linkedin: ") == (repeated.verdict, repeated.evidence[:13])


@pytest.mark.parametrize(
    ("text", "fuller", "is_so"),
    [
        ("Eins.", "Eins.\n\nZwei.", True),
        ("Eins.\n\nDrei.", "Eins.\n\nZwei.\n\nDrei.", True),
        ("Eins.\n\n#A", "Eins.\n\nZwei.\n\n#B #A", True),
        ("Eins.\n\n#C", "Eins.\n\nZwei.\n\n#B #A", False),
        ("Zwei.\n\nEins.", "Eins.\n\nZwei.", False),
        ("Eins.\n\nEins.", "Eins.\n\nZwei.", False),
        ("Nur 5\n\nEuro.", "Nur 5\n\nMinuten für zwei\n\nEuro.", False),
        ("Ein", "Eins.", False),
    ],
)
def test_a_text_is_shortened_where_whole_sentences_are_left_out(text, fuller, is_so):
    assert is_so == is_shortened(text, fuller)


def test_a_judge_reads_only_what_says_something_of_its_own():
    post = post_of(linkedin=LONG, facebook=f"{LONG}\n\nMehr: {DEEP.link}")
    assert 1 == len(fullest(post_of(linkedin=LONG)))
    assert 2 == len(fullest(post))


def test_a_new_text_stands_everywhere_and_that_of_one_platform_only_there():
    post = post_of(linkedin=LONG)
    assert {} == with_text(post, "Neu.").adaptations
    there = with_text(post, "Neu.", platform=Platform.FACEBOOK)
    assert (DEEP.text, LONG, "Neu.") == tuple(map(there.text_for, HERE))
    back = with_text(there, DEEP.text, platform=Platform.LINKEDIN)
    assert {Platform.FACEBOOK: "Neu."} == back.adaptations


def test_a_post_is_judged_again_in_every_text():
    post = checked(post_of(linkedin=f"{DEEP.text} Das sind 777 Stufen."), BRAND, at=AT)
    assert any("on linkedin" in one.evidence for one in post.compliance_checks)
