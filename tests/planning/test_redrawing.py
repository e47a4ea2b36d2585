"""An edited text is shown in its own words, or in none."""

from datetime import timedelta

import pytest

from content.media.direction import storyboard_of, visual_of
from content.media.pictures import Studio
from domain.errors import PolicyError, StateError
from domain.platforms import Platform
from domain.posts import ContentPost, PostStatus
from domain.rechecking import checked
from domain.writing import Brief
from planning.redrawing import Edit, edit_of
from planning.review import edit
from storage.blobs import Blobs
from storage.brand_files import load_brands
from storage.ledger import approvals, brands, briefs, posts
from storage.ledger.approvals import Approval, Decision
from tests.planning.conftest import BRANDS, MORNING

WATER = load_brands(BRANDS)["bergquell"]
FACT = WATER.facts[0]
OLD, NEW = FACT.text, "Wasser aus der Tiefe unter dem Iseler. Was meint ihr dazu?"
AT = MORNING + timedelta(hours=5)


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "media")


@pytest.fixture
def hold(ledger, blobs):
    """`hold(platform)`: a draft that waits, and shows its words there; its id."""

    def make(platform):
        studio, drawn = Studio(WATER, blobs), ()
        if platform is Platform.TIKTOK:
            board = storyboard_of((FACT,), brand=WATER, language="de", topic="wasser")
            drawn = (studio.clip(board, (platform,)),)
        else:
            visual = visual_of(OLD, (FACT,), language="de", topic="wasser")
            drawn = studio.pictures(visual, (platform,))
        brief = Brief(
            id="b1", brand=WATER.name, topic="wasser", why="a test", facts=(FACT,),
            platforms=(platform,), language="de", due_at=AT,
        )  # fmt: skip
        draft = ContentPost(
            id="p1", brand=WATER.name, text=OLD, platforms=(platform,), media=drawn, language="de",
            status=PostStatus.GENERATED, topic="wasser", brief_id="b1", generated_by="composer",
            scheduled_for=AT, brand_voice=WATER.voice,
        )  # fmt: skip
        with ledger.transaction() as connection:
            brands.save(connection, WATER, now=MORNING)
            briefs.save(connection, brief, now=MORNING)
            post = checked(draft, WATER, at=AT)
            posts.save(connection, post, key="p1", actor="studio", now=MORNING)
            held = Approval("p1", 1, Decision.HELD, "policy", "look at it", MORNING)
            approvals.decide(connection, held)
        return "p1"

    return make


def saved(ledger, change):
    return edit(ledger, "p1", actor="anna", now=MORNING, text=change)


def test_a_card_is_drawn_anew_from_the_new_text(ledger, hold, blobs):
    hold(Platform.INSTAGRAM)
    post = saved(ledger, edit_of(ledger, "p1", NEW, blobs=blobs))

    (card,) = post.media
    assert (2, NEW, "card") == (post.version, post.text, card.made_by)
    assert ("Wasser aus der Tiefe" in card.alt_text, "184" in card.alt_text) == (True, False)
    assert blobs.read(card.sha256)


def test_a_clip_no_longer_says_what_the_text_does_not(ledger, hold, blobs):
    hold(Platform.TIKTOK)
    (clip,) = edit_of(ledger, "p1", NEW, blobs=blobs).media
    assert ("clip", (Platform.TIKTOK,)) == (clip.made_by, clip.platforms)
    assert ("Wasser aus der Tiefe" in clip.alt_text, "184" in clip.alt_text) == (True, False)


def test_a_carousel_stays_one_in_the_new_words(ledger, hold, blobs):
    hold(Platform.INSTAGRAM)
    with ledger.transaction() as connection:
        brief = briefs.load(connection, "b1")
        drawn = {"id": "b2", "formats": {Platform.INSTAGRAM: "carousel"}}
        briefs.save(connection, brief.model_copy(update=drawn), now=MORNING)
        post = posts.load(connection, "p1").model_copy(update={"id": "p2", "brief_id": "b2"})
        posts.save(connection, post, key="p2", actor="studio", now=MORNING)

    media = edit_of(ledger, "p2", NEW, blobs=blobs).media
    assert ["Wasser aus der Tiefe" in page.alt_text for page in media] == [True, False]
    assert "Was meint ihr dazu?" in media[1].alt_text


def test_what_has_no_words_of_its_own_stays(ledger, hold, blobs):
    hold(Platform.X)
    with ledger.transaction() as connection:
        post = posts.load(connection, "p1")
        photo = post.media[0].model_copy(update={"made_by": "person", "id": "photo"})
        shown = post.model_copy(update={"media": (photo,), "version": 2})
        posts.save(connection, shown, key="p1", actor="anna", now=MORNING)
    assert (photo,) == edit_of(ledger, "p1", NEW, blobs=blobs).media


def test_a_bare_text_takes_the_old_words_out_of_the_picture_too(ledger, hold):
    hold(Platform.X)
    assert () == saved(ledger, NEW).media


def test_where_a_picture_is_needed_a_bare_text_is_refused(ledger, hold):
    hold(Platform.INSTAGRAM)
    with pytest.raises(PolicyError, match="media_where_needed"):
        saved(ledger, NEW)


def test_what_no_font_can_draw_is_told_and_the_post_goes_without(ledger, hold, blobs):
    hold(Platform.X)
    change = edit_of(ledger, "p1", "Wasser: 水", blobs=blobs)
    assert () == change.media
    assert change.trouble.startswith("its pictures are left out: ")


def test_an_edit_of_a_text_that_has_changed_meanwhile_is_refused(ledger, hold, blobs):
    hold(Platform.X)
    mine, theirs = (edit_of(ledger, "p1", text, blobs=blobs) for text in (NEW, f"{NEW} Ja?"))
    saved(ledger, theirs)
    with pytest.raises(StateError, match="changed meanwhile: it is at version 2"):
        saved(ledger, mine)


def test_the_same_text_again_changes_nothing(ledger, hold, blobs):
    hold(Platform.X)
    with ledger.reading() as connection:
        before = posts.load(connection, "p1")
    assert Edit(OLD, 1, before.media) == edit_of(ledger, "p1", OLD, blobs=blobs)
    assert before == saved(ledger, OLD)
