"""Cards: words as a picture that never overflow, and are the same for the same words."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from content.media.cards import MARGIN, PALETTES, SIZE, card_text, render_card
from storage.brand_files import load_brands

BRANDS = load_brands(Path(__file__).resolve().parents[2] / "brands")
BRAND = BRANDS["bergquell"]


def pixels(text):
    return np.asarray(Image.open(io.BytesIO(render_card(text, brand=BRAND))).convert("RGB"))


def test_a_card_has_the_shape_that_every_platform_takes():
    assert (SIZE[1], SIZE[0], 3) == pixels("Frisch vom Berg.").shape


def test_the_same_words_are_the_same_file():
    assert render_card("Frisch.", brand=BRAND) == render_card("Frisch.", brand=BRAND)


@pytest.mark.parametrize(
    "text",
    ["Frisch.", "wort " * 60, "Donaudampfschifffahrtsgesellschaftskapitän" * 4, "w" * 900],
)
def test_no_text_leaves_the_card(text):
    card = pixels(text).astype(int)
    ground = card[2, 2]
    strange = np.abs(card - ground).sum(axis=2) > 120

    assert not strange[:, : MARGIN // 2].any()
    assert not strange[:, -MARGIN // 2 :].any()
    assert not strange[: MARGIN // 2].any()
    assert not strange[-MARGIN // 2 :].any()


def test_links_hashtags_and_emojis_stay_out_of_the_picture():
    said = "Frisch vom Berg 🏔️ #wasser https://bergquell.example/quelle"

    assert "Frisch vom Berg" == card_text(said)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", PALETTES)
def test_the_words_can_be_read_on_every_ground(palette):
    ground, ink, _ = map(luminance, palette)

    assert (max(ground, ink) + 0.05) / (min(ground, ink) + 0.05) >= 7
