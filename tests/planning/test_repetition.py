"""A day's run knows what the brand has said: repeats are dropped, held, or planned around."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from domain.brand import Autonomy
from domain.compliance import Verdict
from domain.duties import Duty
from domain.posts import ContentPost, PostStatus
from domain.writing import Brief, Written, WrittenVariant
from planning.batch import settle_batch
from planning.drafting import Desk, write_drafts
from planning.review import edit
from storage.brand_files import load_brands
from storage.ledger import brands, posts
from storage.ledger.approvals import Decision
from storage.ledger.costs import LedgerPurse
from tests.planning.conftest import BRANDS, MORNING
from tests.planning.mornings import NO_FORECASTS
from tests.planning.test_duties import planned

WOOL = load_brands(BRANDS)["northloom"].model_copy(update={"duties": ()})
DAY = timedelta(days=1)
LOOMS = WOOL.fact("looms").text
LOOMS_RETOLD = "Built in Keighley in 1958 and still at work: our 6 looms weave every blanket."
TOUR_RETOLD = "Thursdays at 2 pm you can see our Leeds mill. The tour takes 45 minutes and is free."


@dataclass(frozen=True)
class Scripted:
    """A writer with a text for each variant of each order, in the order of the orders."""

    texts: list[tuple[str, ...]] = field(default_factory=list)
    name: str = "scripted"

    def estimate_cents(self, *_, **__):
        return 0.0

    def write(self, _, **__):
        variants = tuple(WrittenVariant(text=text) for text in self.texts.pop(0))
        return Written(variants=variants, writer=self.name)


@pytest.fixture
def wool(ledger):
    with ledger.transaction() as connection:
        brands.save(connection, WOOL, now=MORNING)
    return WOOL


def say(ledger, text, *, at, **changes):
    """A post of the brand that is out."""
    post = ContentPost(
        **{
            "id": "before", "brand": WOOL.name, "text": text, "platforms": ("x",),
            "status": PostStatus.PUBLISHED, "brand_voice": WOOL.voice, "generated_by": "person",
            "scheduled_for": at,
        } | changes
    )  # fmt: skip
    with ledger.transaction() as connection:
        posts.save(connection, post, key=post.id, actor="test", now=MORNING)


def order(number, fact):
    return Brief(
        id=f"{WOOL.name}:{number}", brand=WOOL.name, topic=fact.topic, why="-",
        facts=(fact, *WOOL.facts),
        platforms=("x",), language="en", due_at=MORNING + timedelta(hours=number),
    )  # fmt: skip


def write(ledger, *texts):
    """The drafts of as many orders, whose main fact is none that the texts say."""
    orders = [order(number, WOOL.fact("moths")) for number in range(1, len(texts) + 1)]
    desk = Desk([Scripted([*texts])], LedgerPurse(ledger))
    return write_drafts(ledger, WOOL, briefs=orders, desk=desk)


def verdicts(drafts):
    return [
        next(check.verdict for check in post.compliance_checks if check.rule == "repeated")
        for post in drafts
    ]


@pytest.mark.usefixtures("wool")
def test_a_variant_that_says_what_was_said_is_dropped_and_the_other_stays(ledger):
    say(ledger, LOOMS, at=MORNING - 3 * DAY)
    drafts = write(ledger, (LOOMS_RETOLD, TOUR_RETOLD))
    assert ["b"] == [post.variant for post in drafts]
    assert [Verdict.PASS] == verdicts(drafts)


def test_where_all_variants_do_they_wait_for_a_person_with_the_earlier_text(ledger, wool):
    say(ledger, LOOMS, at=MORNING - 3 * DAY)
    drafts = write(ledger, (LOOMS_RETOLD, f"Did you know? {LOOMS_RETOLD}"))
    with ledger.transaction() as connection:
        (chosen,) = settle_batch(
            connection, wool, forecasts=NO_FORECASTS, model_version=None, now=MORNING
        )
    assert [Verdict.HOLD] * 2 == verdicts(drafts)
    assert Decision.HELD is chosen.decision
    assert f"repeated (said on {MORNING - 3 * DAY:%Y-%m-%d}: “{LOOMS}”)" in chosen.reason


@pytest.mark.usefixtures("wool")
def test_what_was_put_away_was_never_said(ledger):
    say(ledger, LOOMS, at=MORNING - 3 * DAY, status=PostStatus.ARCHIVED)
    assert ["a", "b"] == [p.variant for p in write(ledger, (LOOMS_RETOLD, TOUR_RETOLD))]


@pytest.mark.usefixtures("wool")
def test_an_order_earlier_in_the_same_run_counts(ledger):
    drafts = write(ledger, (LOOMS,), (LOOMS_RETOLD, TOUR_RETOLD))
    assert ["a", "b"] == [post.variant for post in drafts]
    assert drafts[0].brief_id != drafts[1].brief_id


@pytest.mark.usefixtures("wool")
def test_an_earlier_order_with_another_variant_still_open_is_not_sure_to_say_it(ledger):
    drafts = write(ledger, (LOOMS, TOUR_RETOLD), (LOOMS_RETOLD,))
    assert [Verdict.PASS] * 3 == verdicts(drafts)


def test_an_edited_text_is_compared_with_what_was_said(ledger, wool):
    say(ledger, LOOMS, at=MORNING - 3 * DAY)
    careful = wool.model_copy(update={"autonomy": Autonomy.MANUAL})
    with ledger.transaction() as connection:
        brands.save(connection, careful, now=MORNING)
    (draft,) = write(ledger, (TOUR_RETOLD,))
    with ledger.transaction() as connection:
        settle_batch(connection, careful, forecasts=NO_FORECASTS, model_version=None, now=MORNING)

    edited = edit(ledger, draft.id, actor="ada", now=MORNING, text=LOOMS_RETOLD)

    assert ([Verdict.PASS], [Verdict.HOLD]) == (verdicts([draft]), verdicts([edited]))


def test_a_plan_leaves_a_fact_alone_that_was_said_in_other_words(ledger, wool):
    pair = (WOOL.fact("looms"), WOOL.fact("mill-tour"))
    brand = wool.model_copy(
        update={
            "facts": pair,
            "topics": ("craft",),
            "posting": wool.posting.model_copy(update={"posts_per_day": 1}),
        }
    )
    say(ledger, LOOMS_RETOLD, at=MORNING - DAY)
    (only,) = planned(ledger, brand)
    assert ("mill-tour", False) == (only.facts[0].id, only.again)


def test_an_order_that_has_no_fresh_fact_left_says_that_it_repeats(ledger, wool):
    brand = wool.model_copy(update={"facts": (WOOL.fact("looms"),), "topics": ("craft",)})
    say(ledger, LOOMS_RETOLD, at=MORNING - DAY)
    assert {True} == {brief.again for brief in planned(ledger, brand)}


def test_a_persons_post_in_other_words_meets_a_duty(ledger, wool):
    duty = Duty(id="must", topic="craft", facts=("looms",), per="day")
    brand = wool.model_copy(update={"duties": (duty,)})
    at = MORNING + timedelta(hours=9)
    say(ledger, LOOMS_RETOLD, at=at, status=PostStatus.SCHEDULED, topic="craft")
    assert [None] * 3 == [order.duty for order in planned(ledger, brand)]


def test_a_persons_post_that_says_something_else_does_not(ledger, wool):
    duty = Duty(id="must", topic="craft", facts=("looms",), per="day")
    brand = wool.model_copy(update={"duties": (duty,)})
    at = MORNING + timedelta(hours=9)
    say(ledger, TOUR_RETOLD, at=at, status=PostStatus.SCHEDULED, topic="craft")
    assert 1 == [order.duty for order in planned(ledger, brand)].count("must")
