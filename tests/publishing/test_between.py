"""What is committed between two statements of the door's transactions, on a server."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from domain.deliveries import Payload, fingerprint
from domain.errors import RateLimited
from publishing import attempts, claims, interventions, outcomes, queues
from publishing.leases import LEASE
from publishing.zones import follow_zones
from storage.ledger import chain, claiming, deliveries, rewording
from tests.interleaved import between

X = "x:bergquell"
LATER = {"local_time": "2026-03-03T15:00"}


def test_a_refusal_that_comes_while_another_claims_closes_the_account(
    ledger, desk, networks, clock, others
):
    first, second = desk.plan("p1", text="One.", after=-5), desk.plan("p2", text="Two.")
    claimed = claims.claim(ledger, accounts=networks, owner="one")
    assert first == claimed.id
    attempt = attempts.begin(ledger, claimed, network=networks[X])
    other, watcher = others
    refused = outcomes.refused(RateLimited("too many", until=clock.now() + timedelta(hours=1)))

    with between(
        ledger,
        lambda: attempts.finish(other, attempt, refused),
        after=lambda _, said: "GROUP BY deliveries.account" in said,
        watcher=watcher,
    ) as refusal:
        taken = claims.claim(ledger, accounts=networks, owner="two")

    assert (True, None) == (refusal.has_acted, refusal.error)
    assert taken is None
    assert 0 == desk.look(second).attempts


def fall_due(ledger):
    with ledger.transaction() as connection:
        claims.due(connection, ledger.now(connection))


class Search:
    """The search of a claim as it stands between its snapshot and its locks."""

    def __init__(self, connection):
        self._connection = connection
        found = queues._front("postgresql").compile(dialect=connection.dialect)
        named = found.params | {"accounts": [X], "without": [], "most": 4, "names": []}
        connection.exec_driver_sql(f"declare search no scroll cursor for {found}", named)

    def rows(self):
        """Go on: look at each row, lock it, and read it."""
        told = self._connection.exec_driver_sql("fetch all from search")
        return queues._front_of(told).first.rows


def test_what_is_cancelled_between_search_and_lock_is_not_claimed(ledger, desk, others):
    desk.plan("p1", text="One.")
    desk.plan("p2", text="Two.")
    fall_due(ledger)

    with ledger.transaction() as connection:
        search = Search(connection)
        interventions.cancel(others[0], "p1:x", actor="anna", reason="no")

        assert ["p2:x"] == [row.key for row in search.rows()]


def test_what_was_reworded_between_search_and_lock_is_claimed_in_its_new_words(
    ledger, desk, clock, others
):
    desk.plan("p1", text="One.")
    fall_due(ledger)
    other = others[0]

    with ledger.transaction() as connection:
        search = Search(connection)
        with other.transaction() as beside:
            row = deliveries.find(beside, "p1:x")
            new = Payload(text="Another.")
            rewording.reword(beside, row, new, version=2, now=clock.now())

        (found,) = search.rows()

    assert ("Another.", 2, fingerprint("Another.")) == (
        found.payload.text,
        found.post_version,
        found.fingerprint,
    )


def test_what_another_had_between_search_and_lock_goes_on_in_its_chain(
    ledger, desk, networks, clock, others
):
    """Claimed and given back meanwhile: the fence and the chain are those of after that."""
    desk.plan("p1", text="One.")
    fall_due(ledger)
    other = others[0]

    with ledger.transaction() as connection:
        search = Search(connection)
        first = claims.claim(other, accounts=networks, owner="one")
        with other.transaction() as beside:
            claims.release(beside, clock.now(), [first.id], owner="one")
        now = clock.now()
        claimed = claiming.claim_all(
            connection, search.rows(), owner="two", until=now + LEASE, now=now
        )

    assert [first.fence + 1] == [one.fence for one in claimed]
    with ledger.reading() as connection:
        assert () == chain.verify(connection).broken


def test_what_another_holds_between_search_and_lock_is_not_claimed_again(
    ledger, desk, networks, others
):
    desk.plan("p1", text="One.")
    fall_due(ledger)

    with ledger.transaction() as connection:
        search = Search(connection)
        assert claims.claim(others[0], accounts=networks, owner="one") is not None

        assert [] == search.rows()


def test_a_post_that_is_moved_while_zones_are_followed_stays_where_it_was_put(
    ledger, desk, clock, others
):
    ten = clock.now() + timedelta(days=1)
    zoned = {"local_time": "2026-03-03T10:00", "time_zone": "Utopia/Capital"}
    planned = desk.delivery("p1", "Fresh.", ten).model_copy(update=zoned)
    later = planned.model_copy(update={"due_at": ten + timedelta(hours=5)} | LATER)
    with ledger.transaction() as connection:
        delivery_id = deliveries.plan(connection, planned, now=clock.now())
    other, watcher = others

    def move():
        with other.transaction() as connection:
            deliveries.plan(connection, later, now=clock.now())

    with between(
        ledger, move, after=lambda _, said: "FROM deliveries" in said, watcher=watcher
    ) as mover:
        follow_zones(ledger, zones={"Utopia/Capital": ZoneInfo("Etc/GMT-2")})

    assert (True, None) == (mover.has_acted, mover.error)
    assert later.due_at == desk.look(delivery_id).due_at
