"""Drafts get what they need to be seen: in a version of their own, once, and judged again."""

import io
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from content.media.probing import probe
from domain.brand import Autonomy, Brand
from domain.events import EventType
from domain.media import attachments
from domain.platforms import Platform
from domain.posts import ContentPost
from planning.easel import Shown
from planning.illustrating import awaits_media, contact_sheets, illustrate, media_frame
from storage.blobs import Blobs
from storage.ledger import briefs, choices, costs, deliveries, events, posts, stops
from storage.ledger.database import Ledger
from tests.clock import SteppingClock
from tests.makers import Provider, clip
from tests.planning.conftest import MORNING, brand_on
from tests.planning.drawing import drafts, hiring, on, painterly, settled, written

DAY = timedelta(days=1)
SEEN = (Platform.INSTAGRAM, Platform.TIKTOK)


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "media")


@dataclass(frozen=True)
class Drawn:
    """A day's drafts as they were `before`, and what was then `shown`; to be looked at only."""

    ledger: Ledger
    brand: Brand
    blobs: Blobs
    before: list[ContentPost]
    shown: list[Shown]


@pytest.fixture(scope="module")
def drawn(shared_ledger_url, tmp_path_factory):
    ledger = Ledger(shared_ledger_url, clock=SteppingClock(MORNING))
    brand, blobs = brand_on(shared_ledger_url), Blobs(tmp_path_factory.mktemp("drawn") / "media")
    before = written(ledger, brand)
    yield Drawn(ledger, brand, blobs, before, illustrate(ledger, brand, blobs=blobs))
    ledger.close()


def test_before_it_is_drawn_a_draft_is_not_blocked_and_not_decided_either(ledger, brand):
    seen = [draft for draft in written(ledger, brand) if awaits_media(draft)]

    assert seen
    assert all(check.verdict == "pass" for draft in seen for check in draft.compliance_checks)
    decided = {each.post.brief_id for each in settled(ledger, brand)}
    assert decided.isdisjoint(draft.brief_id for draft in seen)


def test_every_platform_gets_what_it_cannot_do_without(ledger, brand, blobs):
    written(ledger, brand)
    illustrate(ledger, brand, blobs=blobs)
    settled(ledger, brand)

    with ledger.reading() as connection:
        planned = deliveries.list(connection, brand=brand.name)
    shown = {one.platform: one.payload.media for one in planned if one.platform in SEEN}
    assert set(SEEN) == set(shown)
    for files in shown.values():
        for file in files:
            assert probe(blobs.read(file.sha256), name="it").width == file.width
            assert file.alt_text


def test_where_clips_are_watched_there_is_one_clip_for_all_variants(drawn):
    clips = [attachments(one.media, Platform.TIKTOK) for one in drafts(drawn.ledger)
             if Platform.TIKTOK in one.platforms]  # fmt: skip
    assert [[True]] * len(clips) == [[file.is_video for file in files] for files in clips]
    assert 1 == len({files[0].sha256 for files in clips})


def test_every_platform_shows_what_was_drawn_for_it_and_the_draw_is_logged(drawn):
    with drawn.ledger.reading() as connection:
        every = choices.list(connection, kind="format", brand=drawn.brand.name)
        orders = briefs.load_all(connection, {one.id.rpartition(":format:")[0] for one in every})
    logged = {one.id: one.chosen for one in every}
    trouble = {one.post.id: one.trouble for one in drawn.shown}
    for draft in drafts(drawn.ledger):
        drawn_for = orders[draft.brief_id].formats
        assert set(draft.platforms) - {Platform.TIKTOK} == set(drawn_for)
        for platform, name in drawn_for.items():
            assert name == logged[f"{draft.brief_id}:format:{platform}"]
            files = attachments(draft.media, platform)
            assert (name == "words") == (not files)
            refused = f"no clip on {platform}" in trouble.get(draft.id, "")
            assert (name == "clip" and not refused) == any(file.is_video for file in files)
            assert name != "carousel" or len(files) > 1


def test_a_post_that_can_do_without_gets_one_where_the_plan_has_drawn_it(ledger, brand, blobs):
    wordy = on(brand, "x", "bluesky")
    written(ledger, wordy)
    illustrate(ledger, wordy, blobs=blobs)

    with ledger.reading() as connection:
        logged = choices.list(connection, kind="format", brand=brand.name)
    draws = {one.id: one.chosen for one in logged}
    assert draws
    for draft in drafts(ledger):
        drawn = {draws[f"{draft.brief_id}:format:{one}"] for one in draft.platforms}
        assert (drawn != {"words"}) == bool(draft.media)


def test_a_brand_may_want_pictures_only_where_they_are_needed(ledger, brand, blobs):
    wordy = on(brand, "x", "bluesky").model_copy(update={"pictures": "where_needed"})
    written(ledger, wordy)

    assert [] == illustrate(ledger, wordy, blobs=blobs)
    assert not blobs.root.exists()


def test_a_brand_may_want_a_picture_wherever_there_is_a_figure_to_see(ledger, brand, blobs):
    wordy = on(brand, "x", "bluesky").model_copy(update={"pictures": "where_telling"})
    written(ledger, wordy)

    shown = illustrate(ledger, wordy, blobs=blobs)

    assert shown
    assert all(any(sign.isdigit() for sign in one.post.text) for one in shown)


def test_what_was_drawn_is_the_draft_s_next_version_and_an_event(drawn):
    before, shown = {draft.id: draft for draft in drawn.before}, drawn.shown

    with drawn.ledger.reading() as connection:
        told = [row.event for row in events.read_since(connection, 0, limit=5000)]
        for one in shown:
            first, second = posts.versions(connection, one.post.id)
            assert (before[one.post.id].text, ()) == (first.text, first.media)
            assert (2, one.media) == (second.version, second.media)
            assert second.quality.novelty == first.quality.novelty
    made = [one for one in told if one.type is EventType.MEDIA_CREATED]
    assert {one.post.id for one in shown} == {one.correlation for one in made}


def test_an_emergency_stop_freezes_the_plan_until_it_is_lifted(ledger, brand, blobs):
    with ledger.transaction() as connection:
        stops.stop(connection, brand=brand.name, reason="a recall", actor="anna", now=MORNING)
    assert not written(ledger, brand)
    with ledger.transaction() as connection:
        assert not choices.list(connection, kind="slot", brand=brand.name)
        stops.resume(connection, brand=brand.name, actor="anna", now=MORNING)

    assert written(ledger, brand)
    with ledger.transaction() as connection:
        stops.stop(connection, brand=None, reason="a recall", actor="anna", now=MORNING)
    assert ([], []) == (illustrate(ledger, brand, blobs=blobs), settled(ledger, brand))


def test_drawing_again_changes_nothing(drawn):
    before = drafts(drawn.ledger)

    assert [] == illustrate(drawn.ledger, drawn.brand, blobs=drawn.blobs)
    assert before == drafts(drawn.ledger)


def test_what_cannot_be_set_is_told_and_the_draft_is_left_as_it_is(ledger, brand, blobs):
    fact = brand.facts[0].model_copy(update={"text": "Frisch aus 日本 und 100 Prozent klar."})
    strange = brand.model_copy(update={"facts": (fact,), "topics": (fact.topic,)})
    written(ledger, strange)

    shown = illustrate(ledger, strange, blobs=blobs)

    assert shown
    assert all("no font here has the signs 日 本" in one.trouble for one in shown)
    assert all(not draft.media for draft in drafts(ledger))
    assert {one.post.id for one in shown} == set(media_frame(shown)["post_id"])
    turned_down = [each for each in settled(ledger, strange) if each.decision == "rejected"]
    assert turned_down
    assert all("media_where_needed" in each.reason for each in turned_down)


def test_the_run_shows_what_was_drawn_at_a_glance(drawn):
    sheets = contact_sheets(drawn.shown, drawn.blobs)
    assert [drawn.brand.name] == list(sheets)
    assert Path(drawn.blobs.root).exists()
    assert len(sheets[drawn.brand.name]) < 100_000


@pytest.fixture
def provider():
    made = Provider()
    out = io.BytesIO()
    Image.effect_mandelbrot((640, 800), (-2, -1.2, 1, 1.2), 40).convert("RGB").save(out, "JPEG")
    made.content = out.getvalue()
    yield made
    made.close()


def test_a_brand_may_have_its_pictures_painted_once_an_order_and_named_so(
    ledger, brand, blobs, provider
):
    brand = painterly(ledger, brand)
    written(ledger, brand)
    atelier = hiring(ledger, blobs, provider, painter="openai/gpt-image-1")
    illustrate(ledger, brand, blobs=blobs, atelier=atelier)

    made = [one for one in drafts(ledger) if one.media and one.media[0].prompt_sha256]
    assert len({one.brief_id for one in made}) == len(provider.billed) > 0
    label = {"de": "Mit KI erstellt", "en": "Made with AI"}[brand.voice.language]
    for draft in made:
        assert draft.text.endswith(label) or Platform.INSTAGRAM not in draft.platforms
        assert {"openai/gpt-image-1"} == {a.made_by for a in draft.media if a.kind == "image"}
        assert all(check.verdict != "block" for check in draft.compliance_checks)
    with ledger.reading() as connection:
        spent = costs.spent(connection, brand=brand.name, since=MORNING - DAY, until=MORNING + DAY)
    assert spent == pytest.approx(6.3 * len(provider.billed))


def test_what_a_model_made_is_named_to_the_platforms_that_ask(ledger, brand, blobs, provider):
    brand = painterly(ledger, brand).model_copy(update={"autonomy": Autonomy.FULL})
    written(ledger, brand)
    atelier = hiring(ledger, blobs, provider, painter="openai/gpt-image-1")
    illustrate(ledger, brand, blobs=blobs, atelier=atelier)
    settled(ledger, brand)

    with ledger.reading() as connection:
        planned = deliveries.list(connection, brand=brand.name)
    assert {True, False} == {one.payload.made_with_ai for one in planned}
    for one in planned:
        with ledger.reading() as connection:
            media = posts.load(connection, one.post_id).media
        shown = [asset for asset in media if one.platform in asset.platforms]
        painted = any(asset.prompt_sha256 for asset in shown)
        assert painted == one.payload.made_with_ai


def test_a_maker_that_is_down_leaves_the_cards(ledger, brand, blobs, provider):
    brand, provider.status = painterly(ledger, brand), 503
    written(ledger, brand)
    atelier = hiring(ledger, blobs, provider, painter="openai/gpt-image-1")
    shown = illustrate(ledger, brand, blobs=blobs, atelier=atelier)

    pictured = {one.post.brief_id for one in shown for a in one.media if a.kind == "image"}
    assert len(provider.asked) == len(pictured)
    assert any("openai/gpt-image-1 answered 503" in one.trouble for one in shown)
    assert {"card"} == {a.made_by for one in shown for a in one.media if a.kind == "image"}
    assert not any(awaits_media(draft) for draft in drafts(ledger))


def test_a_brand_that_does_not_ask_for_paintings_pays_for_none(ledger, brand, blobs, provider):
    written(ledger, brand)
    atelier = hiring(
        ledger, blobs, provider, painter="openai/gpt-image-1", filmer="runway/veo3.1_fast"
    )
    illustrate(ledger, brand, blobs=blobs, atelier=atelier)

    assert [] == provider.asked


def test_a_draft_waits_for_its_clip_and_shows_it_when_it_is_made(ledger, brand, blobs, provider):
    brand, provider.content = painterly(ledger, brand, filming="Slow drone shot."), clip()
    written(ledger, brand)
    atelier = hiring(ledger, blobs, provider, filmer="runway/veo3.1_fast")
    waiting = [one for one in illustrate(ledger, brand, blobs=blobs, atelier=atelier) if one.waits]
    awaited = {one.post.brief_id for one in waiting}
    assert waiting
    assert awaited.isdisjoint(each.post.brief_id for each in settled(ledger, brand))

    atelier.go_on()
    shown = illustrate(ledger, brand, blobs=blobs, atelier=atelier)
    filmed = [
        one
        for one in shown
        if one.post.brief_id in awaited and any(asset.is_video for asset in one.media)
    ]
    assert filmed
    for one in filmed:
        (made,) = [asset for asset in one.media if asset.made_by == "runway/veo3.1_fast"]
        assert "h264" == probe(blobs.read(made.sha256), name="it").codec
    assert len(awaited) == len(provider.billed)


def test_a_clip_that_cannot_be_shown_leaves_our_own(ledger, brand, blobs, provider):
    brand, provider.content = painterly(ledger, brand, filming="Slow drone shot."), b"no clip"
    written(ledger, brand)
    atelier = hiring(ledger, blobs, provider, filmer="runway/veo3.1_fast")
    illustrate(ledger, brand, blobs=blobs, atelier=atelier)
    atelier.go_on()
    shown = illustrate(ledger, brand, blobs=blobs, atelier=atelier)

    assert any("no clip of a model" in one.trouble for one in shown)
    assert {"clip"} == {a.made_by for one in shown for a in one.media if a.is_video}
