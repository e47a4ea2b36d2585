"""How good a draft is by what can be counted, and what the brand's autonomy makes of it."""

import pytest

from domain.brand import Autonomy, Brand
from domain.posts import QualityScore
from domain.risk import Assessed, ByRisk, Risk
from domain.rules import check_draft, confidence, decide
from tests.domain.test_rules import TRUE, WATER, brief_of, draft_post


def test_novelty_falls_to_nothing_for_a_text_that_was_just_said():
    post = draft_post(TRUE["quellwerk"], WATER)
    assert confidence(post, ()).novelty == 1.0
    assert confidence(post, (), recent=(TRUE["quellwerk"],)).novelty == 0.0


def test_voice_falls_with_each_habit_that_is_broken():
    kept = confidence(draft_post("Unser Wasser. Habt ihr Fragen?", WATER), ())
    broken = confidence(draft_post("Unser Wasser! Haben Sie Fragen! 💧", WATER), ())
    assert (kept.voice, broken.voice) == (1.0, 0.4)


def test_long_words_and_sentences_read_worse():
    plain = confidence(draft_post("Das Wasser ist kalt. Wir mögen das.", WATER), ())
    stiff = "Die Mineralwasserabfüllungsanlagenbetriebsgenehmigung unterliegt Bestimmungen."
    assert plain.readability > confidence(draft_post(stiff, WATER), ()).readability


def in_voice(text, **changes):
    post = draft_post(text, WATER)
    voice = post.brand_voice.model_copy(update=changes)
    return confidence(post.model_copy(update={"brand_voice": voice}), ())


def test_a_text_like_one_that_the_brand_would_never_write_is_less_in_its_voice():
    never = ("Unser Wasser ist der Hammer, Leute, greift zu.",)
    like = in_voice("Unser Wasser ist der Hammer, Leute.", unlike=never)
    assert like.voice < in_voice("Kaltes Wasser aus dem Harz.", unlike=never).voice == 1.0


def test_a_text_reads_well_enough_for_experts_and_not_for_everybody():
    text = "Die Füllmenge jeder Mehrwegflasche entspricht den geltenden Bestimmungen."
    easy, demanding = (in_voice(text, reading=one).readability for one in ("easy", "demanding"))
    assert easy < demanding


def _quality(accepted: float | None = None, *, overall: float = 0.9, **told: int) -> QualityScore:
    return QualityScore(
        overall=overall, voice=1, novelty=1, readability=1, accepted=accepted, **told
    )


def decided(brand: Brand, text: str, quality: QualityScore | None, risk: Risk = Risk.LOW):
    checks = check_draft(draft_post(text, brand), brand=brand, brief=brief_of(brand))
    return decide(brand, checks, quality, assessed=Assessed(risk, "of a test"))


@pytest.mark.parametrize(
    ("autonomy", "text", "accepted", "decision"),
    [
        ("guarded", "Unser Wasser.", 0.9, "approved"),
        ("guarded", "Unser Wasser.", 0.1, "held"),
        ("guarded", "Unser Wasser von Sabine.", 0.9, "held"),
        ("guarded", "Unser billiges Wasser.", 0.9, "rejected"),
        ("manual", "Unser Wasser.", 0.9, "held"),
        ("full", "Unser Wasser.", 0.1, "approved"),
        ("full", "Unser Wasser von Sabine.", 0.9, "held"),
        ("full", "Unser billiges Wasser.", 0.9, "rejected"),
    ],
)
def test_autonomy_decides_what_waits(autonomy, text, accepted, decision):
    brand = WATER.model_copy(update={"autonomy": Autonomy(autonomy)})
    actual, reason = decided(brand, text, _quality(accepted))
    assert actual == decision
    assert reason


def test_each_risk_has_its_own_autonomy_and_the_reason_names_the_risk():
    brand = WATER.model_copy(update={"autonomy": ByRisk(low=Autonomy.FULL, high=Autonomy.MANUAL)})
    sure, unsure = _quality(0.9), _quality(0.1)
    assert [("approved", "held", "held"), ("approved", "approved", "held")] == [
        tuple(decided(brand, "Unser Wasser.", quality, risk)[0] for risk in Risk)
        for quality in (unsure, sure)
    ]
    _, reason = decided(brand, "Unser Wasser.", sure, Risk.HIGH)
    assert "the brand approves such posts itself; high risk: of a test" == reason


@pytest.mark.parametrize("overall", [0.01, 0.99])
@pytest.mark.parametrize(("wish", "decision"), [("wait", "held"), ("publish", "approved")])
def test_uncalibrated_the_brand_file_decides_and_no_raw_score(wish, decision, overall):
    brand = WATER.model_copy(update={"before_calibration": wish})
    actual, reason = decided(brand, "Unser Wasser.", _quality(overall=overall, decisions=12))
    assert decision == actual
    assert f"uncalibrated (quality {overall}): 12 decisions of people" in reason


def test_uncalibrated_a_brand_that_says_nothing_of_it_publishes_nothing_by_itself():
    assert "held" == decided(WATER, "Unser Wasser.", _quality())[0]


def test_what_a_rule_holds_waits_whatever_the_brand_file_says_of_calibration():
    brand = WATER.model_copy(update={"before_calibration": "publish"})
    assert "held" == decided(brand, "Unser Wasser von Sabine.", _quality())[0]


def test_of_a_text_that_a_person_wrote_nobody_asks_how_sure_it_is():
    actual, reason = decided(WATER, "Unser Wasser.", None)
    assert ("approved", "all checks passed; low risk: of a test") == (actual, reason)
