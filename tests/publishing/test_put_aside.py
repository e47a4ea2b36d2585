"""One row that nobody can read never stops another; what a newer version can read waits for it."""

from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from domain.deliveries import DeliveryState
from publishing import attempts, claims, interventions, outcomes
from publishing.leases import LEASE
from publishing.matters import open_matters
from publishing.outbox import deliver_due
from publishing.reconcile import reconcile
from publishing.unreadable import NEWER
from publishing.watchdog import overdue
from publishing.worker import run_worker
from storage.ledger import deliveries
from tests.networks import Altered

X = "x:bergquell"
HALF = '{"text": "Old'
OTHER_SHAPE = '{"text": ["Old."]}'
OF_A_NEWER_VERSION = '{"text": "Old.", "schema_version": 2, "from_the_future": 1}'
TIMEOUT = httpx.ReadTimeout("no answer")
DOCUMENTS = {("posts", "document"), ("deliveries", "payload"), ("deliveries", "steps")}


@pytest.fixture
def spoil(ledger):
    """Put something else into a column of a row."""

    def write(row, column, value, *, table="deliveries"):
        is_server = ledger.url.get_backend_name() == "postgresql"
        kind = "jsonb" if is_server and (table, column) in DOCUMENTS else "text"
        words = f"update {table} set {column} = cast(:value as {kind}) where id = :id"  # noqa: S608
        with ledger.transaction() as connection:
            connection.execute(sa.text(words), {"value": value, "id": row})

    return write


@pytest.fixture
def work(ledger, networks, clock):
    return lambda: run_worker(ledger, networks=networks, clock=clock, until_idle=True)


def matters(ledger, clock):
    with ledger.reading() as connection:
        return [(one.what, one.remedy) for one in open_matters(connection, now=clock.now())]


def needs_bytes(ledger, content):
    if ledger.url.get_backend_name() == "postgresql" and content == HALF:
        pytest.skip("a server takes documents only")


@pytest.mark.parametrize("content", [OTHER_SHAPE, '"Old."', HALF, b'{"text": "\xff'])
def test_a_post_that_nobody_can_read_fails_alone(ledger, desk, wire, work, spoil, content):
    if ledger.url.get_backend_name() == "postgresql" and content in (HALF, b'{"text": "\xff'):
        pytest.skip("a server takes documents only")
    broken, good = desk.plan("broken"), desk.plan("good", text="Good.")
    spoil("broken", "document", content, table="posts")

    work()

    row = desk.look(broken)
    assert (DeliveryState.FAILED, 0) == (row.state, row.attempts)
    assert ("its stored post cannot be read", True) == (row.reason, "again" in row.remedy)
    assert DeliveryState.SENT == desk.look(good).state
    assert ["Good."] == wire.texts


@pytest.mark.parametrize("content", [OTHER_SHAPE, HALF])
def test_what_is_unknown_and_cannot_be_read_goes_to_a_person_and_the_next_is_looked_up(
    ledger, desk, networks, clock, wire, work, spoil, content
):
    needs_bytes(ledger, content)
    wire.after = [TIMEOUT, TIMEOUT]
    broken, good = desk.plan("broken", text="Old.", after=-5), desk.plan("good", text="Good.")
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=10)
    spoil(broken, "payload", content)

    reconcile(ledger, networks=networks)

    assert DeliveryState.SENT == desk.look(good).state
    row = desk.look(broken)
    assert (DeliveryState.UNKNOWN, None) == (row.state, row.next_at)
    assert "its stored content cannot be read" in row.reason
    assert f"amsel deliveries settle {broken}" in row.reason
    ((what, remedy),) = matters(ledger, clock)
    assert "unknown" == what
    assert f"settle {broken}" in remedy

    interventions.settle(ledger, broken, actor="anna", platform_id=None)
    work()

    assert (DeliveryState.FAILED, 1) == (desk.look(broken).state, desk.look(broken).attempts)
    assert "is lost" in desk.look(broken).reason
    assert ["Old.", "Good."] == wire.texts


def test_what_a_person_found_of_a_row_that_nobody_can_read_is_sent(
    ledger, desk, networks, clock, wire, spoil
):
    wire.after = [TIMEOUT]
    broken = desk.plan("broken", text="Old.")
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=10)
    spoil(broken, "payload", OTHER_SHAPE)
    reconcile(ledger, networks=networks)

    interventions.settle(ledger, broken, actor="anna", platform_id="1000")

    assert (DeliveryState.SENT, "1000") == (desk.look(broken).state, desk.look(broken).platform_id)


@pytest.mark.parametrize("is_begun", [False, True])
def test_what_a_silent_worker_held_and_nobody_can_read_holds_up_nobody(
    ledger, desk, networks, clock, wire, work, spoil, is_begun
):
    broken, good = desk.plan("broken", text="Old.", after=-5), desk.plan("good", text="Good.")
    claimed = claims.claim(ledger, accounts=networks, owner="elsewhere")
    assert broken == claimed.id
    if is_begun:
        attempts.begin(ledger, claimed, network=networks[X])
    spoil(broken, "payload", OTHER_SHAPE)
    clock.wait_until(clock.now() + LEASE + timedelta(seconds=1))

    work()

    state = DeliveryState.UNKNOWN if is_begun else DeliveryState.FAILED
    assert (state, None) == (desk.look(broken).state, desk.look(broken).next_at)
    assert DeliveryState.SENT == desk.look(good).state
    assert ["Good."] == wire.texts


@pytest.mark.parametrize(
    ("column", "value"),
    [("kind", "from_nowhere"), ("platform", "from_nowhere"), ("steps", "[1]")],
)
@pytest.mark.parametrize("is_held", [False, True])
def test_whatever_field_cannot_be_read_the_row_ends_alone(
    ledger, desk, networks, clock, wire, work, spoil, column, value, is_held
):
    broken, good = desk.plan("broken", text="Old.", after=-5), desk.plan("good", text="Good.")
    if is_held:
        claims.claim(ledger, accounts=networks, owner="elsewhere")
        clock.wait_until(clock.now() + LEASE + timedelta(seconds=1))
    spoil(broken, column, value)
    spoil(broken, "payload", OTHER_SHAPE)

    work()

    assert DeliveryState.FAILED == desk.look(broken).state
    assert column in desk.look(broken).reason
    assert DeliveryState.SENT == desk.look(good).state
    assert ["Good."] == wire.texts


def test_an_instant_that_is_none_holds_up_nobody(ledger, desk, work, spoil):
    if ledger.url.get_backend_name() == "postgresql":
        pytest.skip("a server takes instants only")
    broken, good = desk.plan("broken", text="Old.", after=-5), desk.plan("good", text="Good.")
    spoil(broken, "due_at", "0 o'clock")

    work()

    assert DeliveryState.FAILED == desk.look(broken).state
    assert DeliveryState.SENT == desk.look(good).state


def test_bytes_in_any_field_hold_up_nobody(ledger, desk, work, spoil):
    if ledger.url.get_backend_name() == "postgresql":
        pytest.skip("a server takes text only")
    broken, good = desk.plan("broken", text="Old.", after=-5), desk.plan("good", text="Good.")
    for column in ("payload", "fingerprint", "local_time", "reason"):
        spoil(broken, column, b"\xff\xfe")

    work()

    assert DeliveryState.FAILED == desk.look(broken).state
    assert DeliveryState.SENT == desk.look(good).state


def test_what_was_lost_is_never_sent_even_where_somebody_requeues_it(
    ledger, desk, wire, work, spoil
):
    broken = desk.plan("broken", text="Old.")
    spoil(broken, "payload", OTHER_SHAPE)
    work()

    interventions.requeue(ledger, broken, actor="anna")
    work()

    assert (DeliveryState.FAILED, 0) == (desk.look(broken).state, desk.look(broken).attempts)
    assert [] == wire.requests


def test_a_sibling_that_nobody_can_read_does_not_keep_a_post_from_being_sent(
    ledger, desk, work, spoil
):
    good = desk.plan("p1", text="Good.")
    with ledger.transaction() as connection:
        later = desk.delivery("p1", "Late.", ledger.now(connection) + timedelta(days=9))
        sibling = deliveries.plan(
            connection, later.model_copy(update={"key": "other"}), now=ledger.now(connection)
        )
    spoil(sibling, "kind", "from_nowhere")

    work()

    assert DeliveryState.SENT == desk.look(good).state
    assert "scheduled" == desk.post().status


@pytest.mark.parametrize("table", ["deliveries", "posts"])
def test_what_a_newer_version_wrote_is_left_to_it_and_told_once(
    ledger, desk, clock, wire, work, spoil, table
):
    newer, good = desk.plan("newer", text="Old."), desk.plan("good", text="Good.")
    column = "payload" if table == "deliveries" else "document"
    name = newer if table == "deliveries" else "newer"
    with ledger.reading() as connection:
        before = connection.scalar(
            sa.text(f"select cast({column} as text) from {table} where id = :id"),  # noqa: S608
            {"id": name},
        )
    spoil(name, column, OF_A_NEWER_VERSION, table=table)

    with capture_logs() as logs:
        work()
        work()

    assert ["Good."] == wire.texts
    assert DeliveryState.SENT == desk.look(good).state
    with ledger.reading() as connection:
        state, reason = connection.execute(
            sa.text("select state, reason from deliveries where id = :id"), {"id": newer}
        ).one()
        clock.wait_until(clock.now() + timedelta(minutes=2))
        assert [newer] == [one.id for one in overdue(connection, now=clock.now()).first]
    assert "due" == state
    if table == "deliveries":
        assert NEWER == reason
        assert 1 == len([one for one in logs if "newer" in one["event"]])

    spoil(name, column, before, table=table)  # as a worker of the newer version reads it
    work()

    assert ["Good.", "Old."] == wire.texts


def test_of_a_ledger_that_a_newer_version_has_changed_nothing_is_called_broken(
    ledger, desk, work, spoil
):
    odd, good = desk.plan("odd", text="Old."), desk.plan("good", text="Good.")
    spoil(odd, "kind", "from_the_future")
    with ledger.transaction() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))

    work()

    assert DeliveryState.SENT == desk.look(good).state
    with ledger.reading() as connection:
        row = connection.execute(
            sa.text("select state, kind from deliveries where id = :id"), {"id": odd}
        ).one()
    assert ("due", "from_the_future") == tuple(row)


def test_an_unknown_row_of_a_newer_version_is_put_off_and_the_next_is_looked_up(
    ledger, desk, networks, clock, wire, spoil
):
    wire.after = [TIMEOUT, TIMEOUT]
    newer, good = desk.plan("newer", text="Old."), desk.plan("good", text="Good.")
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=10)
    spoil(newer, "payload", OF_A_NEWER_VERSION)

    reconcile(ledger, networks=networks)

    assert DeliveryState.SENT == desk.look(good).state
    with ledger.reading() as connection:
        row = connection.execute(
            sa.text("select state, reason from deliveries where id = :id and next_at is not null"),
            {"id": newer},
        ).one()
    assert ("unknown", NEWER) == tuple(row)


def test_an_adapter_that_breaks_on_one_post_ends_that_post_and_not_the_worker(
    ledger, desk, networks, clock
):
    broken, good = desk.plan("broken", text="Old.", after=-5), desk.plan("good", text="Good.")
    publish = networks[X].publish

    def breaks(send):
        if send.payload.text == "Old.":
            raise KeyError("a step that cannot be read")
        return publish(send)

    networks = {X: Altered(networks[X], publish=breaks)}
    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    row = desk.look(broken)
    assert (DeliveryState.FAILED, 1) == (row.state, row.attempts)
    assert [outcomes.BROKEN] == desk.attempts(broken)
    assert "error of Amsel's own" in row.reason
    assert DeliveryState.SENT == desk.look(good).state


def test_a_look_up_that_breaks_goes_to_a_person_and_the_next_is_looked_up(
    ledger, desk, networks, clock, wire
):
    wire.after = [TIMEOUT, TIMEOUT]
    broken, good = desk.plan("broken", text="Old.", after=-5), desk.plan("good", text="Good.")
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=10)
    look_up = networks[X].look_up

    def breaks(send, **more):
        if send.payload.text == "Old.":
            raise ValueError("a step that cannot be read")
        return look_up(send, **more)

    reconcile(ledger, networks={X: Altered(networks[X], look_up=breaks)})

    row = desk.look(broken)
    assert (DeliveryState.UNKNOWN, None) == (row.state, row.next_at)
    assert "deliveries settle" in row.reason
    assert DeliveryState.SENT == desk.look(good).state


def test_attempts_that_are_gone_stop_no_look_up_of_another(ledger, desk, networks, clock, wire):
    wire.after = [TIMEOUT, TIMEOUT]
    broken, good = desk.plan("broken", text="Old.", after=-5), desk.plan("good", text="Good.")
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=10)
    with ledger.transaction() as connection:
        query = sa.text("delete from delivery_attempts where delivery_id = :id")
        connection.execute(query, {"id": broken})

    reconcile(ledger, networks=networks)

    assert (DeliveryState.UNKNOWN, None) == (desk.look(broken).state, desk.look(broken).next_at)
    assert DeliveryState.SENT == desk.look(good).state
