"""Billed calls: set aside with the intent, settled with the outcome, and never over the budget."""

import threading
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from domain.brand import Budget
from domain.deliveries import DeliveryKind, DeliveryState, NewDelivery, Payload
from domain.platforms import Platform
from domain.prices import dollars
from publishing import claims
from publishing.attempts import begin
from publishing.outbox import deliver_due
from publishing.reconcile import reconcile
from publishing.worker import run_worker
from runtime.clock import SystemClock
from storage.ledger import deliveries
from storage.ledger.tables import costs
from tests.publishing.brand import save_brand

X = "x:bergquell"
OWN = "https://x.example"
"""A server in X's place: a rehearsal that is charged, because the brand has a budget."""


def plan(ledger, count, *, link=None, kind=DeliveryKind.POST, tag="p"):
    with ledger.transaction() as connection:
        now = ledger.now(connection)
        new = [
            NewDelivery(
                key=f"{tag}{number}",
                kind=kind,
                brand="bergquell",
                platform=Platform.X,
                account=X,
                payload=Payload(text=f"{tag} {number}", link=link),
                due_at=now,
            )
            for number in range(count)
        ]
        deliveries.plan_many(connection, new, now=now)


def deliver(ledger, networks, clock):
    return deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=100)


def booked(ledger):
    with ledger.reading() as connection:
        columns = (costs.c.purpose, costs.c.reserved_cents, costs.c.settled_cents)
        rows = connection.execute(sa.select(*columns).order_by(costs.c.reserved_at, costs.c.id))
        return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("kind", "link", "price"),
    [
        (DeliveryKind.POST, None, 0.015),
        (DeliveryKind.POST, "https://bergquell.example", 0.20),
        (DeliveryKind.REPLY, None, 0.01),
        (DeliveryKind.DELETE, None, 0.010),
    ],
)
def test_x_charges_by_what_is_done(kind, link, price):
    assert price == dollars(Platform.X, kind, Payload(text="Fresh.", link=link))


def test_what_is_sent_is_paid_and_what_is_refused_is_not(ledger, networks, clock, wire):
    save_brand(ledger, budget=Budget(monthly_cents=100), base_url=OWN)
    plan(ledger, 2)
    wire.before = [None, httpx.Response(400, json={"detail": "no"})]

    deliver(ledger, networks, clock)

    assert sorted([("post", 1.5, 1.5), ("post", 1.5, 0.0)]) == sorted(booked(ledger))


def test_a_budget_that_is_used_up_parks_the_rest_with_reason_and_remedy(
    ledger, networks, clock, wire
):
    save_brand(ledger, budget=Budget(monthly_cents=5), base_url=OWN)
    plan(ledger, 5)

    deliver(ledger, networks, clock)

    assert 3 == len(wire.texts)
    with ledger.reading() as connection:
        parked = deliveries.list(connection, states=(DeliveryState.WAITING,))
    assert 2 == len(parked)
    assert "it costs 1.50 USD cents, and bergquell has 0.50 of 5 left" in parked[0].reason
    assert "raise budget.monthly_cents in brands/bergquell.yaml" in parked[0].remedy

    save_brand(ledger, budget=Budget(monthly_cents=10), base_url=OWN)
    clock.wait_until(clock.now() + timedelta(minutes=31))
    deliver(ledger, networks, clock)
    assert 5 == len(wire.texts)


def test_a_budget_in_euros_is_charged_at_its_rate(ledger, networks, clock):
    budget = Budget(currency="EUR", monthly_cents=100, eur_per_usd=0.8)
    save_brand(ledger, budget=budget, base_url=OWN)
    plan(ledger, 1)

    deliver(ledger, networks, clock)

    assert [("post", 1.2, 1.2)] == booked(ledger)


def test_money_stays_set_aside_until_the_fate_is_known(ledger, networks, clock, wire):
    save_brand(ledger, budget=Budget(monthly_cents=100), base_url=OWN)
    wire.after = [httpx.ReadTimeout("no answer")]
    plan(ledger, 1)

    deliver(ledger, networks, clock)
    assert [("post", 1.5, None)] == booked(ledger)
    reconcile(ledger, networks=networks)

    read = [("own post read", 0.1, 0.1), ("post", 1.5, 1.5), ("user read", 1.0, 1.0)]
    assert read == sorted(booked(ledger))


def test_many_workers_keep_one_budget(timely, networks, wire):
    handles = [f"brand{number}" for number in range(6)]
    save_brand(timely, budget=Budget(monthly_cents=30), base_url=OWN, handles=handles)
    network = networks[X]
    with timely.transaction() as connection:
        now = timely.now(connection)
        new = [
            NewDelivery(
                key=f"{number}",
                brand="bergquell",
                platform=Platform.X,
                account=f"x:{handles[number % 6]}",
                payload=Payload(text=f"Number {number}"),
                due_at=now,
            )
            for number in range(60)
        ]
        deliveries.plan_many(connection, new, now=now)
    many = {f"x:{handle}": network for handle in handles}

    def work():
        run_worker(timely, networks=many, clock=SystemClock(), concurrency=3, until_idle=True)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    work()

    assert 20 == len(wire.texts)
    assert 30 == sum(settled for _, _, settled in booked(timely))


def test_a_rehearsal_costs_nothing(ledger, networks, clock, wire):
    save_brand(ledger)  # no budget at all, and X itself: the ledger's clock is a simulated one
    plan(ledger, 2)

    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert 2 == len(wire.texts)
    assert [] == booked(ledger)


def test_x_itself_is_not_asked_without_a_budget(ledger, networks, desk):
    save_brand(ledger)
    delivery_id = desk.plan()
    claimed = claims.claim(ledger, accounts=networks, owner="w1")

    assert begin(ledger, claimed, network=networks[X]) is None
    assert DeliveryState.WAITING == desk.look(delivery_id).state
