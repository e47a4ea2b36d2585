"""How much may go wrong with a post, and what that comes from."""

import pytest

from domain.campaigns import Campaign
from domain.media import MediaAsset
from domain.risk import Assessed, Risk
from domain.rules import risk_of
from tests.domain.test_rules import WATER, WOOL, draft_post


def risk(text, brand=WATER, **changes) -> Assessed:
    by = {"generated_by": "composer"} | changes
    return risk_of(draft_post(text, brand).model_copy(update=by), brand)


@pytest.mark.parametrize("by", ["composer", "person"])
def test_plain_words_of_ours_about_facts_are_of_low_risk(by):
    found = risk("Unser Wasser kommt aus 180 Metern Tiefe.\n\n#Wasser", generated_by=by)
    assert Risk.LOW is found.risk
    assert "low risk: no money" in found.in_words


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Unser Wasser, gesponsert.", "somebody pays for it"),
        ("Anzeige: Unser Gewinnspiel.", "somebody pays for it"),
        ("Unser Wasser ist gesund.", "health (gesund)"),
        ("Eine Flasche als Geldanlage?", "money to be made (geldanlage)"),
        ("Klimaneutral abgefüllt.", "the environment (klimaneutral)"),
        ("Heute kostenlos am Brunnen.", "an offer (kostenlos)"),
        ("Die Kiste kostet 7,90 €.", "a price (7,90 €)"),
        ("Die Kiste kostet 9 Franken.", "a price (9 Franken)"),
        ("Hochwasser im Harz, und wir füllen ab.", "it touches on flood"),
    ],
)
def test_money_claims_prices_and_bad_news_are_of_high_risk(text, why):
    found = risk(text)
    assert Risk.HIGH is found.risk
    assert why in found.why


def test_english_is_read_as_well():
    assert {Risk.HIGH} == {
        risk(text, WOOL).risk
        for text in ("Good for your heart.", "Delivery is 4 pounds.", "A free gift.", "Net zero.")
    }


def test_a_campaign_that_somebody_pays_for_is_of_high_risk_whatever_it_says():
    paid = Campaign(id="c", title="C", starts_on="2026-03-01", ends_on="2026-03-02",
                    topics=("Wasser",), paid_partnership=True)  # fmt: skip
    brand = WATER.model_copy(update={"campaigns": (paid,)})
    assert "somebody pays for it" == risk("Unser Wasser.", brand, campaign="c").why
    assert Risk.LOW is risk("Unser Wasser.", brand).risk


@pytest.mark.parametrize(
    ("maker", "expected"), [("openai/gpt-image-1", Risk.HIGH), ("card", Risk.LOW)]
)
def test_a_picture_by_a_model_is_of_high_risk_and_a_card_of_ours_is_not(maker, expected):
    shown = MediaAsset(id="m", kind="image", sha256="0" * 64, mime_type="image/jpeg", bytes=1,
                       width=10, height=10, alt_text="x", made_by=maker)  # fmt: skip
    assert expected is risk("Unser Wasser.", media=(shown,)).risk


@pytest.mark.parametrize(
    ("text", "changes", "why"),
    [
        ("Unser Wasser.", {"generated_by": "openai/gpt-5"}, "a model wrote it (openai)"),
        ("Mehr: https://quellwerk.example/quelle", {}, "a link (https://quellwerk.example/quelle)"),
        ("Unser Wasser, sagt Sabine.", {}, "names somebody (Sabine)"),
        ("Unser Wasser, sagt Frau Kaulbach.", {}, "names somebody (Kaulbach)"),
        ("Danke, @quellwerk!", {}, "names somebody (@quellwerk)"),
        ("„Das Wasser ist kalt“, heißt es.", {}, "quotes somebody (Das Wasser ist kalt)"),
    ],
)
def test_models_links_names_and_quotations_are_of_medium_risk(text, changes, why):
    found = risk(text, **changes)
    assert Risk.MEDIUM is found.risk
    assert why in found.why


def test_everything_that_makes_it_so_high_is_named_and_nothing_below():
    found = risk("Anzeige: gesund für 7,90 € mit Sabine.")
    assert ["somebody pays for it"] != found.why.split("; ")
    assert 2 == found.why.count("; ") + 1
    assert "Sabine" not in found.why


def test_a_theme_that_the_brands_own_facts_speak_of_is_its_business():
    word = "Ein Schuss Zitrone in unser Wasser."
    assert "it touches on attack" == risk(word).why
    fact = WATER.facts[0].model_copy(update={"text": word})
    own = WATER.model_copy(update={"facts": (fact,)})
    assert Risk.LOW is risk(word, own).risk
