"""A post's pictures: one for each shape that its platforms want, light, described, and findable."""

import hashlib
import io
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from content.media.cards import PORTRAIT, WIDE, render_card
from content.media.contact_sheets import calendar_sheet, contact_sheet
from content.media.direction import storyboard_of, visual_of
from content.media.grounds import look_of
from content.media.likeness import likeness_of
from content.media.pictures import Studio, thumbnail_of
from content.media.probing import probe
from content.media.quality import LIKE_ENOUGH, likeness, pressed
from domain.errors import InputError
from domain.media import attachments
from domain.platforms import Platform
from domain.preflight import losses, media_refusals
from domain.rules.likeness import are_copies
from domain.visuals import Slide, VisualBrief
from storage.brand_files import load_brands
from tests.sounds import loudness, tone

BRAND = load_brands(Path(__file__).resolve().parents[2] / "brands")["bergquell"]
EVERYWHERE = tuple(
    Platform(name)
    for name in ("x", "bluesky", "instagram", "facebook", "linkedin", "tiktok", "mastodon")
)


class Shelf(dict):
    def put(self, content):
        name = hashlib.sha256(content).hexdigest()
        self[name] = content
        return name

    def read(self, sha256):
        return self[sha256]


@pytest.fixture
def shelf():
    return Shelf()


def fact(name="quelle-tiefe"):
    return visual_of(BRAND.fact(name).text, BRAND.facts, language="de", topic="wasser")


def card(name="quelle-tiefe", size=PORTRAIT):
    return render_card(fact(name).slides[0], look=look_of(BRAND), title=BRAND.title, size=size)


def noise(size=(640, 640)):
    dice = np.random.default_rng(1)
    return Image.fromarray(dice.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))


def test_a_clip_has_the_brand_s_music_and_says_so(shelf):
    music = shelf.put(tone(2))
    look = BRAND.look.model_copy(update={"music": "theme.wav", "music_sha256": music})
    brand = BRAND.model_copy(update={"look": look})

    board = storyboard_of(brand.facts[:1], brand=brand, language="de", topic="wasser")
    loud, quiet = (
        Studio(brand, shelf).clip(one, EVERYWHERE[:1])
        for one in (board, board.model_copy(update={"music": None}))
    )

    assert (music, None) == (loud.music, quiet.music)
    assert max(loudness(shelf[quiet.sha256])) < 1e-4 < 0.05 < max(loudness(shelf[loud.sha256]))


def test_every_platform_gets_a_file_that_it_takes(shelf):
    (asset,) = Studio(BRAND, shelf).pictures(fact(), EVERYWHERE)

    for platform in EVERYWHERE:
        (file,) = attachments([asset], platform)
        assert [] == list(media_refusals(platform, [file]))
        seen = probe(shelf[file.sha256], name="it")
        assert (seen.sha256, seen.width, seen.height, seen.bytes) == (
            file.sha256, file.width, file.height, file.bytes
        )  # fmt: skip


def test_a_shape_is_drawn_once_for_all_platforms_that_want_it(shelf):
    (asset,) = Studio(BRAND, shelf).pictures(fact(), EVERYWHERE)

    shapes = {(variant.width, variant.height): variant.sha256 for variant in asset.variants}
    assert {PORTRAIT, WIDE, (1080, 1920)} == set(shapes)
    assert set(shapes.values()) | {asset.thumbnail} == set(shelf)


def test_a_picture_is_described_by_its_words(shelf):
    (asset,) = Studio(BRAND, shelf).pictures(fact("natrium"), EVERYWHERE)

    assert asset.alt_text.startswith("Ein Liter Bergquell")
    assert "Natrium: 6 mg" in asset.alt_text


def test_a_carousel_is_a_picture_for_each_slide(shelf):
    slides = tuple(Slide(headline=f"Nummer {number}") for number in range(3))
    assets = Studio(BRAND, shelf).pictures(VisualBrief(slides=slides), EVERYWHERE[:2])

    assert ["Nummer 0", "Nummer 1", "Nummer 2"] == [asset.alt_text for asset in assets]


def test_a_carousel_of_ours_has_one_shape_and_loses_nothing(shelf):
    slides = tuple(Slide(headline=f"Nummer {number}") for number in range(3))
    assets = Studio(BRAND, shelf).pictures(VisualBrief(slides=slides), EVERYWHERE)

    for platform in EVERYWHERE:
        shown = attachments(assets, platform)
        assert 1 == len({(file.width, file.height) for file in shown})
    assert () == losses(Platform.INSTAGRAM, attachments(assets, Platform.INSTAGRAM))


def test_the_same_order_is_drawn_once(shelf):
    studio = Studio(BRAND, shelf)
    assert studio.pictures(fact(), EVERYWHERE) is studio.pictures(fact(), EVERYWHERE[::-1])


def test_a_picture_tells_nothing_but_what_is_seen(shelf):
    (asset,) = Studio(BRAND, shelf).pictures(fact(), EVERYWHERE)

    with Image.open(io.BytesIO(shelf[asset.sha256])) as image:
        assert {} == dict(image.getexif())
        assert {"jfif", "jfif_version", "jfif_unit", "jfif_density"} >= set(image.info)


def test_a_picture_is_pressed_as_far_as_it_stays_like_itself():
    image = card()
    content = pressed(image)

    with Image.open(io.BytesIO(content)) as seen:
        assert LIKE_ENOUGH <= likeness(image, seen.convert("RGB")) < 1
    lossless = io.BytesIO()
    image.save(lossless, "JPEG", quality=100, subsampling=0)
    assert len(content) < len(lossless.getvalue()) / 2


def test_a_picture_is_like_itself_and_unlike_another():
    assert likeness(card(), card()) == pytest.approx(1)
    assert likeness(card(), card("natrium")) < 0.8


def test_a_platform_that_takes_fewer_bytes_gets_a_lower_quality():
    image = noise()
    free = len(pressed(image))

    assert len(pressed(image, most_bytes=free * 0.6)) <= free * 0.6


def test_a_picture_that_is_too_heavy_at_any_quality_is_told():
    with pytest.raises(InputError, match=r"at the lowest quality, at most 9,000 .*scale it down"):
        pressed(noise(), most_bytes=9000)


def copies():
    image = card()
    small = image.resize((432, 540), Image.Resampling.LANCZOS)
    return [small, ImageEnhance.Brightness(image).enhance(1.2), image.convert("L")]


@pytest.mark.parametrize("copy", copies(), ids=["scaled", "brighter", "grey"])
def test_a_copy_is_known_by_its_likeness(copy):
    assert are_copies(likeness_of(card()), likeness_of(copy))


def test_no_two_cards_of_a_brand_are_taken_for_copies():
    hashes = [likeness_of(card(one.id)) for one in BRAND.facts]

    assert not any(are_copies(one, other) for one, other in combinations(hashes, 2))


def test_a_thumbnail_is_small():
    content = thumbnail_of(card())

    assert (384, 480) == Image.open(io.BytesIO(content)).size
    assert len(content) < 40_000


def test_a_contact_sheet_fits_into_the_event_log():
    sheet = contact_sheet([thumbnail_of(card(one.id)) for one in BRAND.facts[:12]])

    assert len(sheet) < 100_000


def test_the_pictures_of_a_week_fit_there_too():
    sheet = contact_sheet([thumbnail_of(card(one.id)) for one in (*BRAND.facts, *BRAND.facts)][:36])
    assert len(sheet) < 100_000


def test_a_week_of_three_posts_a_day_fits_into_the_event_log():
    shots = [thumbnail_of(card(one.id)) for one in BRAND.facts[:14]]
    words = BRAND.facts[0].text
    days = [(f"Mon {n}", [*shots[2 * n : 2 * n + 2], words, "日本"]) for n in range(7)]

    sheet = calendar_sheet(days)

    assert len(sheet) < 100_000
    assert Image.open(io.BytesIO(sheet)).height > 7 * 110


def test_a_calendar_without_a_day_is_told():
    with pytest.raises(InputError, match="plan one first"):
        calendar_sheet([])


def test_a_contact_sheet_of_nothing_is_told():
    with pytest.raises(InputError, match="draw one first"):
        contact_sheet([])
