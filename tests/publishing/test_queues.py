"""The first due rows of each account are found in their order, however many wait behind them."""

from datetime import timedelta

from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.platforms import Platform
from publishing.queues import by_waiting, first_rows
from storage.ledger import deliveries
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
        rows = first_rows(connection, accounts, most, without=without).rows
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


def test_the_account_that_has_waited_longest_comes_first(ledger, clock):
    plan(ledger, clock, BUSY, "busy", seconds=7)
    first = plan(ledger, clock, QUIET, "quiet", seconds=3)
    plan(ledger, clock, QUIET, "quiet too", seconds=9)

    with ledger.reading() as connection:
        assert [QUIET, BUSY] == by_waiting(connection, (BUSY, QUIET, IDLE), without=())
        assert [BUSY, QUIET] == by_waiting(connection, (BUSY, QUIET, IDLE), without=[first])
