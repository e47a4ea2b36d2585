"""Events: in order, once each, none missed."""

import polars as pl

from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.engagement import EngagementMetrics, SentimentAnalysis
from domain.events import DomainEvent, EventType
from domain.media import MediaAsset
from domain.platforms import Platform
from domain.posts import PostStatus
from storage.lake_tables import TABLES
from storage.ledger import announcements, approvals, chain, deliveries, events, posts
from storage.ledger.approvals import Approval, Decision
from storage.models import ModelCard


def event(name, now):
    return DomainEvent(
        id=name,
        type=EventType.TREND_DETECTED,
        occurred_at=now,
        correlation="c",
        actor="test",
        payload={"topic": name},
    )


def test_events_are_read_in_the_order_of_writing_and_once_each(ledger, now):
    told = [event("a", now), event("b", now), event("c", now)]
    with ledger.transaction() as connection:
        for one in [*told, told[0]]:
            events.append(connection, one)

        read = events.read_since(connection, 0)
        assert told == [recorded.event for recorded in read]
        assert told[2:] == [r.event for r in events.read_since(connection, read[1].position)]


def test_a_consumer_keeps_its_place_and_never_goes_back(ledger):
    with ledger.transaction() as connection:
        assert 0 == events.position(connection, "insights")
        events.advance(connection, "insights", to=7)
        events.advance(connection, "insights", to=3)

        assert 7 == events.position(connection, "insights")


def test_an_event_that_commits_late_is_not_missed(ledger_url, ledger, now):
    """A slow writer got an earlier position than one that committed before it."""
    if ledger_url.startswith("sqlite"):
        return  # one writer at a time: the order of positions is the order of commits
    with ledger.transaction() as slow:
        events.append(slow, event("slow", now))
        with ledger.transaction() as fast:
            events.append(fast, event("fast", now))
        with ledger.reading() as connection:
            assert [] == events.read_since(connection, 0)

    with ledger.reading() as connection:
        read = [recorded.event.id for recorded in events.read_since(connection, 0)]
    assert ["slow", "fast"] == read


def test_a_position_lost_to_a_rollback_holds_nobody_up(ledger, now):
    try:
        with ledger.transaction() as connection:
            events.append(connection, event("never", now))
            raise RuntimeError
    except RuntimeError:
        pass
    with ledger.transaction() as connection:
        events.append(connection, event("next", now))

    with ledger.reading() as connection:
        assert ["next"] == [r.event.id for r in events.read_since(connection, 0)]


def told(connection) -> list[DomainEvent]:
    return [recorded.event for recorded in events.read_since(connection, 0)]


def test_each_step_of_a_posts_life_names_the_one_that_it_follows_from(ledger, post, now):
    delivery = NewDelivery(
        key="p1:x",
        brand="bergquell",
        platform=Platform.X,
        account="x:bergquell",
        payload=Payload(text=post.text),
        due_at=now,
        post_id="p1",
    )
    with ledger.transaction() as connection:
        posts.save(connection, post, key="k1", actor="writer", now=now)
        posts.move(connection, "p1", PostStatus.GENERATED, actor="writer", now=now)
        for decision, actor in ((Decision.HELD, "policy"), (Decision.APPROVED, "anna")):
            approvals.decide(connection, Approval("p1", 1, decision, actor, "why", now))
        posts.move(connection, "p1", PostStatus.SCHEDULED, actor="planner", now=now)
        delivery_id = deliveries.plan(connection, delivery, now=now)
        for state in (DeliveryState.DUE, DeliveryState.CLAIMED, DeliveryState.SENDING):
            row = deliveries.load(connection, delivery_id, lock=True)
            deliveries.move(connection, row, state, now=now, actor="door")
        row = deliveries.load(connection, delivery_id, lock=True)
        deliveries.move(
            connection, row, DeliveryState.SENT, now=now, actor="door", sent_at=now, platform_id="9"
        )

        life = [one for one in told(connection) if one.type is not EventType.DELIVERY_MOVED]
    assert (
        EventType.CONTENT_GENERATED,
        EventType.CONTENT_HELD,
        EventType.CONTENT_APPROVED,
        EventType.POST_SCHEDULED,
        EventType.POST_PUBLISHED,
    ) == tuple(one.type for one in life)
    assert [None, *(one.id for one in life[:-1])] == [one.causation for one in life]
    with ledger.reading() as connection:
        assert () == chain.verify(connection).broken


def test_a_cause_is_looked_for_in_the_same_story_only(ledger, post, now):
    with ledger.transaction() as connection:
        posts.save(connection, post, key="k1", actor="writer", now=now)
        approvals.decide(connection, Approval("p2", 1, Decision.APPROVED, "anna", "fine", now))

        assert told(connection)[-1].causation is None


def test_a_picture_is_announced_with_the_version_that_brought_it(ledger, post, now):
    card = MediaAsset(
        id="card", kind="image", alt_text="A spring", made_by="card", sha256="ab" * 32,
        mime_type="image/png", bytes=10, width=4, height=4,
    )  # fmt: skip
    with ledger.transaction() as connection:
        posts.save(
            connection, post.model_copy(update={"media": (card,)}), key="k1", actor="w", now=now
        )
        edited = {"media": (card,), "version": 2, "text": "Fresh water."}
        posts.save(connection, post.model_copy(update=edited), key="k1", actor="w", now=now)

        written, made, again = told(connection)
        assert (EventType.MEDIA_CREATED, written.id) == (made.type, made.causation)
        assert EventType.CONTENT_GENERATED == again.type


def test_a_batch_of_counts_is_one_event_and_stands_on_the_posts(ledger, post, now):
    counts = EngagementMetrics(observed_at=now, likes=3, sentiment=SentimentAnalysis.of([1, 0]))
    with ledger.transaction() as connection:
        for name in ("p1", "p2"):
            posts.save(
                connection, post.model_copy(update={"id": name}), key=name, actor="w", now=now
            )
        posts.measure(connection, {"p1": counts, "p2": counts}, now=now)
        posts.measure(connection, {}, now=now)

        assert [counts, counts] == [each.metrics for each in posts.find(connection)]
        received = [one for one in told(connection) if one.type is EventType.ENGAGEMENT_RECEIVED]
        assert [{"p1": {"likes": 3}, "p2": {"likes": 3}}] == [
            one.payload["posts"] for one in received
        ]


def test_what_is_kept_outside_the_ledger_is_announced_once_however_often(ledger, now):
    trends = pl.DataFrame(
        [{"topic": "heat", "observed_at": now, "volume": 9, "growth": 0.5, "fit": 0.0,
          "source": "file"}],
        schema=TABLES["trends"],
    )  # fmt: skip
    card = ModelCard(data_hash="d", code_version="c", created_at=now, version="v1", sha256="s")
    for _ in range(2):
        with ledger.transaction() as connection:
            announcements.trends_detected(connection, trends, now=now)
            announcements.model_promoted(connection, "timing", card, now=now)

    with ledger.reading() as connection:
        trend, model = told(connection)
    assert (EventType.TREND_DETECTED, "heat") == (trend.type, trend.payload["topic"])
    assert (EventType.MODEL_PROMOTED, "v1") == (model.type, model.payload["version"])
