"""The first due rows of each account are found in their order, however many wait behind them."""

from datetime import timedelta

import pytest

from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.platforms import Platform
from publishing.queues import front, look
from storage.ledger import deliveries, stops
from storage.ledger.limits import Limit, write
from storage.ledger.tables import deliveries as delivery_rows

BUSY, QUIET, IDLE = "x:busy", "x:quiet", "x:idle"


def plan(ledger, clock, account, key, *, seconds, after=None):
    new = NewDelivery(
        key=key,
        brand="bergquell",
        platform=Platform.X,
        account=account,
        payload=Payload(text=key),
        due_at=clock.now() + timedelta(seconds=seconds),
        after=after,
    )
    with ledger.transaction() as connection:
        delivery_id = deliveries.plan(connection, new, now=clock.now())
        mine = delivery_rows.c.id == delivery_id
        connection.execute(delivery_rows.update().where(mine).values(state=DeliveryState.DUE))
    return delivery_id


def found(ledger, *accounts, most=2, without=()):
    with ledger.transaction() as connection:
        rows = front(connection, accounts, most, without=without).first.rows
    return [row.key for row in rows]


def test_of_each_account_the_first_rows_come_by_their_instants(ledger, clock):
    for number in (4, 0, 3, 1, 2):
        plan(ledger, clock, BUSY, f"busy {number}", seconds=10 * number)
    plan(ledger, clock, QUIET, "quiet", seconds=5)

    assert ["busy 0", "quiet", "busy 1"] == found(ledger, BUSY, QUIET, IDLE)
    assert ["quiet"] == found(ledger, QUIET)


def test_what_is_left_out_makes_room_for_the_next(ledger, clock):
    first, *_ = [plan(ledger, clock, BUSY, f"busy {n}", seconds=n) for n in range(3)]

    assert ["busy 1", "busy 2"] == found(ledger, BUSY, without=[first])


def test_a_part_whose_turn_has_not_come_keeps_nobody_waiting(ledger, clock):
    plan(ledger, clock, BUSY, "root", seconds=0)
    plan(ledger, clock, BUSY, "part", seconds=1, after="root")
    plan(ledger, clock, BUSY, "other", seconds=2)

    assert ["root", "other"] == found(ledger, BUSY)


def waiting(ledger, clock, *, most=3, without=(), hands=1):
    """What is ours, and what is behind it."""
    accounts = dict.fromkeys((BUSY, QUIET, IDLE), hands)
    with ledger.transaction() as connection:
        seen = look(connection, accounts, most=most, without=without, now=clock.now())
    return [*seen.ours], [*seen.others]


def test_the_account_that_has_waited_longest_comes_first(ledger, clock):
    plan(ledger, clock, BUSY, "busy", seconds=7)
    first = plan(ledger, clock, QUIET, "quiet", seconds=3)
    plan(ledger, clock, QUIET, "quiet too", seconds=9)

    assert ([QUIET, BUSY], []) == waiting(ledger, clock)
    assert ([BUSY, QUIET], []) == waiting(ledger, clock, without=[first])
    assert ([QUIET], [BUSY]) == waiting(ledger, clock, most=1)


def test_an_account_whose_hands_are_full_is_not_looked_at(ledger, clock):
    first = plan(ledger, clock, QUIET, "quiet", seconds=3)
    plan(ledger, clock, QUIET, "quiet too", seconds=9)
    with ledger.transaction() as connection:
        mine = delivery_rows.c.id == first
        connection.execute(delivery_rows.update().where(mine).values(state="claimed"))

    assert ([], []) == waiting(ledger, clock)
    assert ([QUIET], []) == waiting(ledger, clock, hands=2)


def test_of_an_account_that_somebody_is_claiming_from_nothing_is_seen(ledger, clock):
    plan(ledger, clock, BUSY, "busy", seconds=7)
    plan(ledger, clock, QUIET, "quiet", seconds=3)
    if ledger.url.get_backend_name() == "sqlite":
        pytest.skip("SQLite has one writer")

    with ledger.transaction() as connection:
        look(connection, {QUIET: 1}, most=1, without=(), now=clock.now())
        assert ([BUSY], []) == waiting(ledger, clock)
    assert ([QUIET, BUSY], []) == waiting(ledger, clock)


def test_a_row_that_somebody_is_moving_makes_room_for_the_next(ledger, clock):
    first, *_ = [plan(ledger, clock, BUSY, f"busy {n}", seconds=n) for n in range(3)]
    if ledger.url.get_backend_name() == "sqlite":
        pytest.skip("SQLite has one writer")

    with ledger.transaction() as connection:
        mine = delivery_rows.c.id == first
        connection.execute(delivery_rows.update().where(mine).values(state="cancelled"))
        assert ["busy 1", "busy 2"] == found(ledger, BUSY)


def test_limits_hands_and_stops_are_those_of_the_moment(ledger, clock):
    now = clock.now()
    limit = Limit(BUSY, "account", now, remaining=3, in_percent=True, resets_at=now)
    plan(ledger, clock, BUSY, "busy", seconds=0)
    plan(ledger, clock, QUIET, "quiet", seconds=0)
    with ledger.transaction() as connection:
        write(connection, [limit, Limit(IDLE, "account", now)])
        stops.resume(connection, actor="anna", now=now)
        stops.stop(connection, brand="bergquell", reason='a "bad" day', actor="anna", now=now)
        mine = delivery_rows.c.account == QUIET
        connection.execute(delivery_rows.update().where(mine).values(state="sending"))
        here = front(connection, [BUSY], 1, without=(), owners=[BUSY])

        assert ({(BUSY, "account"): limit}, {QUIET: 1}) == (here.limits, here.in_flight)
        assert stops.active_all(connection) == here.stops
        assert 1 == len(here.stops)
