"""Clips in the shape of each platform, rendered once for an order."""

import pytest

from content.media.pictures import Studio
from content.media.probing import probe
from domain.media import attachments
from domain.platforms import Platform
from domain.preflight import media_refusals
from planning.easel import Easel
from storage.blobs import Blobs
from storage.ledger import briefs
from tests.makers import Provider, clip
from tests.planning.drawing import hiring, painterly, written


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "media")


CLIPS_ON = {
    Platform.TIKTOK: (1080, 1920), Platform.INSTAGRAM: (1080, 1920),
    Platform.FACEBOOK: (1080, 1080), Platform.LINKEDIN: (1080, 1080),
    Platform.X: (1280, 720), Platform.BLUESKY: (1280, 720), Platform.MASTODON: (1280, 720),
}  # fmt: skip


def asked_for_clips(ledger, brand, where):
    """A draft and its order, which wants clips on those platforms."""
    draft = written(ledger, brand)[0]
    with ledger.reading() as connection:
        brief = briefs.load(connection, draft.brief_id)
    order = brief.model_copy(update={"formats": dict.fromkeys(where, "clip"), "form": "picture"})
    return draft.model_copy(update={"platforms": tuple(where)}), order


def test_every_platform_gets_the_clip_in_its_own_shape_and_one_that_it_takes(ledger, brand, blobs):
    draft, order = asked_for_clips(ledger, brand, CLIPS_ON)

    shown = Easel(brand, Studio(brand, blobs)).show(draft, order)

    (clip,) = shown.media
    assert 3 == len({variant.sha256 for variant in clip.variants})
    for platform, size in CLIPS_ON.items():
        (file,) = attachments(shown.media, platform)
        real = probe(blobs.read(file.sha256), name="it")
        assert (size, "h264") == ((real.width, real.height), real.codec)
        assert [] == [*media_refusals(platform, [file])]
        assert blobs.read(file.captions).startswith(b"WEBVTT")


def test_a_clip_goes_only_where_one_is_wanted_and_a_card_elsewhere(ledger, brand, blobs):
    draft, order = asked_for_clips(
        ledger, brand, (Platform.X, Platform.LINKEDIN, Platform.FACEBOOK)
    )
    formats = {Platform.X: "clip", Platform.LINKEDIN: "pictures"}
    order = order.model_copy(update={"formats": formats})

    shown = Easel(brand, Studio(brand, blobs)).show(draft, order).media

    kinds = {one: [f.is_video for f in attachments(shown, one)] for one in draft.platforms}
    assert {Platform.X: [True], Platform.LINKEDIN: [False], Platform.FACEBOOK: [False]} == kinds


def test_the_variants_of_an_order_share_every_shape_of_its_clip(ledger, brand, blobs):
    draft, order = asked_for_clips(ledger, brand, (Platform.X, Platform.FACEBOOK))
    easel = Easel(brand, Studio(brand, blobs))
    easel.show(draft, order)
    kept = {*blobs.root.rglob("*")}

    easel.show(draft.model_copy(update={"text": "Anders.", "platforms": (Platform.X,)}), order)

    assert kept == {*blobs.root.rglob("*")}


def test_a_model_s_clip_is_upright_so_that_ours_goes_where_wide_ones_are_watched(
    ledger, brand, blobs
):
    provider, brand = Provider(), painterly(ledger, brand, filming="Slow drone shot.")
    provider.content = clip()
    draft, order = asked_for_clips(ledger, brand, (Platform.TIKTOK, Platform.X))
    atelier = hiring(ledger, blobs, provider, filmer="runway/veo3.1_fast")
    easel = Easel(brand, Studio(brand, blobs), atelier)
    assert easel.show(draft, order).waits

    atelier.go_on()
    shown = easel.show(draft, order).media
    provider.close()

    made = {one: asset.made_by for asset in shown for one in asset.platforms}
    assert {Platform.TIKTOK: "runway/veo3.1_fast", Platform.X: "clip"} == made
