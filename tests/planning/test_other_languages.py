"""A brand in a third language: hosted writers write it, and a person reads it first."""

import polars as pl
import pytest

from content.providers.composer import Composer
from content.providers.orders import order_for
from domain.errors import WriterRefused, WriterUnavailable
from domain.writing import Written, WrittenVariant
from planning.batch import settle_batch
from planning.briefing import open_briefs, order_briefs
from planning.drafting import Desk, write_drafts
from planning.easel import Easel
from planning.slots import Horizon, plan_slots
from planning.turns import write_in_turn
from storage.brand_files import load_brands
from storage.lake_tables import TABLES
from storage.ledger import brands as ledger_brands
from storage.ledger import posts, writer_calls
from storage.ledger.costs import LedgerPurse
from tests.planning.conftest import BRANDS, MORNING

EMPTY = {
    name: pl.DataFrame(schema=TABLES[name]) for name in ("slot_effects", "trends", "forecasts")
}
TEXT = "Notre eau vient de 184 mètres de profondeur, et elle est mise en bouteille ici."
MANY = "Chez nous, chaque bouteille est lavée et remplie jusqu'à 50 fois."


class Francophone:
    """A hosted writer that says the order's facts in French, one a variant, for nothing."""

    name = "francophone"

    def __init__(self, *, fails_on=()):
        self.fails_on = fails_on

    def estimate_cents(self, *_, **__):
        return 0.0

    def write(self, brief, **_):
        if brief.id in self.fails_on:
            raise WriterUnavailable("it is down", cost_cents=0.0)
        assert "fr" == brief.language
        said = [WrittenVariant(text=f"{fact.text} À vous ?") for fact in brief.facts]
        return Written(variants=tuple(said), writer=self.name)


def french(brand, **voice):
    facts = tuple(
        brand.facts[0].model_copy(update={"id": f"f{n}", "text": text, "link": None})
        for n, text in enumerate((TEXT, MANY))
    )
    update = {"language": "fr", "tones": (), "formal_address": False, **voice}
    return brand.model_copy(update={
        "name": "source", "facts": facts, "topics": (facts[0].topic,), "keywords": (),
        "about": "De l'eau minérale de notre propre source.", "duties": (), "campaigns": (),
        "accounts": tuple(one for one in brand.accounts if one.platform == "bluesky"),
        "voice": brand.voice.model_copy(update=update), "min_confidence": 0.1,
        "terms": brand.terms.model_copy(update={"required": (), "disclosures": ()}),
    })  # fmt: skip


@pytest.fixture
def water():
    return load_brands(BRANDS)["bergquell"]


def ordered(ledger, brand):
    with ledger.transaction() as connection:
        ledger_brands.save(connection, brand, now=MORNING)
        plan_slots(
            connection, brand, effects=EMPTY["slot_effects"], model_version=None,
            horizon=Horizon(MORNING),
        )  # fmt: skip
    order_briefs(ledger, brand, past=pl.DataFrame(), trends=EMPTY["trends"])
    with ledger.reading() as connection:
        return open_briefs(connection, brand, now=MORNING)


def decided(ledger, brand, *writers):
    orders = ordered(ledger, brand)
    write_drafts(ledger, brand, briefs=orders, desk=Desk(writers, LedgerPurse(ledger)))
    with ledger.transaction() as connection:
        for post in posts.find(connection, brand=brand.name):
            assert "fr" == post.language
        return settle_batch(
            connection, brand, forecasts=EMPTY["forecasts"], model_version=None, now=MORNING
        )


def test_drafts_in_a_third_language_wait_for_a_person_who_is_told_what_no_rule_read(ledger, water):
    found = decided(ledger, french(water), Francophone(), Composer())

    assert found
    assert {"held"} == {str(each.decision) for each in found}
    assert all("unread (French is read in part, without address" in each.reason for each in found)


def test_a_brand_may_let_the_rules_decide_that_do_read_it(ledger, water):
    found = decided(ledger, french(water, unread="rules"), Francophone(), Composer())
    assert "approved" in {str(each.decision) for each in found}
    assert all("unread" not in each.reason for each in found)


def test_without_a_hosted_writer_the_trouble_is_named_and_other_brands_are_written(ledger, water):
    both = [french(water), water]
    for brand in both:
        ordered(ledger, brand)
    done = write_in_turn(ledger, both, desk=Desk([Composer()], LedgerPurse(ledger)))

    assert {"source"} == set(done.troubles)
    assert (
        "the composer writes German and English, not French; set up a writer"
        in (done.troubles["source"])
    )
    assert {water.name} == {*done.frame["brand"]}


def test_an_order_that_nobody_can_write_leaves_the_others_written_and_the_call_on_record(
    ledger, water
):
    brand = french(water)
    orders = ordered(ledger, brand)
    assert len(orders) > 1
    writer = Francophone(fails_on={orders[0].id})
    with pytest.raises(WriterRefused, match="not French"):
        write_drafts(
            ledger, brand, briefs=orders, desk=Desk([writer, Composer()], LedgerPurse(ledger))
        )

    with ledger.reading() as connection:
        written = {post.brief_id for post in posts.find(connection, brand=brand.name)}
        calls = writer_calls.lately(connection, now=MORNING)
    assert {order.id for order in orders[1:]} == written
    assert ["it is down"] == [call.trouble for call in calls if call.brief_id == orders[0].id]


def test_orders_in_a_language_that_the_brand_spoke_before_are_named_and_not_written(ledger, water):
    ordered(ledger, water)
    voice = water.voice.model_copy(update={"language": "en", "formal_address": False})
    done = write_in_turn(
        ledger,
        [water.model_copy(update={"voice": voice})],
        desk=Desk([Composer()], LedgerPurse(ledger)),
    )

    assert done.frame.is_empty()
    assert "orders are in German, which bergquell spoke when" in done.troubles["bergquell"]


def test_hosted_writers_are_told_the_language_and_the_form_of_address(ledger, water):
    brand = french(water, formal_address=True)
    told = order_for(ordered(ledger, brand)[0], brand=brand).instructions
    assert "Language: French. Write only in it." in told
    assert "readers are addressed in the formal way of French" in told


def test_pictures_and_clips_say_nothing_in_another_language(ledger, water):
    brand = french(water)
    brief = ordered(ledger, brand)[0].model_copy(update={"formats": {"bluesky": "clip"}})
    writer = Francophone()
    draft = write_drafts(ledger, brand, briefs=[brief], desk=Desk([writer], LedgerPurse(ledger)))[0]
    studio = _Listening()
    Easel(brand, studio).show(draft, brief)

    (board,) = studio.boards
    said = " ".join(scene.slide.words for scene in board.scenes)
    assert "fr" == board.language
    assert "Did you know" not in said
    assert brief.facts[0].text in said


class _Listening:
    """A studio that keeps the orders and draws nothing."""

    def __init__(self):
        self.boards = []

    def clip(self, board, platforms):
        self.boards.append(board)
        return _nothing(platforms)

    def pictures(self, *_):
        return ()


def _nothing(platforms):
    from domain.media import MediaAsset

    return MediaAsset(
        id="c", kind="video", sha256="0" * 64, mime_type="video/mp4", bytes=1000, width=1080,
        height=1920, seconds=5.0, codec="h264", fps=24.0, alt_text="a clip", made_by="clip",
        platforms=platforms,
    )  # fmt: skip
