"""What models of others make: paid once, whatever dies between money and ledger."""

import multiprocessing
import os
import signal
from datetime import timedelta

import httpx
import pytest

from content.media.makers.hosted import clip_maker_of, maker_of
from domain.commissions import CommissionState
from domain.errors import PolicyError, StateError
from domain.writing import Brief
from planning.commissioning import LOST_AFTER, NEVER_DONE, Atelier, commissions_frame
from storage.blobs import Blobs
from storage.brand_files import load_brands
from storage.ledger import brands, commissions, costs
from storage.ledger.database import Ledger
from tests.clock import SteppingClock
from tests.makers import Provider, clip, jpeg
from tests.planning.conftest import BRANDS, MORNING

DAY = timedelta(days=1)
PAINTERS = ("openai/gpt-image-1", "stability/core", "replicate/black-forest-labs/flux-schnell")
FILMERS = ("runway/veo3.1_fast", "replicate/bytedance/seedance-1-lite")
EVERY = (*PAINTERS, *FILMERS)
LISTED = (PAINTERS[2], FILMERS[1])
UNLISTED = (*PAINTERS[:2], FILMERS[0])
S = CommissionState


@pytest.fixture
def provider():
    made = Provider()
    yield made
    made.close()


@pytest.fixture
def brand(ledger):
    kept = load_brands(BRANDS)["bergquell"]
    manner = {"painting": "Photograph.", "filming": "Slow drone shot."}
    changed = {
        "look": kept.look.model_copy(update=manner),
        "budget": kept.budget.model_copy(update={"currency": "USD", "monthly_cents": 500}),
    }
    kept = kept.model_copy(update=changed)
    with ledger.transaction() as connection:
        brands.save(connection, kept, now=MORNING)
    return kept


@pytest.fixture
def brief(brand):
    fact = brand.facts[0]
    return Brief(
        id="bergquell:2026-03-02:1", brand=brand.name, topic=fact.topic, why="a test",
        facts=(fact,), platforms=("instagram", "tiktok"), language="de", due_at=MORNING + DAY,
    )  # fmt: skip


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path / "media")


def atelier_of(name, provider, ledger, blobs):
    films = name in FILMERS
    provider.content = clip() if films else jpeg()
    hired = (clip_maker_of if films else maker_of)(name, "key", base_url=provider.url)
    object.__setattr__(hired, "poll", 0)  # the clock of these tests stands still
    return Atelier(ledger, blobs, **{"filmer" if films else "painter": hired})


def order(atelier, brief, brand):
    ask = atelier.clip if atelier.filmer else atelier.picture
    return ask(brief, brand)


def settled(ledger):
    """What is set aside and what is settled, in cents."""
    with ledger.reading() as connection:
        return costs.frame(connection).select("reserved_cents", "settled_cents").rows()


def standing(ledger):
    with ledger.reading() as connection:
        return [one.state for one in commissions.all_of(connection)]


def later(clock, atelier, wait=LOST_AFTER):
    clock.instant += wait
    return atelier.go_on()


@pytest.mark.parametrize("name", EVERY)
def test_an_order_is_written_down_before_it_is_paid(provider, ledger, blobs, brief, brand, name):
    seen = []
    provider.at["order"] = lambda: seen.append((standing(ledger), settled(ledger)))
    atelier = atelier_of(name, provider, ledger, blobs)
    order(atelier, brief, brand)

    price = (atelier.filmer or atelier.painter).cents
    assert [([S.ASKED], [(price, None)])] == seen


@pytest.mark.parametrize("name", EVERY)
def test_what_is_made_is_kept_and_paid_once_for_all_variants(
    provider, ledger, blobs, brief, brand, name
):
    atelier = atelier_of(name, provider, ledger, blobs)
    order(atelier, brief, brand)
    atelier.go_on()
    one = order(atelier, brief, brand)

    assert (S.MADE, provider.content) == (one.state, atelier.content(one).content)
    assert [(one.cents, one.cents)] == settled(ledger)
    assert 1 == len(provider.billed)


def test_a_clip_is_awaited_until_shortly_before_its_post_is_due(
    provider, ledger, blobs, brief, brand, clock
):
    provider.states = ["processing"]
    atelier = atelier_of(FILMERS[0], provider, ledger, blobs)
    one = order(atelier, brief, brand)

    assert atelier.awaits(one)
    later(clock, atelier, DAY - timedelta(minutes=31))
    assert atelier.awaits(order(atelier, brief, brand))
    later(clock, atelier, timedelta(minutes=2))
    assert not atelier.awaits(order(atelier, brief, brand))


@pytest.mark.parametrize("name", LISTED)
def test_an_order_whose_answer_was_lost_is_found_and_not_paid_again(
    provider, ledger, blobs, brief, brand, name
):
    provider.at["order"] = lambda: None
    atelier = atelier_of(name, provider, ledger, blobs)

    assert S.MADE == order(atelier, brief, brand).state
    assert 1 == len(provider.billed)


@pytest.mark.parametrize("name", UNLISTED)
def test_where_nobody_can_say_whether_it_was_paid_a_person_is_asked_and_nobody_pays_again(
    provider, ledger, blobs, brief, brand, clock, name
):
    provider.at["order"] = lambda: None
    atelier = atelier_of(name, provider, ledger, blobs)
    order(atelier, brief, brand)
    later(clock, atelier)
    one = order(atelier, brief, brand)

    assert (S.UNKNOWN, 1) == (one.state, len(provider.billed))
    assert [(one.cents, None)] == settled(ledger)
    assert "amsel commissions paid" in one.remedy
    assert [one.id] == commissions_frame(ledger)["id"].to_list()


@pytest.mark.parametrize(("is_paid", "cents"), [(True, 6.3), (False, 0.0)])
def test_a_person_s_answer_settles_the_money(provider, ledger, blobs, brief, brand, is_paid, cents):
    provider.at["order"] = lambda: None
    one = order(atelier_of(PAINTERS[0], provider, ledger, blobs), brief, brand)
    with ledger.transaction() as connection:
        commissions.answer(connection, one.id, is_paid=is_paid, now=MORNING)

    assert [(6.3, cents)] == settled(ledger)
    with ledger.transaction() as connection, pytest.raises(StateError, match="is failed"):
        commissions.answer(connection, one.id, is_paid=is_paid, now=MORNING)


@pytest.mark.parametrize("name", EVERY)
def test_who_was_paused_before_the_request_lets_it_be(
    provider, ledger, blobs, brief, brand, clock, monkeypatch, name
):
    """Another process may have taken it for lost by then, and asked anew."""
    atelier, real = atelier_of(name, provider, ledger, blobs), commissions.begin

    def and_pause(*given, **named):
        begun = real(*given, **named)
        clock.instant += LOST_AFTER
        return begun

    with monkeypatch.context() as patch:
        patch.setattr(commissions, "begin", and_pause)
        order(atelier, brief, brand)
    assert [] == provider.billed

    atelier.go_on()
    assert len(provider.billed) == (name in LISTED)  # elsewhere a person is asked


@pytest.mark.parametrize("name", LISTED)
def test_an_order_that_never_came_is_made_again_but_not_before_its_answer_counts_as_lost(
    provider, ledger, blobs, brief, brand, clock, name
):
    provider.status = 500
    atelier = atelier_of(name, provider, ledger, blobs)
    order(atelier, brief, brand)
    provider.status = 200
    later(clock, atelier, timedelta(minutes=1))
    assert [] == provider.billed

    later(clock, atelier)
    later(clock, atelier)
    assert ([S.MADE], 1) == (standing(ledger), len(provider.billed))


def test_an_order_that_never_comes_is_given_up_and_costs_nothing(
    provider, ledger, blobs, brief, brand, clock
):
    provider.status = 500
    atelier = atelier_of(LISTED[0], provider, ledger, blobs)
    order(atelier, brief, brand)
    for _ in range(5):
        later(clock, atelier)

    assert ([S.FAILED], [(0.3, 0.0)]) == (standing(ledger), settled(ledger))
    assert 3 == sum(bool(body) for _, _, body in provider.asked)


@pytest.mark.parametrize("name", (*LISTED, FILMERS[0]))
def test_a_job_that_fails_costs_nothing_and_is_not_ordered_again(
    provider, ledger, blobs, brief, brand, name
):
    provider.states = ["processing", "failed"]
    atelier = atelier_of(name, provider, ledger, blobs)
    order(atelier, brief, brand)
    for _ in range(3):
        atelier.go_on()
    one = order(atelier, brief, brand)

    assert (S.FAILED, [(one.cents, 0.0)]) == (one.state, settled(ledger))
    assert 1 == len(provider.billed)


@pytest.mark.parametrize("name", (*LISTED, FILMERS[0]))
def test_a_job_that_is_billed_and_returns_nothing_is_paid_once(
    provider, ledger, blobs, brief, brand, name
):
    provider.output = []
    atelier = atelier_of(name, provider, ledger, blobs)
    order(atelier, brief, brand)
    atelier.go_on()
    one = order(atelier, brief, brand)

    assert (S.FAILED, [(one.cents, one.cents)]) == (one.state, settled(ledger))
    assert "there is nothing" in one.reason


def test_a_job_without_end_is_a_person_s_after_a_day(provider, ledger, blobs, brief, brand, clock):
    provider.states = ["processing"]
    atelier = atelier_of(FILMERS[0], provider, ledger, blobs)
    order(atelier, brief, brand)
    later(clock, atelier, NEVER_DONE + timedelta(minutes=1))
    one = order(atelier, brief, brand)

    assert S.UNKNOWN == one.state
    assert "job job1 of runway/veo3.1_fast does not come to an end" in one.reason


def test_an_outage_while_a_job_works_loses_nothing(provider, ledger, blobs, brief, brand):
    atelier = atelier_of(FILMERS[0], provider, ledger, blobs)
    order(atelier, brief, brand)
    for point in ("look", "file"):
        provider.at[point] = lambda: None
        assert [S.AT_WORK] == [one.state for one in atelier.go_on()]

    assert [S.MADE] == [one.state for one in atelier.go_on()]


def test_a_brand_without_money_asks_nobody(provider, ledger, blobs, brief, brand):
    poor = brand.model_copy(
        update={"budget": brand.budget.model_copy(update={"currency": "USD", "monthly_cents": 5})}
    )
    with ledger.transaction() as connection:
        brands.save(connection, poor, now=MORNING)

    with pytest.raises(PolicyError, match=r"raise budget\.monthly_cents"):
        order(atelier_of(PAINTERS[0], provider, ledger, blobs), brief, poor)
    assert ([], [], []) == (provider.asked, standing(ledger), settled(ledger))


def test_a_brand_that_does_not_ask_for_them_pays_for_none(provider, ledger, blobs, brief, brand):
    plain = brand.model_copy(update={"look": None})

    for name in (PAINTERS[0], FILMERS[0]):
        assert order(atelier_of(name, provider, ledger, blobs), brief, plain) is None
    assert [] == provider.asked


def run_until_killed(name, url, ledger_url, blobs, brief, brand):
    """In a process of its own: order, and look as long as there is something to look at."""
    ledger = Ledger(ledger_url, clock=SteppingClock(MORNING))
    hired = Provider.__new__(Provider)
    hired.url, hired.content = url, b""
    atelier = atelier_of(name, hired, ledger, blobs)
    order(atelier, brief, brand)
    while atelier.go_on():
        pass
    httpx.get(f"{url}/end")


@pytest.fixture
def killed(provider, ledger, ledger_url, blobs, brief, brand):
    """`killed(name, point)`: a process that ordered, and was killed when `point` was reached."""

    def run(name, point):
        fork = multiprocessing.get_context("fork")
        arguments = (name, provider.url, ledger_url, blobs, brief, brand)
        child = fork.Process(target=run_until_killed, args=arguments)
        provider.content = clip() if name in FILMERS else jpeg()
        provider.at[point] = lambda: os.kill(child.pid, signal.SIGKILL)
        ledger.close()
        child.start()
        child.join(timeout=20)
        assert -signal.SIGKILL == child.exitcode
        return atelier_of(name, provider, ledger, blobs)

    return run


@pytest.mark.parametrize("name", LISTED)
def test_killed_between_payment_and_ledger_the_job_is_found(
    killed, provider, ledger, brief, brand, clock, name
):
    atelier = killed(name, "order")
    assert [S.ASKED] == standing(ledger)
    later(clock, atelier)

    one = order(atelier, brief, brand)
    assert (S.MADE, 1) == (one.state, len(provider.billed))
    assert [(one.cents, one.cents)] == settled(ledger)


@pytest.mark.parametrize("name", UNLISTED)
def test_killed_between_payment_and_ledger_where_no_list_is_kept_a_person_is_asked(
    killed, provider, ledger, brief, brand, clock, name
):
    atelier = killed(name, "order")
    later(clock, atelier)

    one = order(atelier, brief, brand)
    assert (S.UNKNOWN, 1) == (one.state, len(provider.billed))
    assert [(one.cents, None)] == settled(ledger)


@pytest.mark.parametrize("name", (*LISTED, FILMERS[0]))
@pytest.mark.parametrize("point", ["look", "file"])
def test_killed_while_the_job_works_its_end_is_fetched(
    killed, provider, ledger, brief, brand, clock, name, point
):
    atelier = killed(name, point)
    assert [S.AT_WORK] == standing(ledger)
    later(clock, atelier)

    one = order(atelier, brief, brand)
    assert (S.MADE, 1) == (one.state, len(provider.billed))


@pytest.mark.parametrize("name", EVERY)
def test_killed_before_the_draft_has_it_what_is_made_is_not_ordered_again(
    killed, provider, brief, brand, name
):
    atelier = killed(name, "end")

    one = order(atelier, brief, brand)
    assert (S.MADE, provider.content) == (one.state, atelier.content(one).content)
    assert 1 == len(provider.billed)
