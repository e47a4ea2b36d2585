"""One platform that is down: what the others tell is kept, and the run fails with its name."""

from datetime import timedelta

import dagster as dg
import pytest

from domain.community import InboundMessage
from domain.errors import RateLimited, Unreachable
from domain.platforms import Platform
from publishing import limits
from publishing.platforms.base import MetricRow
from storage.ledger import inbox as messages
from tests.graph import SENT, X, move_delivery, plan_delivery

BLUESKY = "bluesky:bergquell.test"


class Down:
    """A platform that cannot be reached."""

    def inbound(self, **_):
        raise Unreachable("Bluesky cannot be reached")

    def metrics(self, *_):
        raise Unreachable("Bluesky cannot be reached")


class Up:
    """A platform on which somebody asked something and somebody liked a post."""

    def __init__(self, now) -> None:
        self.now = now

    def inbound(self, **_):
        return [
            InboundMessage(
                platform=Platform.X,
                account=X,
                message_id="7",
                platform_ref="7",
                author="maria",
                text="Wann habt ihr offen?",
                created_at=self.now,
                received_at=self.now,
            )
        ]

    def metrics(self, platform_ids):
        return [
            MetricRow(
                platform=Platform.X,
                account=X,
                post_id=each,
                observed_at=self.now,
                counts={"likes": (3, "like_count")},
                api_version="2",
            )
            for each in platform_ids
        ]


def test_messages_of_the_others_are_kept_when_one_platform_is_down(world, assets) -> None:
    networks = {BLUESKY: Down(), X: Up(world.clock.now())}
    with pytest.raises(Unreachable, match="Bluesky"):
        assets("community").inbox(ledger=world.ledger, brands=world.brands, networks=networks)
    with world.ledger.reading() as connection:
        assert [each.message.message_id for each in messages.find(connection)] == ["7"]


def test_counts_of_the_others_are_kept_when_one_platform_is_down(world, assets) -> None:
    now = world.clock.now()
    for account, key in ((BLUESKY, "10"), (X, "9")):
        delivery = plan_delivery(world.ledger, key, due_at=now, account=account)
        move_delivery(world.ledger, delivery, *SENT, sent_at=now, platform_id=key)
    world.clock.wait_until(world.clock.now() + timedelta(hours=1))
    day = f"{world.clock.now():%Y-%m-%d}"
    with (
        dg.build_asset_context(partition_key=day) as context,
        pytest.raises(Unreachable, match="Bluesky"),
    ):
        assets("engagement").engagement_snapshots(
            context,
            lake=world.lake,
            ledger=world.ledger,
            networks={X: Up(world.clock.now()), BLUESKY: Down()},
            clock=world.clock,
        )
    kept = world.lake.read("engagement_snapshots").select("account", "post_id", "value")
    assert kept.rows() == [(X, "9", 3)]


def refuse_reads(world) -> None:
    refusal = RateLimited("too many", until=world.clock.now() + timedelta(minutes=10))
    with world.ledger.transaction() as connection:
        limits.note_reads(connection, {X: refusal}, now=world.clock.now())


def test_messages_of_an_account_that_asked_to_wait_are_not_asked_for(world, assets) -> None:
    refuse_reads(world)
    networks = {X: Up(world.clock.now())}
    inbox = assets("community").inbox
    told = inbox(ledger=world.ledger, brands=world.brands, networks=networks)
    assert told.metadata["new messages"] == 0
    assert f"{X}: left alone until" in told.metadata["not asked"]
    world.clock.wait_until(world.clock.now() + timedelta(minutes=10))
    told = inbox(ledger=world.ledger, brands=world.brands, networks=networks)
    assert told.metadata["new messages"] == 1
    assert "not asked" not in told.metadata


def test_counts_of_an_account_that_asked_to_wait_are_asked_for_later(world, assets) -> None:
    delivery = plan_delivery(world.ledger, "9", due_at=world.clock.now())
    move_delivery(world.ledger, delivery, *SENT, sent_at=world.clock.now(), platform_id="9")
    world.clock.wait_until(world.clock.now() + timedelta(hours=1))
    refuse_reads(world)

    def count() -> dg.MaterializeResult:
        return assets("engagement").engagement_snapshots(
            dg.build_asset_context(partition_key=f"{world.clock.now():%Y-%m-%d}"),
            lake=world.lake,
            ledger=world.ledger,
            networks={X: Up(world.clock.now())},
            clock=world.clock,
        )

    assert f"{X}: left alone until" in count().metadata["not asked"]
    assert world.lake.read("engagement_snapshots").is_empty()
    world.clock.wait_until(world.clock.now() + timedelta(minutes=10))
    count()
    assert world.lake.read("engagement_snapshots")["post_id"].to_list() == ["9"]
