"""How good a draft is by what can be counted, and what the brand's autonomy makes of it."""

import pytest

from domain.brand import Autonomy
from domain.posts import QualityScore
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


def _quality(overall: float) -> QualityScore:
    return QualityScore(overall=overall, voice=1, novelty=1, readability=1)


@pytest.mark.parametrize(
    ("autonomy", "text", "overall", "decision"),
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
def test_autonomy_decides_what_waits(autonomy, text, overall, decision):
    brand = WATER.model_copy(update={"autonomy": Autonomy(autonomy)})
    checks = check_draft(draft_post(text, brand), brand=brand, brief=brief_of(brand))
    actual, reason = decide(brand, checks, _quality(overall))
    assert actual == decision
    assert reason
