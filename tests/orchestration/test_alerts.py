"""The watchdog's webhook: what arrives at a real server, how often, and what its failure does."""

from datetime import timedelta

import dagster as dg
import pytest

from domain.deliveries import DeliveryState
from runtime.settings import Settings
from storage.ledger import deliveries
from tests.graph import SENT, move_delivery, plan_delivery
from tests.hook import SECRET, listening

MINUTE = timedelta(minutes=1)


@pytest.fixture
def hook():
    with listening() as server:
        yield server


@pytest.fixture
def tick(ledger, graph):
    """One look of the sensor, with the cursor of the look before."""
    watchdog, cursor = graph.resolve_sensor_def("watchdog"), ""

    def look(url):
        nonlocal cursor
        resources = {"ledger": ledger, "settings": Settings(alert_url=url)}
        with dg.DagsterInstance.ephemeral() as instance:
            context = dg.build_sensor_context(instance, resources=resources, cursor=cursor)
            seen = watchdog(context)
        if isinstance(seen, dg.SensorResult):
            cursor = seen.cursor
        return seen

    return look


def late(ledger, clock, name):
    delivery_id = plan_delivery(ledger, name, due_at=clock.now())
    clock.wait_until(clock.now() + MINUTE * 2)
    return delivery_id


def test_what_is_late_and_what_to_do_is_told_once_and_not_at_each_look(ledger, clock, hook, tick):
    late(ledger, clock, "first")
    for _ in range(3):
        tick(hook.url)

    ((path, told),) = hook.told
    assert f"/{SECRET}" == path
    assert ("deliveries_late", 1) == (told["alert"], told["count"])
    assert "1 late without a reason" in told["text"]
    assert "`amsel worker` sends" in told["remedy"]
    (shown,) = told["deliveries"]
    assert {"brand", "platform", "account", "key", "state", "due_at"} == set(shown)


def test_another_one_that_is_late_is_told_too_and_so_is_the_next_outage(ledger, clock, hook, tick):
    first = late(ledger, clock, "first")
    tick(hook.url)
    second = late(ledger, clock, "second")
    tick(hook.url)
    for one in (first, second):
        move_delivery(ledger, one, *SENT)
    assert tick(hook.url).asset_events[0].passed
    late(ledger, clock, "third")
    tick(hook.url)

    assert [1, 2, 1] == [told["count"] for _, told in hook.told]


@pytest.mark.parametrize("down", ["refuses", "is not there", "is no address"])
def test_a_hook_that_fails_fails_nothing_and_is_told_at_the_next_look(
    ledger, clock, hook, tick, down
):
    delivery_id = late(ledger, clock, "first")
    hook.statuses = [500] if down == "refuses" else []
    broken = {"refuses": hook.url, "is not there": "http://127.0.0.1:9/x", "is no address": "hook"}

    seen = tick(broken[down])
    before = len(hook.told)
    tick(hook.url)
    tick(hook.url)

    assert not seen.asset_events[0].passed
    assert 1 == len(hook.told) - before
    with ledger.reading() as connection:
        assert DeliveryState.PLANNED == deliveries.load(connection, delivery_id).state


def test_without_an_address_nobody_is_told(ledger, clock, hook, tick):
    late(ledger, clock, "first")
    assert not tick("").asset_events[0].passed
    assert [] == hook.told
