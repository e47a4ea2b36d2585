"""A brand's row that nobody can read keeps its own posts back, and those of no other brand."""

from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa

from cli.stop import stop_sending
from domain.brand import Account
from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.errors import StoreError
from domain.platforms import Platform
from publishing import attempts, claims, policies
from publishing.gate import LOOK_AGAIN
from publishing.matters import open_matters
from publishing.outbox import deliver_due
from publishing.platforms.registry import connect
from publishing.reconcile import reconcile
from publishing.worker import run_worker
from storage.ledger import brands, deliveries
from storage.ledger.brands import Known
from tests.publishing.brand import save_brand

HANDLES = {"bergquell": ("bergquell", "cellar"), "northloom": ("northloom",)}
SHAPES = ['{"title": "No more."}', '"No more."', "null"]
GARBLED = ['{"title": "Half', b'{"title": "\xff"}']
A_NEWER_ONE = '{"schema_version": 2, "name": "bergquell"}'


@pytest.fixture(autouse=True)
def loaded(ledger):
    """Both brands as their files stand, by name."""
    return {name: save_brand(ledger, name=name, handles=names) for name, names in HANDLES.items()}


@pytest.fixture
def spoil(ledger, monkeypatch):
    """Put something else into a column of a brand's row, as a worker finds it that starts anew."""

    def write(value, column="document", name="bergquell"):
        is_server = ledger.url.get_backend_name() == "postgresql"
        if is_server and value in GARBLED:
            pytest.skip("a server takes documents only")
        kind = "jsonb" if is_server and column == "document" else "text"
        words = f"update brands set {column} = cast(:value as {kind}) where name = :name"  # noqa: S608
        with ledger.transaction() as connection:
            connection.execute(sa.text(words), {"value": value, "name": name})
        start_anew(monkeypatch)

    return write


def start_anew(monkeypatch):
    monkeypatch.setattr(brands, "_read", {})
    monkeypatch.setattr(brands, "_last", {"known": Known({})})
    monkeypatch.setattr(policies, "_KNOWN", {})


@pytest.fixture
def networks(wire, clock):
    accounts = [
        Account(platform=Platform.X, handle=handle, time_zone="Europe/Berlin")
        for handles in HANDLES.values()
        for handle in handles
    ]
    return {
        one.id: connect(
            one,
            secret="token",
            clock=clock,
            sending_allowed=True,
            transport=httpx.MockTransport(wire),
        )
        for one in accounts
    }


@pytest.fixture
def plan(ledger):
    """Plan a delivery of an account's brand that is due; its id."""

    def planned(handle, text):
        brand = next(name for name, handles in HANDLES.items() if handle in handles)
        with ledger.transaction() as connection:
            now = ledger.now(connection)
            new = NewDelivery(
                key=text,
                brand=brand,
                platform=Platform.X,
                account=f"x:{handle}",
                payload=Payload(text=text),
                due_at=now,
            )
            return deliveries.plan(connection, new, now=now)

    return planned


@pytest.fixture
def work(ledger, networks, clock):
    return lambda: deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=50)


def matters(ledger, clock):
    with ledger.reading() as connection:
        return open_matters(connection, now=clock.now())


@pytest.mark.parametrize("document", SHAPES + GARBLED)
def test_a_brand_that_nobody_can_read_waits_alone_and_is_told_of_once(
    ledger, desk, wire, clock, plan, spoil, work, document
):
    held = [plan("bergquell", "Old."), plan("cellar", "Older.")]
    good = plan("northloom", "Good.")
    spoil(document)

    work()

    assert ["Good."] == wire.texts
    assert DeliveryState.SENT == desk.look(good).state
    for row in map(desk.look, held):
        assert (DeliveryState.WAITING, 0, brands.UNREAD) == (row.state, row.attempts, row.reason)
        assert clock.now() + LOOK_AGAIN == row.next_at
        assert "brands/bergquell.yaml" in row.remedy
    (matter,) = matters(ledger, clock)
    assert ("brand", "bergquell", 2) == (matter.what, matter.brand, matter.deliveries)
    assert "amsel review" in matter.remedy


def test_a_brand_that_is_loaded_anew_goes_on_at_once(
    ledger, wire, clock, loaded, plan, spoil, work
):
    plan("bergquell", "Old.")
    spoil(SHAPES[0])
    work()

    with ledger.transaction() as connection:
        brands.save(connection, loaded["bergquell"], now=clock.now())
    work()

    assert ["Old."] == wire.texts
    assert [] == matters(ledger, clock)


def test_a_version_that_is_no_text_holds_up_nobody_and_is_mended(
    ledger, wire, clock, loaded, plan, spoil, work
):
    if ledger.url.get_backend_name() == "postgresql":
        pytest.skip("a server takes text only")
    plan("bergquell", "Old."), plan("northloom", "Good.")
    spoil(b"\xff", column="version")

    work()
    with ledger.transaction() as connection:
        version = brands.save(connection, loaded["bergquell"], now=clock.now())

    assert {"Old.", "Good."} == {*wire.texts}
    with ledger.reading() as connection:
        assert version in [one for _, one in brands.known(connection).versions]


def test_of_a_row_whose_very_name_is_lost_nobody_takes_the_brand_for_one_without_rules(
    ledger, desk, wire, plan, spoil, work
):
    if ledger.url.get_backend_name() == "postgresql":
        pytest.skip("a server takes text only")
    held = plan("bergquell", "Old.")
    plan("northloom", "Good.")
    spoil(b"\xff\xfe", column="name")

    work()

    assert ["Good."] == wire.texts
    assert (DeliveryState.WAITING, brands.UNREAD) == (desk.look(held).state, desk.look(held).reason)


def test_a_brand_of_a_newer_version_is_left_to_its_workers(
    ledger, desk, wire, clock, plan, spoil, work
):
    held = plan("bergquell", "Old.")
    plan("northloom", "Good.")
    spoil(A_NEWER_ONE)

    work()

    assert ["Good."] == wire.texts
    assert (DeliveryState.DUE, 0) == (desk.look(held).state, desk.look(held).attempts)
    assert [] == matters(ledger, clock)


def test_what_was_claimed_before_the_row_was_lost_does_not_go_out(
    ledger, desk, networks, plan, spoil
):
    held = plan("bergquell", "Old.")
    claimed = claims.claim(ledger, accounts=networks, owner="one")
    spoil(SHAPES[0])

    assert attempts.begin(ledger, claimed, network=networks["x:bergquell"]) is None
    assert (DeliveryState.WAITING, brands.UNREAD) == (desk.look(held).state, desk.look(held).reason)


def test_a_post_of_unknown_fate_waits_for_its_brand_and_another_is_looked_up(
    ledger, desk, networks, wire, clock, loaded, plan, spoil, work
):
    wire.after = [httpx.ReadTimeout("no answer")] * 2
    held, good = plan("bergquell", "Old."), plan("northloom", "Good.")
    work()
    spoil(SHAPES[0])

    reconcile(ledger, networks=networks)

    row = desk.look(held)
    assert (DeliveryState.UNKNOWN, brands.UNREAD) == (row.state, row.reason)
    assert row.next_at is not None
    assert DeliveryState.SENT == desk.look(good).state

    with ledger.transaction() as connection:
        brands.save(connection, loaded["bergquell"], now=clock.now())
    wire.posts.clear()  # it takes its time to appear
    reconcile(ledger, networks=networks)

    assert "it may still appear" in desk.look(held).reason
    assert [] == matters(ledger, clock)


def test_a_brand_that_nobody_can_read_can_be_stopped(ledger, desk, plan, spoil, work):
    held, good = plan("bergquell", "Old."), plan("northloom", "Good.")
    spoil(SHAPES[0])

    stop_sending(ledger, brand="bergquell", reason="fire", actor="anna")
    work()

    assert DeliveryState.CANCELLED == desk.look(held).state
    assert DeliveryState.SENT == desk.look(good).state


def test_who_needs_the_brand_itself_is_told_what_to_do(ledger, spoil):
    spoil(SHAPES[0])

    with (
        ledger.reading() as connection,
        pytest.raises(StoreError, match=r"cannot be read; .*brands/bergquell\.yaml"),
    ):
        brands.load(connection, "bergquell")


def test_a_worker_ends_though_a_brand_waits(ledger, networks, clock, plan, spoil):
    plan("bergquell", "Old."), plan("northloom", "Good.")
    spoil(SHAPES[0])

    begun = clock.now()
    assert 1 == run_worker(ledger, networks=networks, clock=clock, until_idle=True)
    assert clock.now() - begun < timedelta(hours=2)
