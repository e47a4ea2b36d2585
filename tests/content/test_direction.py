"""What is shown of a post comes from the facts that it states, and from nothing else."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from content.media.direction import other_picture, storyboard_of, visual_of
from domain.brand import Fact
from domain.platforms import Platform
from domain.writing import Brief
from storage.brand_files import load_brands

BRANDS = load_brands(Path(__file__).resolve().parents[2] / "brands")
BERGQUELL, NORTHLOOM = BRANDS["bergquell"], BRANDS["northloom"]


def shown(text, *, brand=BERGQUELL, facts=None):
    language = brand.voice.language
    return visual_of(text, facts or brand.facts, language=language, topic="wasser")


@pytest.mark.parametrize(
    ("brand", "fact", "figure"),
    [
        (BERGQUELL, "quelle-tiefe", "184 m"),
        (BERGQUELL, "limo-sorten", "5 Sorten"),
        (BERGQUELL, "umkreis", "200 km"),
        (NORTHLOOM, "shetland-flocks", "11 farms"),
        (NORTHLOOM, "king-blanket", "1.9 kg"),
    ],
)
def test_the_only_figure_of_a_fact_is_shown_large(brand, fact, figure):
    text = brand.fact(fact).text
    (slide,) = shown(f"Gut zu wissen: {text}", brand=brand).slides

    assert ("figure", figure, text) == (slide.kind, slide.figure, slide.headline)


@pytest.mark.parametrize(
    ("brand", "fact", "bars"),
    [
        (BERGQUELL, "natrium", [("Natrium", 6, "6 mg"), ("Calcium", 92, "92 mg")]),
        (NORTHLOOM, "micron", [("Lambswool", 24, "24 microns"), ("Merino", 18, "18 microns")]),
    ],
)
def test_amounts_of_one_unit_are_compared(brand, fact, bars):
    (slide,) = shown(brand.fact(fact).text, brand=brand).slides

    assert bars == [(bar.label, bar.value, bar.shown) for bar in slide.bars]


@pytest.mark.parametrize(
    ("fact", "words", "by"),
    [
        ("„Das Wasser war vor uns da“, sagt Vroni Ess.", "Das Wasser war vor uns da", "Vroni Ess"),
        ("“Wool forgives a lot,” says Tom.", "Wool forgives a lot", "Tom"),
    ],
)
def test_somebody_s_own_words_are_set_as_a_quote(fact, words, by):
    (slide,) = shown(fact, facts=[Fact(id="q", topic="wasser", text=fact)]).slides

    assert ("quote", words, by) == (slide.kind, slide.headline, slide.by)


@pytest.mark.parametrize("fact", ["preis-kiste", "limo-preis", "fuehrung", "solardach"])
def test_a_fact_with_several_kinds_of_figures_is_set_as_a_statement(fact):
    (slide,) = shown(BERGQUELL.fact(fact).text).slides

    assert ("statement", "") == (slide.kind, slide.figure)


def test_several_facts_are_swiped_through_from_a_question_to_an_invitation():
    facts = [BERGQUELL.fact(name).text for name in ("quelle-tiefe", "quelle-alter")]
    text = f"Kanntet ihr das?\n\n{facts[0]}\n\nAußerdem: {facts[1]}\n\nErzählt es weiter. #Wasser"

    slides = shown(text).slides

    assert ["Kanntet ihr das?", *facts, "Erzählt es weiter."] == [s.headline for s in slides]


def test_a_fact_that_the_post_leaves_out_is_not_shown():
    slides = shown("Frisch vom Berg. Kalt und klar.").slides

    assert ["Frisch vom Berg."] == [slide.headline for slide in slides]
    assert "184" not in slides[0].words


def test_links_and_hashtags_stay_out_of_the_picture():
    (slide,) = shown("Frisch vom Berg.\n\nMehr: https://bergquell.example/a\n\n#Wasser").slides

    assert "Frisch vom Berg." == slide.words


def test_a_post_of_hashtags_alone_still_has_words_to_show():
    (slide,) = shown("#Wasser #Berg").slides

    assert slide.headline


@pytest.mark.parametrize("brand", BRANDS.values(), ids=BRANDS)
def test_a_clip_is_as_long_as_every_platform_takes_and_says_its_fact(brand):
    for fact in brand.facts:
        board = storyboard_of([fact], brand=brand, language=brand.voice.language, topic=fact.topic)

        assert 3 <= board.seconds <= 6
        assert fact.text in [scene.slide.headline for scene in board.scenes]


def test_a_formal_brand_asks_formally():
    voice = BERGQUELL.voice.model_copy(update={"formal_address": True})
    brand = BERGQUELL.model_copy(update={"voice": voice})
    fact = Fact(id="a", topic="wasser", text="Das Wasser kommt aus 184 Metern Tiefe.")

    board = storyboard_of([fact], brand=brand, language="de", topic="wasser")

    assert "Wussten Sie das?" == board.scenes[0].slide.headline


def test_a_carousel_of_one_fact_opens_with_the_question_and_ends_with_the_invitation():
    text = f"Wusstet ihr das?\n\n{BERGQUELL.facts[0].text}\n\nWer war schon da?"
    pages = visual_of(text, BERGQUELL.facts, language="de", topic="wasser", paged=True).slides

    words = ["Wusstet ihr das?", BERGQUELL.facts[0].text, "Wer war schon da?"]
    assert words == [page.headline for page in pages]


def test_a_carousel_of_a_bare_fact_opens_with_its_topic():
    text = BERGQUELL.facts[0].text
    pages = visual_of(text, BERGQUELL.facts, language="de", topic="wasser", paged=True).slides

    assert ["Wasser", text] == [page.headline for page in pages]


@pytest.mark.parametrize(
    ("fact", "shown_as", "difference"),
    [
        ("quelle-tiefe", "words", "picture: the sentence instead of the figure"),
        ("natrium", "words", "picture: the sentence instead of the chart"),
        ("fuehrung", "accent", "picture: the card in the accent's colour"),
    ],
)
def test_what_is_shown_can_be_shown_in_another_way_that_is_named(fact, shown_as, difference):
    told = BERGQUELL.fact(fact)
    brief = Brief(
        id="b", brand="bergquell", topic=told.topic, why="-", facts=(told,), language="de",
        platforms=(Platform.INSTAGRAM,), due_at=datetime(2026, 3, 2, tzinfo=UTC),
        formats={Platform.INSTAGRAM: "pictures"},
    )  # fmt: skip
    assert (shown_as, difference) == other_picture(told.text, brief, brand=BERGQUELL)

    visual = visual_of(told.text, [told], language="de", shown_as=shown_as)
    (slide,) = visual.slides
    assert ("statement", told.text) == (slide.kind, slide.headline)
    assert visual.on_accent == (shown_as == "accent")


def test_an_answer_is_not_shown_without_its_question():
    text = f"{BERGQUELL.facts[0].text}\n\nNoch Fragen? Wir antworten gern.\n\n#Wasser"
    pages = visual_of(text, BERGQUELL.facts, language="de", topic="wasser", paged=True).slides

    assert "Noch Fragen? Wir antworten gern." == pages[-1].headline
