"""The tone of an order: by what each brought, never without a chance for the others."""

from collections import Counter

import polars as pl
import pytest

from content.providers.composer import Composer
from content.router import Router
from domain.brand import BrandVoice, Tone
from domain.posts import ContentPost, PostStatus
from domain.writing import Written, WrittenVariant
from planning.tones import draw_tone, tone_results
from storage.ledger import choices, deliveries, posts
from storage.ledger.costs import LedgerPurse
from tests.graph import SENT, move_delivery
from tests.planning.conftest import MORNING
from tests.planning.orders import BRAND, NewDelivery, Payload, brief_of

MIXED = BRAND.model_copy(
    update={"voice": BRAND.voice.model_copy(update={"tones": (Tone.CASUAL, Tone.HUMOROUS)})}
)
EXPLORED = MIXED.posting.exploration


def drawn(number, results):
    return draw_tone(brief_of(f"o:{number}"), results, exploration=EXPLORED, now=MORNING)


def test_without_results_every_tone_is_equally_likely_and_the_same_each_time():
    none = {"casual": [], "humorous": []}
    tones = Counter(drawn(number, none)[0].tone for number in range(400))

    assert 160 < tones["humorous"] < 240
    assert drawn(1, none) == drawn(1, none)


def test_the_tone_that_brought_more_is_likelier_and_the_order_says_what_it_brought():
    told = {"casual": [0.0, 0.1] * 20, "humorous": [0.5, 0.6] * 20}
    orders = [drawn(number, told) for number in range(400)]

    assert 250 < Counter(brief.tone for brief, _ in orders)["humorous"] < 380
    for brief, choice in orders[:20]:
        odds = {each["tone"]: each["probability"] for each in choice.candidates}
        assert (brief.tone, odds[brief.tone]) == (choice.chosen, choice.propensity)
        assert min(odds.values()) >= EXPLORED / 2
        assert f"Tone {brief.tone}: 40 measured at " in brief.why


def test_a_brand_of_one_tone_draws_nothing(ledger):
    with ledger.reading() as connection:
        results = tone_results(connection, BRAND, pl.DataFrame())
    assert (brief_of("o"), None) == draw_tone(
        brief_of("o"), results, exploration=EXPLORED, now=MORNING
    )


def test_what_a_tone_brought_is_read_from_the_orders_that_were_drawn_so(ledger):
    account, none = MIXED.accounts[0], {"casual": [], "humorous": []}
    tones = {}
    for number in range(6):
        brief, choice = drawn(number, none)
        tones[number] = brief.tone
        post = ContentPost(
            id=f"post-{number}", brand=MIXED.name, text="text", platforms=brief.platforms,
            status=PostStatus.SCHEDULED, brief_id=brief.id, brand_voice=MIXED.voice,
            generated_by="test",
        )  # fmt: skip
        new = NewDelivery(
            key=f"k-{number}", brand=MIXED.name, platform=account.platform, account=account.id,
            payload=Payload(text="t"), due_at=MORNING, post_id=post.id,
        )  # fmt: skip
        with ledger.transaction() as connection:
            choices.log(connection, choice)
            posts.save(connection, post, key=post.id, actor="test", now=MORNING)
            delivery = deliveries.plan(connection, new, now=MORNING)
        move_delivery(ledger, delivery, *SENT, platform_id=f"out-{number}")
    past = pl.DataFrame(
        {
            "account": [account.id] * 6,
            "post_id": [f"out-{number}" for number in range(6)],
            "y": [float(number) for number in range(6)],
            "last_5": [0.0] * 6,
        }
    )

    with ledger.reading() as connection:
        found = tone_results(connection, MIXED, past)
    expected = {
        tone: [float(n) for n in range(6) if tones[n] == tone] for tone in ("casual", "humorous")
    }
    assert expected == {tone: sorted(results) for tone, results in found.items()}


class Listener:
    """A writer that keeps the tone in which it was asked to write."""

    name, heard = "listener", ()

    def estimate_cents(self, brief, *, brand):  # noqa: ARG002 - one interface
        return 0.0

    def write(self, brief, *, brand, seed, timeout):  # noqa: ARG002 - one interface
        self.heard = (*self.heard, brand.voice.tone)
        return Written(variants=(WrittenVariant(text=brief.facts[0].text),), writer=self.name)


def test_writers_are_asked_in_the_tone_of_the_order(ledger):
    writer = Listener()
    router = Router([writer], LedgerPurse(ledger))
    for tone in (Tone.HUMOROUS, None):
        order = brief_of("o").model_copy(update={"tone": tone})
        router.write(order, brand=BRAND, seed=1)
    assert (Tone.HUMOROUS, BRAND.voice.tone) == writer.heard


def test_the_composer_has_words_that_only_one_tone_knows(ledger):
    def openings(tone):
        router = Router([Composer()], LedgerPurse(ledger))
        orders = [brief_of(f"o{n}").model_copy(update={"tone": tone, "variants": 5,
                  "due_at": MORNING.replace(hour=n)}) for n in range(24)]  # fmt: skip
        return "\n".join(
            v.text for o in orders for v in router.write(o, brand=BRAND, seed=1).variants
        )

    assert "quiz" in openings(Tone.HUMOROUS)
    assert "quiz" not in openings(Tone.PROFESSIONAL)


def test_a_voice_of_one_tone_needs_no_list():
    assert (Tone.PROFESSIONAL, ()) == (BrandVoice().tone, BrandVoice().tones)


def test_a_draft_carries_the_tone_it_was_written_in():
    assert Tone.HUMOROUS == BRAND.in_tone(Tone.HUMOROUS).voice.tone
    assert BRAND.in_tone(None) is BRAND
    with pytest.raises(ValueError):
        Tone("funny")
