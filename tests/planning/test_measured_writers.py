"""What one run measures of its writers is known to the next, and told where they fail."""

from datetime import timedelta

import pytest

from content.answers import LIFETIME_S
from content.providers.composer import Composer
from content.router import LEFT_ALONE, Router
from content.standing import STRIKES
from domain.brand import Strategy
from domain.errors import WriterUnavailable
from domain.posts import ContentPost, PostStatus
from domain.writing import Brief, WriterCall, Written, WrittenVariant
from planning.drafting import Desk, write_drafts
from planning.measured_writers import passed_over_frame, recall, writers_frame
from planning.tables import drafts_frame
from storage.ledger import approvals, brands, posts, writer_calls
from storage.ledger.approvals import POLICY, Approval, Decision
from storage.ledger.costs import LedgerPurse
from tests.planning.conftest import MORNING

DAY = timedelta(days=1)


class Hired:
    """A writer of another package; it answers, or is down while `down` is set."""

    def __init__(self, name, *, cents=0.0, down=False):
        self.name, self.cents, self.down, self.calls = name, cents, down, 0

    def estimate_cents(self, *_, **__):
        return self.cents

    def write(self, brief, **_):
        self.calls += 1
        if self.down:
            raise WriterUnavailable("the key is expired; make a new one")
        variants = tuple(WrittenVariant(text=fact.text) for fact in brief.facts[:1])
        tokens = {"input_tokens": 900, "output_tokens": 101, "prompt_version": "post_v1"}
        return Written(variants=variants, writer=self.name, cost_cents=self.cents / 2, **tokens)


@pytest.fixture
def paying(ledger, brand):
    kept = brand.model_copy(
        update={"budget": brand.budget.model_copy(update={"monthly_cents": 500})}
    )
    with ledger.transaction() as connection:
        brands.save(connection, kept, now=MORNING)
    return kept


def order(brand, number=0, *, fact=0):
    return Brief(
        id=f"{brand.name}:{number}", brand=brand.name, topic=brand.facts[fact].topic, why="a test",
        facts=(brand.facts[fact],), platforms=("x",), language=brand.voice.language,
        due_at=MORNING + DAY,
    )  # fmt: skip


def run(ledger, brand, writers, orders):
    """A run of its own, with what the ledger knows; its router."""
    desk = Desk([*writers, Composer()], LedgerPurse(ledger))
    recall(ledger, desk.router)
    write_drafts(ledger, brand, briefs=orders, desk=desk)
    return desk.router


def preferred(ledger, brand, strategy, *names):
    """Whom a new run would ask, the first before the others."""
    router = Router([Hired(name) for name in names], LedgerPurse(ledger))
    recall(ledger, router)
    hasty = brand.model_copy(update={"strategy": strategy})
    return [writer.name for writer in router.in_order(order(brand), hasty)]


def call(brand, writer, seconds, **told):
    return WriterCall(writer, brand.name, "o", brand.voice.language, seconds, **told)


def test_the_fastest_writer_of_earlier_runs_is_asked_first(ledger, paying):
    with ledger.transaction() as connection:
        calls = [call(paying, "slow", 9.0), call(paying, "quick", 2.0)]
        writer_calls.save(connection, calls, now=MORNING - DAY)
        broken = call(paying, "broken", 0.1, trouble="down", is_down=True)
        writer_calls.save(connection, [broken], now=MORNING - DAY)
    names = ("slow", "broken", "quick")
    assert ["quick", "slow", "broken"] == preferred(ledger, paying, Strategy.FASTEST, *names)


def test_calls_of_more_than_a_month_ago_count_no_more(ledger, paying):
    with ledger.transaction() as connection:
        old = MORNING - writer_calls.KEPT - DAY
        writer_calls.save(connection, [call(paying, "once-slow", 9.0)], now=old)
        writer_calls.save(connection, [call(paying, "steady", 2.0)], now=MORNING - DAY)
    names = ("steady", "once-slow")
    assert ["once-slow", "steady"] == preferred(ledger, paying, Strategy.FASTEST, *names)
    with ledger.reading() as connection:
        assert ["steady"] == [one.writer for one in writer_calls.lately(connection, now=MORNING)]


def decided(ledger, brand, writer, *decisions, by="anna"):
    with ledger.transaction() as connection:
        for number, decision in enumerate(decisions):
            post = ContentPost(
                id=f"{writer}-{number}", brand=brand.name, text=f"{writer} {number}",
                platforms=("x",), status=PostStatus.GENERATED, language=brand.voice.language,
                scheduled_for=MORNING, brand_voice=brand.voice, generated_by=f"{writer}/m",
            )  # fmt: skip
            posts.save(connection, post, key=post.id, actor=writer, now=MORNING)
            approvals.decide(connection, Approval(post.id, 1, decision, by, "-", MORNING))


def test_the_writer_whose_drafts_were_approved_is_preferred_in_the_next_run(ledger, paying):
    yes, no = Decision.APPROVED, Decision.REJECTED
    decided(ledger, paying, "careless", yes, no, no, Decision.HELD)
    decided(ledger, paying, "careful", yes, yes, no)
    names = ("careless", "careful")
    assert ["careful", "careless"] == preferred(ledger, paying, Strategy.BEST_QUALITY, *names)

    with ledger.reading() as connection:
        found = writer_calls.accepted(connection, now=MORNING)
    assert {"careful": (2, 3), "careless": (1, 4)} == {who: of for (who, _), of in found.items()}


def test_what_people_approved_stands_apart_from_what_the_policy_let_go(ledger, paying):
    yes, no = Decision.APPROVED, Decision.REJECTED
    decided(ledger, paying, "praised", yes, no)
    decided(ledger, paying, "waved-through", yes, yes, Decision.HELD, by=POLICY)
    with ledger.reading() as connection:
        by_people, by_policy = (
            writer_calls.accepted(connection, now=MORNING, people=which) for which in (True, False)
        )
        shown = writers_frame(drafts_frame(posts.find(connection)), by_people, by_policy)
    columns = ("writer", "approved by people", "of so many", "let go by policy", "of as many")
    assert [
        ("praised/m", 1 / 2, 2, None, 0),
        ("waved-through/m", None, 0, 2 / 3, 3),
    ] == shown.select(columns).rows()


def test_the_same_order_is_not_paid_again_by_the_next_run_within_the_hour(ledger, paying, clock):
    writer = Hired("dear", cents=4.0)
    run(ledger, paying, [writer], [order(paying, 1)])
    clock.instant += timedelta(seconds=LIFETIME_S / 2)
    run(ledger, paying, [writer], [order(paying, 2)])
    assert 1 == writer.calls
    clock.instant += timedelta(seconds=LIFETIME_S)
    run(ledger, paying, [writer], [order(paying, 3)])
    assert 2 == writer.calls
    clock.instant += DAY
    run(ledger, paying, [writer], [])
    with ledger.reading() as connection:
        assert [] == writer_calls.answers(connection, since=MORNING)
        assert 2 == len(writer_calls.lately(connection, now=clock.instant))


def test_a_writer_that_was_down_at_the_end_of_a_run_gets_one_trial_in_the_next(ledger, paying):
    broken = Hired("broken", down=True)
    run(ledger, paying, [broken], [order(paying, n, fact=n) for n in range(5)])
    assert STRIKES <= broken.calls
    before = broken.calls
    run(ledger, paying, [broken], [order(paying, n, fact=n) for n in range(5, 10)])
    assert before + 1 == broken.calls


def test_a_writer_whose_last_calls_failed_is_named_until_it_works(ledger, paying):
    broken = Hired("broken", down=True)
    router = run(ledger, paying, [broken], [order(paying, n, fact=n) for n in range(5)])

    with ledger.reading() as connection:
        (failing,) = writer_calls.failing(connection, now=MORNING)
    assert ("broken", broken.calls) == (failing.writer, failing.calls)
    assert "the key is expired" in failing.why
    rows = {row["why the last one"]: row["orders"] for row in passed_over_frame(router).to_dicts()}
    assert rows["the key is expired; make a new one"] == broken.calls
    assert rows.get(LEFT_ALONE, 0) == 5 - broken.calls

    broken.down = False
    run(ledger, paying, [broken], [order(paying, 9, fact=9)])
    with ledger.reading() as connection:
        assert [] == writer_calls.failing(connection, now=MORNING)


def test_a_writer_that_is_too_dear_is_told_with_what_the_month_has_left(ledger, paying):
    dear = Hired("dear", cents=9999.0)
    router = run(ledger, paying, [dear], [order(paying)])
    ((brand, writer, orders, why),) = passed_over_frame(router).rows()
    assert (paying.name, "dear", 1, 0) == (brand, writer, orders, dear.calls)
    assert "raise budget.monthly_cents" in why


def test_each_draft_keeps_its_prompt_and_its_share_of_tokens_and_cents(ledger, paying):
    run(ledger, paying, [Hired("dear", cents=4.0)], [order(paying)])
    with ledger.reading() as connection:
        (draft,) = posts.find(connection)
        shown = writers_frame(drafts_frame([draft]), {}, {})
    assert ("post_v1", 900, 101) == (draft.prompt_version, draft.input_tokens, draft.output_tokens)
    assert 2.0 == draft.cost_cents
    assert [("dear", 1, 900, 101, 2.0, None, 0, None, 0)] == shown.rows()
