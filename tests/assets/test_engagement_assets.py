"""Posts and counts: files laid into the drop folder, what we published, counts of today only."""

from datetime import timedelta

import dagster as dg
import polars as pl

from domain.community import InboundMessage, Intent, Triage
from domain.deliveries import DeliveryKind
from domain.engagement import SentimentAnalysis
from domain.events import EventType
from domain.platforms import Platform
from domain.posts import ContentPost
from publishing.platforms.base import MetricRow
from storage.ledger import events, inbox, posts
from tests.graph import SENT, X, move_delivery, plan_delivery


class Counter:
    """A network that remembers which posts it was asked about."""

    def __init__(self, clock) -> None:
        self.clock, self.asked = clock, []

    def metrics(self, platform_ids):
        self.asked.append(sorted(platform_ids))
        return [
            MetricRow(
                platform=Platform.X,
                account=X,
                post_id=each,
                observed_at=self.clock.now(),
                counts={"likes": (3, "like_count"), "reach": (None, "")},
                api_version="2",
            )
            for each in platform_ids
        ]


def publish(world, key: str, *, kind: DeliveryKind = DeliveryKind.POST) -> None:
    delivery = plan_delivery(world.ledger, key, due_at=world.clock.now(), kind=kind)
    move_delivery(world.ledger, delivery, *SENT, sent_at=world.clock.now(), platform_id=key)


def count(world, assets, *, day: str) -> tuple[list[list[str]], dg.MaterializeResult]:
    counter = Counter(world.clock)
    result = assets("engagement").engagement_snapshots(
        dg.build_asset_context(partition_key=day),
        lake=world.lake,
        ledger=world.ledger,
        networks={X: counter},
        clock=world.clock,
    )
    return counter.asked, result


def test_posts_hold_the_dropped_file_and_what_we_published(world, assets) -> None:
    folder = world.settings.drop_folder / "posts" / "x" / "bergquell"
    folder.mkdir(parents=True)
    (folder / "past.csv").write_text(
        "platform,account,post_id,published_at,text,media_type,likes,comments,shares\n"
        "x,x:bergquell,7,2026-02-01T08:00:00Z,Prost,text,5,1,0\n"
        "x,x:bergquell,8,not a day,Prost,text,5,1,0\n"
    )
    publish(world, "9")
    publish(world, "10", kind=DeliveryKind.REPLY)
    publish(world, "11", kind=DeliveryKind.HIDE)
    result = world.call(assets("engagement").posts)
    found = world.lake.read("posts").sort("post_id").select("post_id", "source", "is_reply")
    assert found.rows() == [("10", "api", True), ("7", "posts", False), ("9", "api", False)]
    assert result.metadata["quarantined"] == 1


def test_a_file_that_was_there_before_adds_nothing(world, assets) -> None:
    publish(world, "9")
    world.call(assets("engagement").posts)
    again = world.call(assets("engagement").posts)
    assert again.metadata["dagster/row_count"] == 1


def test_a_post_is_counted_when_it_has_reached_an_age(world, assets) -> None:
    publish(world, "9")
    too_young, _ = count(world, assets, day="2026-03-02")
    world.clock.wait_until(world.clock.now() + timedelta(hours=1))
    first, result = count(world, assets, day="2026-03-02")
    again, _ = count(world, assets, day="2026-03-02")
    assert (too_young, first, again) == ([], [["9"]], [])
    found = world.lake.read("engagement_snapshots")
    assert found.select("post_id", "metric", "value").rows() == [("9", "likes", 3)]
    assert result.metadata["dagster/row_count"] == 1


def test_counts_and_how_comments_sound_stand_on_the_post_before_they_stand_in_the_lake(
    world, assets
) -> None:
    post = ContentPost(
        id="p1",
        brand="bergquell",
        text="Prost",
        platforms=(Platform.X,),
        brand_voice=world.brands["bergquell"].voice,
        generated_by="composer",
    )
    delivery = plan_delivery(world.ledger, "9", due_at=world.clock.now(), post_id="p1")
    with world.ledger.transaction() as connection:
        posts.save(connection, post, key="p1", actor="test", now=world.clock.now())
    move_delivery(world.ledger, delivery, *SENT, sent_at=world.clock.now(), platform_id="9")
    world.clock.wait_until(world.clock.now() + timedelta(hours=1))
    comment(world, "c1", below="9", sentiment=1)
    comment(world, "c2", below="9", sentiment=-1)
    comment(world, "c3", below="another", sentiment=-1)
    comment(world, "c4", below="9", sentiment=None)

    count(world, assets, day="2026-03-02")

    with world.ledger.reading() as connection:
        found = posts.metrics(connection, "p1")
        kinds = [one.event.type for one in events.read_since(connection, 0)]
    sound = SentimentAnalysis(score=0, positive=1, neutral=0, negative=1)
    assert (3, None, sound) == (found.likes, found.reach, found.sentiment)
    assert 1 == kinds.count(EventType.ENGAGEMENT_RECEIVED)


def comment(world, name: str, *, below: str, sentiment: int | None) -> None:
    now = world.clock.now()
    message = InboundMessage(
        platform=Platform.X,
        account=X,
        message_id=name,
        platform_ref=name,
        author="ann",
        text="so",
        created_at=now,
        received_at=now,
        thread_root=below,
    )
    with world.ledger.transaction() as connection:
        inbox.receive(connection, message, brand="bergquell", now=now)
        if sentiment is not None:
            read = Triage(
                language="en",
                intent=Intent.OTHER,
                confidence=0.9,
                sentiment=sentiment,
                p_spam=0,
                p_offensive=0,
                reason="",
            )
            inbox.triaged(connection, platform=Platform.X, message_id=name, triage=read)


def test_a_past_day_is_not_asked_again(world, assets) -> None:
    publish(world, "9")
    world.clock.wait_until(world.clock.now() + timedelta(days=2))
    asked, _ = count(world, assets, day="2026-03-02")
    assert asked == []


def test_a_message_that_we_hid_is_not_counted_as_our_post(world, assets) -> None:
    """Its counts would belong to no post of ours."""
    publish(world, "11", kind=DeliveryKind.HIDE)
    world.clock.wait_until(world.clock.now() + timedelta(hours=1))
    asked, _ = count(world, assets, day="2026-03-02")
    assert asked == []


def test_dagsters_day_may_run_ahead_of_the_sandboxs(world, assets) -> None:
    publish(world, "9")
    world.clock.wait_until(world.clock.now() + timedelta(hours=1))
    asked, result = count(world, assets, day="2026-11-23")
    assert asked == [["9"]]
    assert result.metadata["dagster/row_count"] == 1


def test_every_account_of_the_brand_files_has_a_row(world, assets) -> None:
    world.call(assets("engagement").accounts)
    expected = {account.id for brand in world.brands.values() for account in brand.accounts}
    assert set(world.lake.read("accounts")["account"]) == expected


def test_no_bill_is_an_empty_table_and_not_an_error(world, assets) -> None:
    result = world.call(assets("engagement").costs)
    assert (result.metadata["dagster/row_count"], result.metadata["spent, cents"]) == (0, 0.0)
    assert isinstance(world.lake.read("costs"), pl.DataFrame)
