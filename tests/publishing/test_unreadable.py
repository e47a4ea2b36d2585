"""A delivery whose stored content nobody can read ends with a reason and holds up nobody."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from domain.deliveries import DeliveryState
from domain.posts import PostStatus
from publishing.watchdog import overdue
from publishing.worker import run_worker
from storage.ledger import chain, posts

READABLE = ['{"text": "Old.", "from_the_future": 1}', '{"text": ["Old."]}', '"Old."']
"""Documents that are no content of a delivery of this version."""
GARBLED = [b'{"text": "Old \xff\xfe"}', b'{"text": "Old', b""]
"""What no server would keep, and a file may hold after all."""


@pytest.fixture
def wrong(desk, ledger):
    """A delivery planned before a good one; gives its id and a function that spoils it."""
    delivery_id = desk.plan("wrong", text="Old.")
    desk.plan("good", text="Good.")

    def spoil(content):
        with ledger.transaction() as connection:
            is_server = connection.dialect.name == "postgresql"
            value = "cast(:content as jsonb)" if is_server else "cast(:content as text)"
            query = sa.text(f"update deliveries set payload = {value} where id = :id")  # noqa: S608
            connection.execute(query, {"content": content, "id": delivery_id})

    return delivery_id, spoil


def assert_set_aside(ledger, desk, wire, delivery_id, shown):
    row = desk.look(delivery_id)
    assert ["Good."] == wire.texts
    assert (DeliveryState.FAILED, 0) == (row.state, row.attempts)
    assert "cannot be read" in row.reason
    assert shown in row.reason
    assert "plan it again" in row.remedy
    with ledger.reading() as connection:
        assert PostStatus.FAILED == posts.load(connection, "wrong").status
    with ledger.reading() as connection:
        assert [] == [*chain.verify(connection).broken]


@pytest.mark.parametrize("content", READABLE)
def test_content_of_another_shape_holds_up_nobody(
    ledger, desk, networks, clock, wire, wrong, content
):
    delivery_id, spoil = wrong
    spoil(content)

    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert_set_aside(ledger, desk, wire, delivery_id, "Old.")


@pytest.mark.parametrize("content", GARBLED)
def test_bytes_that_are_no_document_hold_up_nobody(
    ledger, desk, networks, clock, wire, wrong, content
):
    if ledger.url.get_backend_name() == "postgresql":
        pytest.skip("a server takes documents only")
    delivery_id, spoil = wrong
    spoil(content)

    run_worker(ledger, networks=networks, clock=clock, until_idle=True)

    assert_set_aside(ledger, desk, wire, delivery_id, "Old" if content else "''")


@pytest.mark.parametrize("content", READABLE[:1] + GARBLED[:1])
def test_what_nobody_can_read_is_told_of_when_it_is_late(ledger, clock, wrong, content):
    if ledger.url.get_backend_name() == "postgresql" and content in GARBLED:
        pytest.skip("a server takes documents only")
    delivery_id, spoil = wrong
    spoil(content)

    clock.wait_until(clock.now() + timedelta(hours=1))
    with ledger.reading() as connection:
        found = overdue(connection, now=clock.now())

    assert delivery_id in [one.id for one in found.first]
