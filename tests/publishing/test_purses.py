"""Billed reads: set aside page by page, settled by what came, and never over the budget."""

import threading
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from domain.brand import Account, Budget
from domain.platforms import Platform
from publishing.counts import pull_counts
from publishing.limits import REPLIES_KEEP
from publishing.messages import pull
from publishing.outbox import deliver_due
from publishing.platforms.registry import connect
from publishing.readings import read_each
from publishing.reconcile import reconcile
from storage.ledger.tables import costs
from tests.publishing.brand import save_brand

X = "x:bergquell"
OWN = "https://x.example"
ME, AUTHOR = ("user read", 1.0, 1.0), ("user read", 1.0, 1.0)
MENTION, OURS = ("post read", 0.5, 0.5), ("own post read", 0.1, 0.1)


class Mentions:
    """X's wire with mentions in pages, and counts of every post that is asked for but one."""

    def __init__(self):
        self.paths, self.ids, self.fault = [], ["11"], None
        self.read, self.ends_at = [], None

    def __call__(self, request):
        self.paths.append(request.url.path)
        if request.url.path == "/2/users/me":
            return httpx.Response(200, json={"data": {"id": "7", "username": "bergquell"}})
        if isinstance(self.fault, Exception):
            raise self.fault
        if self.fault is not None:
            return self.fault
        if request.url.path == "/2/tweets":
            given = [one for one in request.url.params["ids"].split(",") if one != "gone"]
            data = [{"id": one, "public_metrics": {"like_count": 1}} for one in given]
            return httpx.Response(200, json={"data": data})
        at, size = int(request.url.params.get("pagination_token", 0)), 10
        assert str(size) == request.url.params["max_results"]
        if self.ends_at is not None and at >= self.ends_at:
            return httpx.Response(503, json={})
        below = int(request.url.params.get("until_id", 10**9))
        ids = [one for one in self.ids if int(one) < below]
        shown = ids[at : at + size]
        self.read += shown
        data = [
            {"id": one, "text": "Hi", "author_id": "3", "created_at": "2026-03-02T11:59:00Z"}
            for one in shown
        ]
        meta = {"next_token": str(at + size)} if at + size < len(ids) else {}
        users = [{"id": "3", "username": "maria"}] if shown else []
        return httpx.Response(200, json={"data": data, "includes": {"users": users}, "meta": meta})


@pytest.fixture
def mentions():
    return Mentions()


@pytest.fixture
def asked(mentions, clock):
    account = Account(platform=Platform.X, handle="bergquell", time_zone="UTC")
    transport = httpx.MockTransport(mentions)
    network = connect(account, secret="t", clock=clock, sending_allowed=True, transport=transport)
    return {X: network}


def budget(ledger, cents):
    save_brand(ledger, budget=Budget(monthly_cents=cents), base_url=OWN)


def booked(ledger):
    with ledger.reading() as connection:
        columns = (costs.c.purpose, costs.c.reserved_cents, costs.c.settled_cents)
        return sorted(tuple(row) for row in connection.execute(sa.select(*columns)))


def messages(ledger, networks, clock):
    since = clock.now() - timedelta(hours=1)
    return read_each(
        ledger, networks, lambda account: networks[account].inbound(since=since), keep=REPLIES_KEEP
    )


def test_messages_are_paid_for_by_what_came(ledger, asked, clock):
    budget(ledger, 100)

    told = messages(ledger, asked, clock).told

    assert ["11"] == [one.message_id for one in told[X]]
    assert sorted([ME, AUTHOR, MENTION]) == booked(ledger)


def test_what_is_read_again_on_a_day_is_not_paid_again_and_on_the_next_it_is(ledger, asked, clock):
    budget(ledger, 100)
    for _ in range(3):
        messages(ledger, asked, clock)
    assert 1 == booked(ledger).count(MENTION)

    clock.wait_until(clock.now() + timedelta(days=1))
    messages(ledger, asked, clock)

    assert 2 == booked(ledger).count(MENTION)


def test_counts_are_paid_for_by_the_posts_that_are_still_there(ledger, asked):
    budget(ledger, 100)

    answers = pull_counts(ledger, asked, {X: ["1", "2", "gone"]})

    assert 2 == len(answers.told[X])
    assert [OURS, OURS] == booked(ledger)


def test_without_money_nothing_is_read_and_that_is_told(ledger, asked, clock, mentions):
    budget(ledger, 1)  # less is left beside the posts' share than knowing oneself costs

    answers = messages(ledger, asked, clock)

    assert [] == mentions.paths
    assert {} == answers.refused
    assert "it costs 1.00 USD cents, and bergquell has 1.00 of 1 left" in answers.left_out[X]
    assert "raise budget.monthly_cents in brands/bergquell.yaml" in answers.in_words["not asked"]
    answers.must_be_whole()
    assert [] == booked(ledger)


def test_the_next_page_is_not_asked_for_where_money_ends(ledger, asked, clock, mentions):
    """A page may cost 15 cents: after the first, 20 - 2 - 7 are left."""
    mentions.ids = [str(number) for number in range(100, 125)]
    budget(ledger, 20)

    answers = messages(ledger, asked, clock)

    assert ["/2/users/me", "/2/users/7/mentions"] == mentions.paths
    assert [X] == [*answers.left_out]
    assert sorted([ME, AUTHOR, *[MENTION] * 10]) == booked(ledger)


def pulled(ledger, networks, clock):
    """What the asset does: reads on, and keeps; the ids in the order of keeping."""
    kept = []
    since = clock.now() - timedelta(hours=1)

    def ask(account):
        return pull(ledger, networks[account], account, since=since, keep=kept.extend)

    answers = read_each(ledger, networks, ask, keep=REPLIES_KEEP)
    for told in answers.told.values():
        kept.extend(told)
    return answers, [one.message_id for one in kept]


def test_pages_that_were_paid_for_before_money_ended_are_kept_and_not_read_again(
    ledger, asked, clock, mentions
):
    """A page may cost 15 cents: after the first, 20 - 2 - 7 are left."""
    mentions.ids = [str(number) for number in range(124, 99, -1)]
    budget(ledger, 20)

    answers, first = pulled(ledger, asked, clock)
    assert [X] == [*answers.left_out]
    assert mentions.ids[:10] == sorted(first, reverse=True)

    clock.wait_until(clock.now() + timedelta(days=1))  # X would charge for them once more
    mentions.ids.insert(0, "125")
    budget(ledger, 300)
    _, second = pulled(ledger, asked, clock)

    assert mentions.ids[11:] == sorted(second[:15], reverse=True)
    assert mentions.ids == sorted({*first, *second}, reverse=True)
    mentions.read.clear()
    pulled(ledger, asked, clock)
    assert mentions.ids == mentions.read, "the gap is closed"


def test_a_gap_that_is_broken_off_again_goes_on_from_there(ledger, asked, clock, mentions):
    mentions.ids = [str(number) for number in range(134, 99, -1)]
    budget(ledger, 300)
    mentions.ends_at = 10
    kept = []
    for _ in range(3):
        kept += pulled(ledger, asked, clock)[1]
    assert mentions.ids[:30] == mentions.read
    mentions.ends_at = None

    kept += pulled(ledger, asked, clock)[1]

    assert mentions.ids[:35] == mentions.read[:35]
    assert {*mentions.ids} == {*kept}


def test_counts_that_were_paid_for_before_money_ended_are_told(ledger, asked):
    """A hundred may cost 10 cents, and a quarter of the budget is kept for posts."""
    budget(ledger, 24)

    answers = pull_counts(ledger, asked, {X: [str(number) for number in range(200)]})

    assert 100 == len(answers.told[X])
    assert [X] == [*answers.left_out]


def test_counts_leave_more_of_the_budget_to_posts_than_messages_do(ledger, asked, clock):
    budget(ledger, 20)

    assert messages(ledger, asked, clock).told  # 17.5 are left
    many = [str(number) for number in range(100)]
    assert [X] == [*pull_counts(ledger, asked, {X: many * 2}).left_out]


@pytest.mark.parametrize(
    ("fault", "stays"),
    [
        (httpx.Response(503, json={}), False),
        (httpx.Response(429, json={}), False),
        (httpx.ConnectError("refused"), False),
        (httpx.ReadTimeout("no answer"), True),
        (httpx.Response(200, text="no json"), True),
    ],
)
def test_a_refusal_costs_nothing_and_a_lost_answer_stays_set_aside(
    ledger, asked, mentions, fault, stays
):
    budget(ledger, 100)
    mentions.fault = fault

    answers = pull_counts(ledger, asked, {X: ["1", "2"]})

    assert [X] == [*answers.refused]
    assert ([("post read", 0.2, None)] if stays else []) == booked(ledger)


def test_a_look_up_without_money_waits_and_says_for_what(ledger, networks, clock, desk, wire):
    budget(ledger, 2)
    wire.after = [httpx.ReadTimeout("no answer")]
    delivery_id = desk.plan()
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=9)
    wire.requests.clear()

    reconcile(ledger, networks=networks)

    assert [] == wire.requests
    row = desk.look(delivery_id)
    assert "unknown" == row.state
    assert "raise budget.monthly_cents" in row.reason
    assert clock.now() + timedelta(minutes=30) == row.next_at
    budget(ledger, 20)
    clock.wait_until(row.next_at)
    (found,) = reconcile(ledger, networks=networks)
    assert "sent" == found.state


def test_a_rehearsal_reads_for_nothing(ledger, asked, clock):
    save_brand(ledger)

    assert messages(ledger, asked, clock).told
    assert [] == booked(ledger)


def test_many_readers_keep_one_budget(timely, asked, clock, mentions):
    """A page may cost 15 cents and costs 6: of 40, less a tenth, some readers find nothing."""
    mentions.ids = [str(number) for number in range(100, 110)]
    handles = [f"brand{number}" for number in range(8)]
    save_brand(timely, budget=Budget(monthly_cents=40), base_url=OWN, handles=handles)
    networks = {f"x:{handle}": asked[X] for handle in handles}
    told, left_out = [], []

    def read():
        answers = messages(timely, networks, clock)
        told.extend(answers.told)
        left_out.extend(answers.left_out)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert told
    assert left_out
    paid = booked(timely)
    assert all(settled is not None for _, _, settled in paid)
    assert 36 >= sum(settled for _, _, settled in paid)
