"""The report and its rows: whatever a home lacks, and however long its history is."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from domain.errors import StoreError
from storage.ledger.database import Ledger
from storage.ledger.tables import deliveries
from storage.warehouse import Warehouse
from tests.graph import SENT, move_delivery, plan_delivery

GONE = "x:closed"


def sent(world, key: str, *, days_ago: float, account: str = "x:bergquell") -> str:
    """A delivery whose post the ledger does not have."""
    at = world.clock.now() - timedelta(days=days_ago)
    delivery = plan_delivery(world.ledger, key, due_at=at, account=account)
    move_delivery(world.ledger, delivery, *SENT, sent_at=at, platform_id=key)
    return delivery


def make_unreadable(ledger: Ledger, delivery: str) -> None:
    """Whoever reads this row from now on fails."""
    with ledger.transaction() as connection:
        connection.execute(
            sa.update(deliveries).where(deliveries.c.id == delivery).values(payload={"text": 7})
        )


def report(world, assets) -> str:
    insights = assets("insights")
    world.call(insights.brand_report, insights.ReportConfig())
    return (world.settings.home / "report.html").read_text()


def test_a_delivery_without_a_post_is_shown_as_it_was_sent(world, assets) -> None:
    sent(world, "one", days_ago=1)
    assert "text of one" in report(world, assets)


def test_a_delivery_of_an_account_that_left_the_brand_is_shown(world, assets) -> None:
    sent(world, "two", days_ago=1, account=GONE)
    assert "text of two" in report(world, assets)


def test_the_report_reads_no_delivery_from_before_it(world, assets) -> None:
    make_unreadable(world.ledger, sent(world, "old", days_ago=400))
    sent(world, "new", days_ago=1)
    assert "text of new" in report(world, assets)


def test_what_is_planned_is_shown_by_its_day_and_not_counted(world, assets) -> None:
    sent(world, "out", days_ago=1)
    ahead = world.clock.now() + timedelta(days=2)
    plan_delivery(world.ledger, "to come", due_at=ahead, account="x:bergquell")

    shown = report(world, assets)

    assert "text of to come" in shown
    assert f"{ahead:%A} {ahead.day} {ahead:%B}" in shown
    assert "1 more post is planned" in shown
    figures = json.loads((world.settings.home / "report.json").read_text())
    assert {("bergquell", 1), ("northloom", 0)} == {
        (one["brand"], one["planned"]) for one in figures["brands"]
    }


def test_a_report_without_counts_says_what_is_to_be_built(world, assets, tmp_path) -> None:
    world.warehouse = Warehouse(tmp_path / "empty", world.lake)
    with pytest.raises(StoreError, match="materialize the warehouse group"):
        report(world, assets)


def test_what_went_out_long_ago_is_not_read_again(world, assets) -> None:
    old = sent(world, "old", days_ago=100)
    sent(world, "lately", days_ago=40)
    world.call(assets("engagement").posts)
    make_unreadable(world.ledger, old)
    sent(world, "late", days_ago=60)
    sent(world, "new", days_ago=0)

    world.call(assets("engagement").posts)

    kept = set(world.lake.read("posts")["post_id"])
    assert {"old", "lately", "late", "new"} == kept


def test_after_a_long_pause_nothing_that_went_out_meanwhile_is_missing(world, assets) -> None:
    sent(world, "first", days_ago=0)
    world.call(assets("engagement").posts)
    sent(world, "second", days_ago=-1)
    world.clock.wait_until(world.clock.now() + timedelta(days=200))

    world.call(assets("engagement").posts)

    assert {"first", "second"} == set(world.lake.read("posts")["post_id"])
