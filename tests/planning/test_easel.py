"""Each platform is shown what was drawn for it, as far as it takes it."""

import pytest

from content.media.pictures import Studio
from domain.media import attachments
from domain.platforms import Platform
from domain.rules.likeness import are_copies
from planning.easel import Easel
from storage.blobs import Blobs
from storage.ledger import briefs
from tests.planning.drawing import a_draft_of, clip_of, on, written


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "media")


@pytest.mark.parametrize(
    ("name", "files"), [("words", []), ("pictures", [False]), ("clip", [True])]
)
def test_a_post_that_can_do_without_shows_what_was_drawn_for_it(ledger, brand, blobs, name, files):
    draft, brief = a_draft_of(ledger, on(brand, "linkedin"))
    fact = brief.facts[:1]
    order = brief.model_copy(update={
        "facts": fact, "formats": {Platform.LINKEDIN: name},
        "form": "words" if name == "words" else "picture",
    })  # fmt: skip
    said = draft.model_copy(update={"text": fact[0].text})

    shown = Easel(brand, Studio(brand, blobs)).show(said, order).media
    assert files == [file.is_video for file in attachments(shown, Platform.LINKEDIN)]


def test_a_clip_that_a_platform_would_refuse_gives_way_to_a_picture(ledger, brand, blobs):
    draft, brief = a_draft_of(ledger, on(brand, "x"))
    order = brief.model_copy(update={"formats": {Platform.X: "clip"}, "form": "picture"})
    tall = clip_of(blobs, width=1080, height=1920)
    studio = Studio(brand, blobs)
    studio.clip = lambda _, platforms: tall.model_copy(update={"platforms": platforms})

    shown = Easel(brand, studio).show(draft, order)
    assert {False} == {file.is_video for file in attachments(shown.media, Platform.X)}
    assert "no clip on x: file 1: height 1920, x takes 32 to 1280" in shown.trouble


def test_a_carousel_is_drawn_where_the_plan_wants_one_and_elsewhere_a_card(ledger, brand, blobs):
    draft = next(one for one in written(ledger, brand) if Platform.INSTAGRAM in one.platforms)
    with ledger.reading() as connection:
        brief = briefs.load(connection, draft.brief_id)
    text, fact = f"{brief.facts[0].text}\n\nNa?", brief.facts[:1]
    order = brief.model_copy(
        update={"facts": fact, "formats": {Platform.INSTAGRAM: "carousel"}, "form": "picture"}
    )
    easel = Easel(brand, Studio(brand, blobs))
    shown = easel.show(draft.model_copy(update={"text": text}), order).media

    assert 3 == len(attachments(shown, Platform.INSTAGRAM))
    assert 1 == len(attachments(shown, Platform.X))


def test_a_draft_with_another_picture_says_the_same_and_is_no_copy(ledger, brand, blobs):
    draft, brief = a_draft_of(ledger, on(brand, "instagram"))
    easel = Easel(brand, Studio(brand, blobs))
    told = {"de": "Bis zur Quelle sind es 184 Meter.", "en": "One blanket takes 9 hours."}
    fact = brief.facts[0].model_copy(update={"text": told[brief.language]})
    order = brief.model_copy(
        update={"facts": (fact,), "formats": {Platform.INSTAGRAM: "pictures"}, "form": "picture"}
    )
    said = draft.model_copy(update={"text": fact.text})
    usual, words, accent = (
        easel.show(said.model_copy(update={"shown_as": name}), order).media[0]
        for name in ("", "words", "accent")
    )

    assert 1 == len({one.alt_text for one in (usual, words, accent)})
    assert not are_copies(usual.likeness, words.likeness)
    assert 3 == len({one.sha256 for one in (usual, words, accent)})
