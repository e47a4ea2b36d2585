"""A server that leads somewhere else: nothing is lost, and somebody is told what to mend."""

from datetime import timedelta

import httpx
import pytest

from domain.deliveries import DeliveryState
from domain.errors import FateUnknown, Misdirected
from publishing.matters import open_matters
from publishing.outbox import deliver_due
from publishing.outcomes import refused
from publishing.platforms.base import client, translated
from publishing.reconcile import reconcile
from publishing.worker import run_worker

AWAY = {"Location": "https://www.example.org/?token=s3cret"}


def away():
    return httpx.Response(302, headers=AWAY)


def test_a_post_that_was_led_astray_is_looked_up_told_of_and_sent_once_the_address_is_mended(
    ledger, desk, networks, clock, wire
):
    wire.before, wire.reads = [away()], [away() for _ in range(3)]
    delivery_id = desk.plan()
    deliver_due(ledger, networks=networks, clock=clock, until=clock.now(), limit=10)
    for _ in range(3):
        clock.wait_until(desk.look(delivery_id).next_at)
        reconcile(ledger, networks=networks)

    row = desk.look(delivery_id)
    assert DeliveryState.UNKNOWN == row.state
    assert "api.x.com answers 302, which leads to https://www.example.org" in row.reason
    assert "s3cret" not in row.reason
    with ledger.reading() as connection:
        (matter,) = open_matters(connection, now=clock.now())
    assert ("waiting", "x:bergquell") == (matter.what, matter.account)
    assert "mend base_url of the account in the brand file" in matter.remedy

    run_worker(ledger, networks=networks, clock=clock, until_idle=True)  # it answers again

    assert DeliveryState.SENT == desk.look(delivery_id).state
    assert ["Fresh."] == wire.texts
    with ledger.reading() as connection:
        assert [] == open_matters(connection, now=clock.now())


@pytest.mark.parametrize(("changes", "leaf"), [(False, Misdirected), (True, FateUnknown)])
def test_what_certainly_did_nothing_waits_with_a_remedy_and_what_may_have_is_looked_up(
    changes, leaf
):
    transport = httpx.MockTransport(lambda _request: away())
    with (
        pytest.raises(leaf) as caught,
        client("https://api.example.org", transport) as http,
        translated("x:bergquell", changes_something=changes),
    ):
        http.get("/")

    assert "api.example.org answers 302" in str(caught.value)
    assert "mend base_url in the brand file" in str(caught.value)
    if not changes:
        found = refused(caught.value, failures=9)
        assert (DeliveryState.WAITING, timedelta(minutes=30)) == (found.state, found.wait)
        assert found.remedy.startswith("mend base_url")
