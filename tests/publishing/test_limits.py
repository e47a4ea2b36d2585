"""Limits: what one worker was told counts for all, and nobody knocks before they may."""

from datetime import timedelta

import httpx
import pytest

from domain.brand import Account
from domain.deliveries import DeliveryKind, DeliveryState, NewDelivery, Payload
from domain.errors import FateUnknown, InWork
from domain.platforms import Platform
from publishing import claims, limits
from publishing.limits import BREAKS_AT
from publishing.outbox import deliver_due
from publishing.platforms.registry import connect
from publishing.worker import run_worker
from storage.ledger import deliveries
from tests.networks import Altered
from tests.publishing.brand import save_brand

X = "x:bergquell"
MINUTES = timedelta(minutes=1)


def told(clock, *, remaining, limit=100, after=10 * MINUTES):
    return {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(remaining),
        "x-rate-limit-reset": str(int((clock.now() + after).timestamp())),
    }


def created(number, headers):
    return httpx.Response(201, json={"data": {"id": str(number), "text": ""}}, headers=headers)


def plan(ledger, count, *, accounts=(X,), kind=DeliveryKind.POST, tag="p"):
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        new = [
            NewDelivery(
                key=f"{tag}{number}",
                kind=kind,
                brand="bergquell",
                platform=Platform.X,
                account=accounts[number % len(accounts)],
                payload=Payload(text=f"{tag} {number}"),
                due_at=now,
            )
            for number in range(count)
        ]
        deliveries.plan_many(connection, new, now=now)


def states(ledger):
    with ledger.reading() as connection:
        return sorted(str(one.state) for one in deliveries.list(connection))


def deliver(ledger, networks, clock, until=None):
    return deliver_due(
        ledger, networks=networks, clock=clock, until=until or clock.now(), limit=100
    )


@pytest.fixture
def several(wire, clock):
    """Four accounts whose wires are one."""
    found = {}
    for handle in ("a", "b", "c", "d"):
        account = Account(platform=Platform.X, handle=handle, time_zone="UTC")
        found[account.id] = connect(
            account,
            secret="token",
            clock=clock,
            sending_allowed=True,
            transport=httpx.MockTransport(wire),
        )
    return found


def test_the_last_call_of_a_window_is_not_asked_for_twice(ledger, networks, clock, wire):
    """The platform said that none is left; the next post waits for its window unasked."""
    wire.after = [created(1, told(clock, remaining=1)), created(2, told(clock, remaining=0))]
    plan(ledger, 4)

    deliver(ledger, networks, clock)

    assert 2 == len(wire.requests)
    assert ["sent", "sent", "waiting", "waiting"] == states(ledger)
    with ledger.reading() as connection:
        waiting = deliveries.list(connection, states=(DeliveryState.WAITING,))
    assert {clock.now() + 10 * MINUTES} == {one.next_at for one in waiting}
    assert "no calls left" in waiting[0].reason

    deliver(ledger, networks, clock, clock.now() + 11 * MINUTES)
    assert 4 == len(wire.requests)


def test_what_one_worker_was_refused_no_other_asks_for(ledger, networks, clock, wire):
    wire.before = [httpx.Response(429, json={"title": "Too Many Requests"})]
    plan(ledger, 5)

    deliver(ledger, networks, clock)
    deliver(ledger, networks, clock)  # another worker, as the ledger is all that they share

    assert 1 == len(wire.requests)
    assert ["waiting"] * 5 == states(ledger)


def test_during_a_ban_an_account_knocks_once_a_window(ledger, networks, clock, wire):
    wire.before = [httpx.Response(429, json={"title": "Too Many Requests"})] * 3
    plan(ledger, 6)
    knocks = []

    for _ in range(4):
        before = len(wire.requests)
        deliver(ledger, networks, clock)
        knocks.append(len(wire.requests) - before)
        with ledger.reading() as connection:
            until = limits.closed_until(connection, X, now=clock.now())
        clock.wait_until((until or clock.now()) + timedelta(seconds=1))
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert [1, 1, 1] == knocks[:3]
    assert ["sent"] * 6 == states(ledger)
    assert sorted(f"p {number}" for number in range(6)) == sorted(wire.texts)


def test_the_wait_grows_where_the_platform_names_no_instant(ledger, networks, clock, wire):
    wire.before = [httpx.Response(429, json={"title": "Too Many Requests"})] * 3
    plan(ledger, 1)
    waits = []
    for _ in range(3):
        deliver(ledger, networks, clock)
        with ledger.reading() as connection:
            until = limits.closed_until(connection, X, now=clock.now())
        waits.append((until - clock.now()).total_seconds())
        clock.wait_until(until)

    assert [15, 30, 60] == waits


def test_an_app_that_has_no_calls_left_closes_all_its_accounts(ledger, several, clock, wire):
    day = told(clock, remaining=0, limit=10_000, after=60 * MINUTES)
    app = {name.replace("rate-limit", "app-limit-24hour"): day[name] for name in day}
    wire.after = [created(1, app)]
    plan(ledger, 4, accounts=[*several])

    deliver(ledger, several, clock)

    assert 1 == len(wire.requests)
    assert ["sent", "waiting", "waiting", "waiting"] == states(ledger)


def test_the_last_calls_are_kept_for_posts(ledger, networks, clock, wire):
    wire.after = [created(1, told(clock, remaining=8))]
    plan(ledger, 1)
    deliver(ledger, networks, clock)
    plan(ledger, 1, kind=DeliveryKind.REPLY, tag="reply")
    plan(ledger, 1, tag="post")

    deliver(ledger, networks, clock)

    assert ["p 0", "post 0"] == wire.texts
    with ledger.reading() as connection:
        (reply,) = deliveries.list(connection, states=(DeliveryState.WAITING,))
        unread = limits.why_unread(connection, X, now=clock.now())
    assert "the last calls of x:bergquell are kept for posts" == unread
    assert "kept for posts" in reply.reason
    deliver(ledger, networks, clock, clock.now() + 11 * MINUTES)
    assert "reply 0" == wire.texts[-1]


def test_a_place_that_is_down_is_tried_by_one_row_a_window(ledger, several, clock, wire):
    wire.before = [httpx.ConnectError("refused")] * 40
    plan(ledger, 40, accounts=[*several])
    deliver(ledger, several, clock)
    first = len(wire.requests)
    knocks = []
    for _ in range(3):
        clock.wait_until(clock.now() + timedelta(minutes=16))
        before = len(wire.requests)
        deliver(ledger, several, clock)
        knocks.append(len(wire.requests) - before)

    assert BREAKS_AT == first
    assert [1, 1, 1] == knocks


@pytest.mark.parametrize(("error", "reached"), [(InWork, 12), (FateUnknown, BREAKS_AT)])
def test_a_platform_that_works_on_what_it_took_is_not_taken_for_one_that_is_down(
    ledger, networks, clock, error, reached
):
    def takes(_send):
        raise error("no id yet")

    plan(ledger, 12)
    deliver(ledger, networks | {X: Altered(networks[X], publish=takes)}, clock)

    assert reached == states(ledger).count("unknown")


def test_after_an_outage_everything_goes_out_once(ledger, several, clock, wire):
    wire.before = [httpx.ConnectError("refused")] * 8
    plan(ledger, 24, accounts=[*several])

    run_worker(ledger, networks=several, clock=clock, concurrency=3, until_idle=True)

    assert ["sent"] * 24 == states(ledger)
    assert sorted(f"p {number}" for number in range(24)) == sorted(wire.texts)


def test_an_account_posts_no_more_than_its_brand_file_lets_it_an_hour(
    ledger, networks, clock, wire
):
    save_brand(ledger, per_hour=3)
    plan(ledger, 7)

    deliver(ledger, networks, clock)
    assert ["sent"] * 3 + ["waiting"] * 4 == states(ledger)
    noon = clock.now()
    deliver(ledger, networks, clock, noon + 59 * MINUTES)
    assert 3 == len(wire.texts)
    deliver(ledger, networks, clock, noon + 61 * MINUTES)

    assert 6 == len(wire.texts)


def test_an_account_may_have_several_under_way_where_its_brand_says_so(ledger, networks):
    save_brand(ledger, in_flight=2)
    plan(ledger, 3)
    held = [claims.claim(ledger, accounts=networks, owner=str(one)) for one in range(3)]

    assert [True, True, False] == [one is not None for one in held]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "refusal",
    [
        httpx.ConnectError("refused"),
        httpx.Response(401, json={"title": "Unauthorized"}),
        httpx.Response(429, json={"title": "Too Many Requests"}),
        httpx.Response(500, json={"title": "Internal Server Error"}),
    ],
    ids=["down", "401", "429", "500"],
)
def test_a_worker_ends_before_a_place_that_refuses_everything(
    ledger, several, clock, wire, refusal
):
    """Its rows hand the next try on to each other: one of them is always soon enough."""
    wire.before = wire.reads = [refusal] * 10_000
    plan(ledger, 8, accounts=[*several])
    noon = clock.now()

    sent = run_worker(ledger, networks=several, clock=clock, concurrency=3, until_idle=True)

    assert 0 == sent
    assert clock.now() - noon < timedelta(hours=1)
    assert {"waiting", "unknown"} >= set(states(ledger))
