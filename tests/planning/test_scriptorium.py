"""Texts in batches: half the price, paid once, whatever dies, fails or comes too late."""

from datetime import timedelta

import pytest

from content.providers.anthropic_batches import AnthropicBatches
from content.providers.anthropic_writer import AnthropicWriter
from content.providers.composer import Composer
from content.providers.openai_batches import OpenAIBatches
from content.providers.openai_writer import OpenAIWriter
from content.providers.prices import Price
from domain.brand import Batching
from domain.commissions import CommissionState
from domain.writing import Brief
from planning.commissioning import LOST_AFTER, Atelier
from planning.drafting import Desk, write_drafts
from planning.scriptorium import POLL, Scriptorium, batches_frame
from storage.blobs import Blobs
from storage.brand_files import load_brands
from storage.ledger import brands, briefs, commissions, costs, posts
from storage.ledger.costs import LedgerPurse
from storage.ledger.stops import stop
from tests.batch_provider import CENTS, DOLLARS_IN, DOLLARS_OUT, BatchProvider
from tests.planning.conftest import BRANDS, MORNING

PRICE = Price(DOLLARS_IN, DOLLARS_OUT)
DAYS = timedelta(days=3)
WIRES = ("responses", "chat", "claude")
S = CommissionState
every_wire = pytest.mark.parametrize("wire", WIRES)


@pytest.fixture
def provider():
    made = BatchProvider()
    yield made
    made.close()


@pytest.fixture
def brand(ledger):
    kept = load_brands(BRANDS)["bergquell"]
    changed = {
        "batch": Batching(when_due_in=timedelta(hours=36)),
        "budget": kept.budget.model_copy(update={"currency": "USD", "monthly_cents": 500}),
    }
    kept = kept.model_copy(update=changed)
    with ledger.transaction() as connection:
        brands.save(connection, kept, now=MORNING)
    return kept


@pytest.fixture
def orders(ledger, brand):
    """Four orders that are due in three days, in the ledger."""
    made = [
        Brief(
            id=f"bergquell:2026-03-05:{number}", brand=brand.name, topic=fact.topic, why="a test",
            facts=(fact,), platforms=("x",), language="de", due_at=MORNING + DAYS,
        )
        for number, fact in enumerate(brand.facts[:4])
    ]  # fmt: skip
    with ledger.transaction() as connection:
        for brief in made:
            briefs.save(connection, brief, now=MORNING)
    return made


def writer_of(wire, url):
    if wire == "claude":
        return AnthropicWriter("mock", "key", url, PRICE)
    return OpenAIWriter("mock", "key", f"{url}/v1", PRICE, wire=wire)


def scriptorium_of(wire, url, ledger):
    writer = writer_of(wire, url)
    kind = AnthropicBatches if wire == "claude" else OpenAIBatches
    return Scriptorium(ledger, {writer.name: kind(writer, 0.5)})


def desk_of(wire, url, ledger, *more):
    hired = [writer_of(wire, url), *more, Composer()]
    return Desk(hired, LedgerPurse(ledger), scriptorium_of(wire, url, ledger))


def write(ledger, brand, orders, desk):
    return write_drafts(ledger, brand, briefs=orders, desk=desk)


def later(clock, desk, wait=POLL):
    clock.instant += wait
    desk.scriptorium.go_on()


def booked(ledger):
    """What is set aside and settled, in cents, per booking."""
    with ledger.reading() as connection:
        return costs.frame(connection).select("reserved_cents", "settled_cents").rows()


def spent(ledger):
    return sum(held if paid is None else paid for held, paid in booked(ledger))


def standing(ledger):
    with ledger.reading() as connection:
        return [one.state for one in commissions.all_of(connection)]


def authors(ledger):
    with ledger.reading() as connection:
        return {post.brief_id: post.generated_by for post in posts.find(connection)}


@every_wire
def test_a_batch_is_written_down_with_its_money_before_it_is_handed_in(
    provider, ledger, brand, orders, wire
):
    seen = []
    provider.at["create"] = lambda: seen.append((standing(ledger), booked(ledger)))
    write(ledger, brand, orders, desk_of(wire, provider.url, ledger))

    ((states, money),) = seen
    assert [S.ASKED] * 4 == states
    assert all(paid is None and held > CENTS / 2 for held, paid in money)


@every_wire
def test_what_waits_for_a_batch_is_written_by_nobody_else(provider, ledger, brand, orders, wire):
    provider.has_ended = False
    desk = desk_of(wire, provider.url, ledger)
    assert [] == write(ledger, brand, orders, desk)
    later(clock=ledger.clock, desk=desk)
    assert [] == write(ledger, brand, orders, desk)
    assert (1, 0) == (len(provider.batches), provider.single_calls)


@every_wire
def test_each_order_gets_its_own_answer_at_half_the_price(
    provider, ledger, brand, orders, clock, wire
):
    desk = desk_of(wire, provider.url, ledger)
    write(ledger, brand, orders, desk)
    later(clock, desk)
    drafts = write(ledger, brand, orders, desk)

    assert {brief.id for brief in orders} == {draft.brief_id for draft in drafts}
    for brief in orders:
        texts = [draft.text for draft in drafts if draft.brief_id == brief.id]
        assert all(text.startswith(brief.facts[0].text) for text in texts)
    assert [S.MADE] * 4 == standing(ledger)
    assert 4 * CENTS / 2 == pytest.approx(sum(provider.invoice)) == pytest.approx(spent(ledger))


@every_wire
def test_the_next_run_finds_nothing_more_to_order(provider, ledger, brand, orders, clock, wire):
    desk = desk_of(wire, provider.url, ledger)
    write(ledger, brand, orders, desk)
    later(clock, desk)
    write(ledger, brand, orders, desk)
    later(clock, desk)

    assert [] == write(ledger, brand, orders, desk)
    assert (1, 4) == (len(provider.batches), len(provider.invoice))


def test_an_urgent_order_is_written_at_once(provider, ledger, brand, orders):
    soon = [orders[0].model_copy(update={"due_at": MORNING + timedelta(hours=35)}), *orders[1:]]
    drafts = write(ledger, brand, soon, desk_of("responses", provider.url, ledger))

    assert {orders[0].id} == {draft.brief_id for draft in drafts}
    assert [3] == [len(batch["orders"]) for batch in provider.batches]


def test_a_brand_that_wants_none_gets_no_batches(provider, ledger, brand, orders):
    plain = brand.model_copy(update={"batch": Batching()})
    write(ledger, plain, orders, desk_of("responses", provider.url, ledger))
    assert ([], 4) == (provider.batches, provider.single_calls)


@every_wire
@pytest.mark.parametrize("fate", ["errored", "expired", "refusal", "cut", "garbled"])
def test_an_order_that_fails_in_its_batch_goes_to_the_next_writer(
    provider, ledger, brand, orders, clock, wire, fate
):
    provider.fate[1] = fate
    desk = desk_of(wire, provider.url, ledger)
    write(ledger, brand, orders, desk)
    later(clock, desk)
    write(ledger, brand, orders, desk)

    written_by = authors(ledger)
    assert "composer" == written_by.pop(orders[1].id)
    assert {f"{desk.writers[0].name}/mock"} == {*written_by.values()}
    assert pytest.approx(sum(provider.invoice)) == spent(ledger)
    assert 0 == provider.single_calls


def test_the_next_writer_may_be_another_hosted_one(provider, ledger, brand, orders, clock):
    provider.fate[1] = "garbled"
    desk = desk_of("claude", provider.url, ledger, writer_of("chat", provider.url))
    write(ledger, brand, orders, desk)
    later(clock, desk)
    write(ledger, brand, orders, desk)

    assert "openai-compatible/mock" == authors(ledger)[orders[1].id]
    assert pytest.approx(sum(provider.invoice)) == spent(ledger)


@every_wire
def test_an_order_that_the_results_do_not_tell_of_is_a_persons(
    provider, ledger, brand, orders, clock, wire
):
    provider.fate[1] = "missing"
    desk = desk_of(wire, provider.url, ledger)
    write(ledger, brand, orders, desk)
    later(clock, desk)
    write(ledger, brand, orders, desk)

    assert 1 == standing(ledger).count(S.UNKNOWN)
    assert orders[1].id in authors(ledger)
    assert 1 == sum(paid is None for _, paid in booked(ledger)[:4])


@every_wire
def test_a_batch_whose_confirmation_was_lost_is_found_and_not_paid_again(
    provider, ledger, brand, orders, clock, wire
):
    provider.status, provider.takes_errors = 502, True
    desk = desk_of(wire, provider.url, ledger)
    write(ledger, brand, orders, desk)
    assert [S.ASKED] * 4 == standing(ledger)
    provider.status = 200
    later(clock, desk, LOST_AFTER)

    assert [S.MADE] * 4 == standing(ledger)
    assert 1 == len(provider.batches)
    assert pytest.approx(sum(provider.invoice)) == spent(ledger)


def test_where_only_the_results_tell_whose_a_batch_is_it_is_waited_for(
    provider, ledger, brand, orders, clock
):
    provider.status, provider.takes_errors, provider.has_ended = 502, True, False
    desk = desk_of("claude", provider.url, ledger)
    write(ledger, brand, orders, desk)
    provider.status = 200
    for _ in range(3):
        later(clock, desk, LOST_AFTER)
    assert ([S.ASKED] * 4, 1) == (standing(ledger), len(provider.batches))
    provider.has_ended = True
    later(clock, desk, LOST_AFTER)

    assert ([S.MADE] * 4, 1) == (standing(ledger), len(provider.batches))


@every_wire
def test_a_batch_that_never_came_is_handed_in_again_but_not_before_it_counts_as_lost(
    provider, ledger, brand, orders, clock, wire
):
    provider.status = 502
    desk = desk_of(wire, provider.url, ledger)
    write(ledger, brand, orders, desk)
    provider.status = 200
    later(clock, desk, LOST_AFTER / 2)
    assert [] == provider.batches
    later(clock, desk, LOST_AFTER)
    later(clock, desk)

    assert ([S.MADE] * 4, 1) == (standing(ledger), len(provider.batches))
    assert pytest.approx(sum(provider.invoice)) == spent(ledger)


@every_wire
def test_a_batch_that_never_comes_is_given_up_and_costs_nothing(
    provider, ledger, brand, orders, clock, wire
):
    provider.status = 502
    desk = desk_of(wire, provider.url, ledger)
    write(ledger, brand, orders, desk)
    for _ in range(4):
        later(clock, desk, LOST_AFTER)
    assert [S.FAILED] * 4 == standing(ledger)
    assert 0 == spent(ledger)
    write(ledger, brand, orders, desk)
    assert {"composer"} == {*authors(ledger).values()}


@every_wire
def test_a_batch_that_is_refused_costs_nothing_and_is_written_at_once(
    provider, ledger, brand, orders, wire
):
    provider.status = 404
    drafts = write(ledger, brand, orders, desk_of(wire, provider.url, ledger))
    assert {brief.id for brief in orders} == {draft.brief_id for draft in drafts}
    assert 0 == spent(ledger)


@every_wire
def test_what_does_not_come_in_time_is_written_at_once_and_still_paid_when_it_comes(
    provider, ledger, brand, orders, clock, wire
):
    provider.has_ended = False
    desk = desk_of(wire, provider.url, ledger)
    write(ledger, brand, orders, desk)
    clock.instant = MORNING + DAYS - brand.batch.until_before
    assert 4 == len({draft.brief_id for draft in write(ledger, brand, orders, desk)})
    provider.has_ended = True
    desk.scriptorium.go_on()

    assert [S.MADE] * 4 == standing(ledger)
    assert (8, pytest.approx(sum(provider.invoice))) == (len(provider.invoice), spent(ledger))


def test_it_is_looked_again_when_the_post_stops_waiting(provider, ledger, brand, orders, clock):
    provider.has_ended = False
    early = Batching(when_due_in=timedelta(hours=36), until_before=timedelta(hours=60))
    desk = desk_of("responses", provider.url, ledger)
    write(ledger, brand.model_copy(update={"batch": early}), orders, desk)
    latest = MORNING + timedelta(hours=12)
    clock.instant = latest - timedelta(minutes=1)
    desk.scriptorium.go_on()
    with ledger.reading() as connection:
        assert latest == commissions.next_look(connection)


@every_wire
def test_a_batch_without_end_is_a_persons_after_a_day(provider, ledger, brand, orders, clock, wire):
    provider.has_ended = False
    desk = desk_of(wire, provider.url, ledger)
    write(ledger, brand, orders, desk)
    later(clock, desk, timedelta(hours=27))
    assert [S.UNKNOWN] * 4 == standing(ledger)
    assert [None] * 4 == [paid for _, paid in booked(ledger)]


def test_the_cap_is_never_passed(provider, ledger, brand, orders, clock):
    thrifty = brand.budget.model_copy(update={"currency": "USD", "monthly_cents": 5})
    poor = brand.model_copy(update={"budget": thrifty})
    with ledger.transaction() as connection:
        brands.save(connection, poor, now=MORNING)
    desk = desk_of("responses", provider.url, ledger)
    write(ledger, poor, orders, desk)
    later(clock, desk)
    write(ledger, poor, orders, desk)

    assert 4 == len(authors(ledger))
    assert 1 <= len(provider.batches[0]["orders"]) < 4
    assert pytest.approx(sum(provider.invoice)) == spent(ledger)
    assert spent(ledger) <= 5


def test_an_emergency_stop_hands_nothing_in(provider, ledger, brand, orders):
    with ledger.transaction() as connection:
        stop(connection, brand=brand.name, reason="fire", actor="anna", now=MORNING)
    write(ledger, brand, orders, desk_of("responses", provider.url, ledger))
    assert ([], [], []) == (provider.batches, [*provider.uploads], booked(ledger))


def test_who_makes_pictures_leaves_texts_alone(provider, ledger, brand, orders, clock, tmp_path):
    provider.has_ended = False
    desk = desk_of("responses", provider.url, ledger)
    write(ledger, brand, orders, desk)
    clock.instant += POLL
    assert [] == Atelier(ledger, Blobs(tmp_path)).go_on()


def test_a_batch_waits_while_its_writer_is_not_set_up(provider, ledger, brand, orders, clock):
    write(ledger, brand, orders, desk_of("responses", provider.url, ledger))
    clock.instant += POLL
    Scriptorium(ledger, {}).go_on()
    assert [S.AT_WORK] * 4 == standing(ledger)


def test_a_table_tells_what_each_batch_cost(provider, ledger, brand, orders, clock):
    provider.fate[2] = "expired"
    desk = desk_of("responses", provider.url, ledger)
    write(ledger, brand, orders, desk)
    later(clock, desk)
    ((name, writer, job, count, written, failed, cents),) = batches_frame(ledger).rows()
    assert ("bergquell", "openai-compatible", "batch_0", 4, 3, 1) == (
        name, writer, job, count, written, failed,
    )  # fmt: skip
    assert pytest.approx(3 * CENTS / 2) == cents
