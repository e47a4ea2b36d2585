"""Cards: words as a picture that never overflow, in any script, and can be read on every ground."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from content.media.cards import HD, PORTRAIT, SQUARE, TALL, WIDE, Sheet, render_card
from content.media.fonts import Face, runs_of
from content.media.grounds import LOOKS, ground, look_of
from content.media.typesetting import Box, Style, fit, in_order_of_sight, width_of
from domain.errors import InputError
from domain.look import LEAST_CONTRAST, Look, contrast
from domain.visuals import Bar, Slide
from storage.brand_files import load_brands

BRANDS = load_brands(Path(__file__).resolve().parents[2] / "brands")
PLAIN = Look(ground="#ffffff", ink="#000000", accent="#b0452c", typeface="serif")
SIZES = (PORTRAIT, SQUARE, WIDE, TALL, HD)
WORDS = {
    "one word": "Frisch.",
    "many words": "wort " * 400,
    "a long word": "Donaudampfschifffahrtsgesellschaftskapitän" * 4,
    "letters without end": "w" * 900,
    "five thousand words": "Wasser, das aus der Tiefe kommt. " * 1000,
    "Arabic": "مرحبا بكم في Bergquell منذ 1926 (نحن هنا) " * 3,
    "Hebrew": "שלום עולם 184 מטר",
    "emojis": "Frisch vom Berg 🏔️👩‍🌾🇩🇪👍🏽 und kalt ❄️ " * 4,
    "Hindi and Thai": "हिन्दी में लिखा हुआ ไทยเขียนไม่เว้นวรรคเลยแม้แต่น้อยเพื่อทดสอบ",
}


def rim(image, sheet):
    """What differs from the ground outside of the words' own room."""
    box, foot = sheet.box, sheet.px(170)
    changed = np.asarray(image) != np.asarray(ground(sheet.look, image.size))
    changed = changed.any(axis=2)
    slack = sheet.px(14)
    changed[: box.top + box.height + foot, box.left - slack : box.left + box.width + slack] = False
    return changed


def drawn(slide, size=PORTRAIT, look=PLAIN, **more):
    return render_card(slide, look=look, title="Bergquell", size=size, **more)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_no_text_leaves_its_room(words, size):
    slide = Slide(headline=words, body=words[:3000], kicker=words[:80])
    image = drawn(slide, size, place="2/4")

    assert not rim(image, Sheet(image, PLAIN)).any()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "slide",
    [
        Slide(kind="figure", figure="184 m", headline=WORDS["many words"]),
        Slide(kind="figure", figure="1.234.567.890 Quadratkilometer", headline="Viel."),
        Slide(kind="quote", headline=WORDS["many words"], by="Vroni " * 40),
        Slide(
            kind="chart",
            headline=WORDS["many words"],
            bars=tuple(
                Bar(label="Calciumhydrogencarbonat " * 3, value=n, shown=f"{n} Milligramm je Liter")
                for n in range(1, 7)
            ),
        ),
    ],
    ids=lambda slide: slide.kind,
)
def test_no_kind_of_card_overflows(slide, size):
    image = drawn(slide, size)

    assert not rim(image, Sheet(image, PLAIN)).any()


ALPHABETS = ("abcdefghijklm ÄÖÜß.,!-", "ابتثجحخدذ ١٢", "אבגדהוז 12", "αβγδ эюя", "a 🏔👍🧶 b")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(*(st.text(alphabet=letters, min_size=1, max_size=30) for letters in ALPHABETS)),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(["grotesk", "serif"]),
    st.sampled_from([400, 700]),
)
def test_whatever_is_set_fits_its_box_and_nothing_is_lost(parts, typeface, weight):
    text = " ".join(parts)
    face, box = Face(typeface, weight), Box(0, 0, 700, 500)

    setting = fit(text, box, Style(face, 120, 24))

    assert setting.height <= box.height
    for line in setting.lines:
        assert width_of(line, face, setting.size) <= box.width
    if not setting.cut:
        assert "".join(text.split()) == "".join("".join(setting.lines).split())


def test_a_text_that_is_too_long_ends_in_an_ellipsis_at_a_word():
    setting = fit("wasser " * 2000, Box(0, 0, 600, 300), Style(Face("serif", 400), 60, 30))

    assert setting.cut
    assert setting.lines[-1].endswith("wasser…")


def test_a_text_is_set_smaller_before_a_word_of_it_is_broken():
    style = Style(Face("grotesk", 700), 132, 34)
    words = "Unsere Mineralwasserflaschen sind aus Glas."

    setting = fit(words, Box(0, 0, 888, 900), style)

    assert words.split() == " ".join(setting.lines).split()


def test_an_empty_text_is_no_card():
    with pytest.raises(ValueError, match="headline"):
        Slide(headline="")


def test_signs_that_no_font_has_are_named_with_what_to_do():
    with pytest.raises(InputError, match=r"no font here has the signs 日 本; write them otherwise"):
        drawn(Slide(headline="Wasser aus 日本"))


def test_an_emoji_of_several_parts_stays_whole():
    runs = runs_of("vom Berg 👩‍🌾🇩🇪", Face("grotesk", 700))

    assert ["vom Berg ", "👩‍🌾🇩🇪"] == [run.text for run in runs]


def test_latin_words_in_an_arabic_line_stand_where_they_are_read():
    seen = in_order_of_sight(runs_of("مرحبا Bergquell نحن", Face("grotesk", 700)))

    assert ["نحن", "Bergquell", "مرحبا"] == [run.text for run in seen if run.text.strip()]


def test_arabic_words_in_a_latin_line_stand_where_they_are_read():
    seen = in_order_of_sight(runs_of("Wir sagen مرحبا und gehen", Face("grotesk", 700)))

    assert ["Wir sagen", "مرحبا", "und gehen"] == [r.text for r in seen if r.text.strip()]


def test_the_same_slide_is_the_same_picture():
    slide = Slide(headline="Frisch.", kicker="Wasser")
    assert drawn(slide).tobytes() == drawn(slide).tobytes()


@pytest.mark.parametrize("look", [*LOOKS, *map(look_of, BRANDS.values())])
def test_every_word_can_be_read_on_its_ground(look):
    sheet = Sheet(Image.new("RGB", PORTRAIT), look)

    assert contrast(look.ink, look.ground) >= 7
    assert contrast(sheet.muted, look.ground) >= LEAST_CONTRAST


@pytest.mark.parametrize("look", [*LOOKS, *map(look_of, BRANDS.values())])
@pytest.mark.parametrize("size", SIZES)
def test_words_can_be_read_where_they_cross_the_motif(look, size):
    sheet = Sheet(ground(look, size), look)
    box = sheet.box
    under = sheet.image.crop((box.left, 0, box.left + box.width, box.top + box.height))

    for colour in {colour for _, colour in under.getcolors(1_000_000)}:
        assert contrast(look.ink, "#{:02x}{:02x}{:02x}".format(*colour)) >= LEAST_CONTRAST


def test_colours_that_cannot_be_read_are_refused_with_the_remedy():
    with pytest.raises(ValueError, match=r"contrast of 1\.\d:1; take colours with at least 4\.5:1"):
        Look(ground="#f0f0f0", ink="#dddddd", accent="#000000")


def test_a_chart_is_as_long_as_its_figures():
    bars = (
        Bar(label="Natrium", value=30, shown="30 mg"),
        Bar(label="Calcium", value=90, shown="90 mg"),
    )
    slide = Slide(kind="chart", headline="Im Liter", bars=bars)
    accent = np.array([0xB0, 0x45, 0x2C])

    shown = (np.asarray(drawn(slide)) == accent).all(axis=2).sum(axis=1)
    full = shown.max()
    third = shown[shown < full / 2].max()

    assert full / third == pytest.approx(3, rel=0.02)


@pytest.mark.parametrize("look", [*LOOKS, *(brand.look for brand in BRANDS.values())])
def test_words_on_the_accent_can_be_read(look):
    other = look.on_accent

    assert look.accent == other.ground
    assert contrast(other.ink, other.ground) >= LEAST_CONTRAST
