"""Languages beyond German and English: what reads them applies, what does not is named."""

import pytest
from pydantic import ValidationError

from domain.brand import BrandVoice
from domain.compliance import Verdict, worst
from domain.languages import FULL, LANGUAGES, has_decimal_point, name_of
from domain.numbers import find_numbers
from domain.posts import ContentPost
from domain.rules import check_draft, confidence, decide, risk_of
from domain.rules.reading import reads
from domain.writing import Brief
from storage.brand_files import load_brands
from tests.planning.conftest import BRANDS, MORNING

TEXTS = {
    "fr": "Notre eau vient de 184 mètres de profondeur et elle est mise en bouteille ici.",
    "es": "Nuestra agua viene de 184 metros de profundidad y la embotellamos en el manantial.",
    "it": "La nostra acqua viene da 184 metri di profondità e la imbottigliamo alla sorgente.",
    "pl": "Nasza woda pochodzi z głębokości 184 metrów i jest rozlewana u źródła.",
}
BLIND = {"address", "quotation_marks", "dates", "statements"}
"""Rules that read German and English alone."""


def brand_in(code, **voice):
    water = load_brands(BRANDS)["bergquell"]
    fact = water.facts[0].model_copy(update={"text": TEXTS[code], "link": None})
    return water.model_copy(update={
        "voice": BrandVoice(language=code, **voice), "facts": (fact,), "topics": (fact.topic,),
        "keywords": (), "about": TEXTS[code], "terms": water.terms.model_copy(update={
            "required": (), "disclosures": (),
        }),
    })  # fmt: skip


def judged(text, code, *, by="openai/it", **voice):
    brand = brand_in(code, **voice)
    post = ContentPost(
        id="p", brand=brand.name, text=text, platforms=("bluesky",), language=code,
        brand_voice=brand.voice, generated_by=by,
    )  # fmt: skip
    brief = Brief(
        id="b", brand=brand.name, topic=brand.topics[0], why="a test", facts=brand.facts,
        platforms=("bluesky",), language=code, due_at=MORNING,
    )  # fmt: skip
    checks = check_draft(post, brand=brand, brief=brief)
    return {check.rule: check for check in checks}, post, brand


@pytest.mark.parametrize("code", ["fr", "es", "ja", "zu"])
def test_a_brand_may_write_in_any_language_of_iso_639(code):
    assert code == BrandVoice(language=code).language
    assert name_of(code) != code


@pytest.mark.parametrize("wrong", ["xx", "german", "EN", ""])
def test_what_is_no_language_is_refused_with_what_to_write(wrong):
    with pytest.raises(ValidationError, match="is no ISO 639-1 code; write two letters such as"):
        BrandVoice(language=wrong)


def test_every_language_is_named_once():
    assert 183 == len(LANGUAGES)
    assert len(LANGUAGES) == len(set(LANGUAGES.values()))
    assert all(code.isascii() and code.islower() and len(code) == 2 for code in LANGUAGES)


@pytest.mark.parametrize("code", TEXTS)
def test_a_rule_that_does_not_read_the_language_is_skipped_and_named_not_passed(code):
    checks, *_ = judged(TEXTS[code], code)

    skipped = {rule for rule, check in checks.items() if check.verdict is Verdict.SKIP}
    assert skipped >= BLIND
    assert skipped == {rule for rule in checks if not reads(rule, code)} - {"news"}
    assert {f"it does not read {name_of(code)}"} == {checks[rule].evidence for rule in skipped}
    assert all(rule in checks["unread"].evidence for rule in skipped)


@pytest.mark.parametrize("code", TEXTS)
def test_such_a_draft_waits_for_a_person_unless_the_brand_lets_the_rules_decide(code):
    checks, post, brand = judged(TEXTS[code], code)
    assert ["unread"] == [r for r, check in checks.items() if check.verdict is Verdict.HOLD]
    score = confidence(post, tuple(checks.values()))
    assert "held" == decide(brand, tuple(checks.values()), score, assessed=risk_of(post, brand))[0]

    checks, post, brand = judged(TEXTS[code], code, unread="rules")
    assert Verdict.PASS is worst(tuple(checks.values()))
    assert "statements" in checks["unread"].evidence
    score = confidence(post, tuple(checks.values()))
    assert 1.0 == score.readability
    assert (
        "approved" == decide(brand, tuple(checks.values()), score, assessed=risk_of(post, brand))[0]
    )


def test_what_a_person_wrote_needs_no_other_reader():
    checks, *_ = judged(TEXTS["fr"], "fr", by="person")
    assert Verdict.PASS is checks["unread"].verdict


@pytest.mark.parametrize(
    ("rule", "added", "verdict"),
    [
        ("numbers", "Depuis 1871.", "block"),
        ("links", "https://elsewhere.example/eau", "block"),
        ("handles", "Merci @quelquun !", "block"),
        ("names", "Comme le dit Jean Dupont.", "hold"),
        ("personal_data", "Écrivez à marie@exemple.fr.", "block"),
        ("calm", "ACHETEZ!!! ACHETEZ!!! MAINTENANT!!!", "hold"),
        ("emojis", "😀", "block"),
        ("profanity", "What the fuck.", "block"),
    ],
)
def test_rules_that_need_no_language_apply_in_each(rule, added, verdict):
    checks, *_ = judged(f"{TEXTS['fr']} {added}", "fr", unread="rules")
    assert verdict == checks[rule].verdict


def test_an_insult_that_a_rule_happens_to_know_counts_in_a_language_that_it_does_not_read():
    assert Verdict.SKIP is judged(TEXTS["es"], "es")[0]["profanity"].verdict
    checks, *_ = judged(f"{TEXTS['es']} Motherfucker.", "es")
    assert Verdict.BLOCK is checks["profanity"].verdict


@pytest.mark.parametrize("code", TEXTS)
@pytest.mark.parametrize("other", [*TEXTS, "de"])
def test_a_text_in_another_language_than_was_ordered_is_held(code, other):
    german = "Unser Wasser kommt aus 184 Metern Tiefe und wird direkt an der Quelle abgefüllt."
    checks, *_ = judged(TEXTS.get(other, german), code)
    assert (Verdict.PASS if code == other else Verdict.HOLD) is checks["language"].verdict


def test_german_and_english_are_read_in_full():
    water = load_brands(BRANDS)["bergquell"]
    for code in FULL:
        assert all(reads(rule, code) for rule in judged(TEXTS["fr"], "fr")[0])
    fact = water.facts[0]
    post = ContentPost(
        id="p", brand=water.name, text=fact.text, platforms=("bluesky",), language="de",
        brand_voice=water.voice, generated_by="composer",
    )  # fmt: skip
    brief = Brief(
        id="b", brand=water.name, topic=fact.topic, why="a test", facts=(fact,),
        platforms=("bluesky",), language="de", due_at=MORNING,
    )  # fmt: skip
    checks = check_draft(post, brand=water, brief=brief)
    assert Verdict.SKIP not in {check.verdict for check in checks}


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("fr", "1 234,50 €", "1234.5"), ("it", "1.234,5 €", "1234.5"), ("es", "2,5 litros", "2.5"),
        ("en", "1,234.50 €", "1234.5"), ("de", "1.234,50 €", "1234.5"), ("ja", "1,234 €", "1234"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_the_language_writes_them(code, text, value):
    assert value == find_numbers(text, language=code)[0].value
    assert has_decimal_point(code) == (code in ("en", "ja"))
