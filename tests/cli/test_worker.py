"""`amsel worker` without Dagster: what is late or waits for a person is told all the same."""

import json
from datetime import timedelta

import pytest

from domain.deliveries import DeliveryState
from runtime.build import open_ledger
from runtime.settings import Settings
from tests.cli.conftest import write_brand
from tests.graph import move_delivery, plan_delivery
from tests.hook import SECRET, listening

FAILED = (
    DeliveryState.DUE,
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
    DeliveryState.FAILED,
)


def told_once_by_two_workers(amsel):
    """Both runs, and the one body that the hook was told."""
    with listening() as hook:
        known = {"AMSEL_ALERT_URL": hook.url, "ACME_X_TOKEN": "planted-secret"}
        runs = [amsel("worker", "--until-idle", **known) for _ in range(2)]
    assert [0, 0] == [run.returncode for run in runs], runs[0].stderr
    ((_, body),) = hook.told
    return runs, body


@pytest.mark.usefixtures("home")
def test_a_dead_letter_is_told_by_a_worker_and_by_the_next_one_no_more(amsel, brands):
    write_brand(brands, base_url="http://127.0.0.1:9")
    ledger = open_ledger(Settings())
    delivery_id = plan_delivery(ledger, "one", due_at=ledger.instant())
    move_delivery(ledger, delivery_id, *FAILED, reason="it is too long", remedy="shorten it")
    ledger.close()
    runs, body = told_once_by_two_workers(amsel)
    assert ("needs_a_person", 1) == (body["alert"], body["count"])
    assert "it is too long" in body["text"]
    assert f"shorten it (`amsel deliveries show {delivery_id}`" in body["remedy"]
    assert "planted-secret" not in json.dumps(body)
    assert not any(SECRET in run.stdout + run.stderr for run in runs)


@pytest.mark.usefixtures("home")
def test_what_is_late_is_told_by_a_worker_and_by_the_next_one_no_more(amsel, brands):
    write_brand(brands, base_url="http://127.0.0.1:9")
    ledger = open_ledger(Settings())
    long_ago = ledger.instant() - timedelta(minutes=3)
    plan_delivery(ledger, "of nobody here", due_at=long_ago, account="x:nobody")
    ledger.close()
    _, body = told_once_by_two_workers(amsel)
    assert ("deliveries_late", 1) == (body["alert"], body["count"])
    assert "(x:nobody, of nobody here)" in body["text"]
