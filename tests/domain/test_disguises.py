"""Names, links, handles and numbers in disguise do not pass the rules."""

import pytest

from tests.domain.test_rules import WATER, WOOL, draft, offenders


@pytest.mark.parametrize(
    ("rule", "text", "brand"),
    [
        ("handles", "Frag evil_wasser, die wissen es", WATER),
        ("handles", "Mehr bei anna.k.", WATER),
        ("handles", "Frag ᴇᴠɪʟ_ᴡᴀꜱꜱᴇʀ", WATER),
        ("links", "Mehr auf ᴇᴠɪʟ.ᴄᴏᴍ", WATER),
        ("links", "Mehr auf 🅴🆅🅸🅻.🅲🅾🅼", WATER),
        ("names", "Das sagt auch ɴɪɴᴀ.", WATER),
        ("names", "Das sagt auch 🅝🅘🅝🅐.", WATER),
        ("names", "Das sagt auch N i n a.", WATER),
        ("names", "Das sagt auch 🇳 🇮 🇳 🇦.", WATER),
        ("numbers", "Schon ❸❼ Leute waren da", WATER),
        ("plain_letters", "Das sagt auch ɴɪɴᴀ.", WATER),
        ("plain_letters", "🅽🅸🅽🅰 weiß es", WATER),
        ("handles", "Thanks to wool_fan", WOOL),
        ("names", "Says ɴɪɴᴀ as well", WOOL),
    ],
)
def test_a_disguise_is_seen_through(rule, text, brand):
    assert rule in offenders(draft(text, brand))


def test_what_a_fact_or_an_account_of_the_brand_has_is_no_foreign_account():
    fact = WATER.facts[0].model_copy(update={"text": "Unser Wasser heißt quell_pur."})
    own = WATER.model_copy(update={"facts": (fact,)})
    assert "handles" not in offenders(draft("Probiert quell_pur!", own))
    assert "handles" in offenders(draft("Probiert quell_pur!", WATER))


def test_forms_for_all_genders_and_abbreviations_are_no_accounts():
    said = draft("Für Kund_innen, z.B. Wanderer.innen, jede_r und v.Chr. wie n.Chr.", WATER)
    assert "handles" not in offenders(said)
