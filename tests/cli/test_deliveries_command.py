"""The commands that look at the way out and close it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from cli.deliveries import KEYS, deliveries_table, foremost, in_words, story
from cli.stop import resume_sending, stop_sending
from domain.brand import BrandVoice
from domain.deliveries import DeliveryState, NewDelivery, Payload
from domain.engagement import EngagementMetrics, SentimentAnalysis
from domain.errors import StoreError
from domain.platforms import Platform
from domain.posts import ContentPost
from storage.ledger import deliveries, posts, stops
from storage.ledger.database import Ledger

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def ledger(ledger_url):
    made = Ledger(ledger_url)
    yield made
    made.close()


def test_the_table_of_deliveries_keeps_its_contract(ledger):
    new = NewDelivery(
        key="k1",
        brand="bergquell",
        platform=Platform.X,
        account="x:bergquell",
        payload=Payload(text="Fresh."),
        due_at=NOON,
    )
    with ledger.transaction() as connection:
        delivery_id = deliveries.plan(connection, new, now=NOON)

    (row,) = deliveries_table(ledger)

    assert KEYS == tuple(row)
    assert {
        "id": delivery_id,
        "key": "k1",
        "platform": "x",
        "account": "x:bergquell",
        "state": "planned",
        "due_at": "2026-03-02T12:00:00Z",
        "sent_at": None,
        "attempts": 0,
        "platform_id": None,
        "reason": None,
    } == row


def test_a_stop_of_an_unknown_brand_is_refused_and_not_swallowed(ledger):
    with pytest.raises(StoreError, match=r"no brand 'typo'"):
        stop_sending(ledger, brand="typo", reason="recall", actor="anna")


def test_a_stop_of_everything_is_lifted_by_resume(ledger):
    stop_sending(ledger, brand=None, reason="fire", actor="anna")
    with ledger.reading() as connection:
        assert "fire" == stops.active(connection, "bergquell").reason

    assert 1 == resume_sending(ledger, brand=None, actor="anna")
    with ledger.reading() as connection:
        assert stops.active(connection, "bergquell") is None


def test_what_is_stopped_already_is_not_stopped_twice(ledger):
    first = stop_sending(ledger, brand=None, reason="fire", actor="anna")
    assert first == stop_sending(ledger, brand=None, reason="still fire", actor="ben")
    assert 1 == resume_sending(ledger, brand=None, actor="anna")


def test_the_story_of_a_delivery_says_what_its_post_has_got(ledger):
    post = ContentPost(
        id="p1",
        brand="bergquell",
        text="Fresh.",
        platforms=(Platform.X,),
        brand_voice=BrandVoice(),
        generated_by="composer",
    )
    new = NewDelivery(
        key="k1",
        brand="bergquell",
        platform=Platform.X,
        account="x:bergquell",
        payload=Payload(text="Fresh."),
        due_at=NOON,
        post_id="p1",
    )
    counts = EngagementMetrics(
        observed_at=NOON, likes=12, comments=3, sentiment=SentimentAnalysis.of([1, 1, -1])
    )
    with ledger.transaction() as connection:
        posts.save(connection, post, key="p1", actor="test", now=NOON)
        deliveries.plan(connection, new, now=NOON)
    assert story(ledger, "k1")["metrics"] is None

    with ledger.transaction() as connection:
        posts.measure(connection, {"p1": counts}, now=NOON)
    assert (
        "12 likes, 3 comments as of 2026-03-02T12:00:00Z; comments: 2 kind, 0 neutral, 1 unkind"
        == in_words(story(ledger, "k1")["metrics"])
    )


def test_the_story_of_a_delivery_has_its_attempts(ledger):
    new = NewDelivery(
        key="k1",
        brand="bergquell",
        platform=Platform.X,
        account="x:bergquell",
        payload=Payload(text="Fresh."),
        due_at=NOON,
    )
    with ledger.transaction() as connection:
        delivery_id = deliveries.plan(connection, new, now=NOON)

    assert story(ledger, "k1") == story(ledger, delivery_id)
    assert [] == story(ledger, "k1")["tried"]
    with pytest.raises(StoreError, match=r"no delivery 'k2'; see `amsel deliveries`"):
        story(ledger, "k2")


@pytest.fixture
def hours(ledger):
    """Eight deliveries, an hour apart: three are out, one is cancelled, four are to come."""
    sent = (DeliveryState.DUE, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.SENT)
    ways = [sent, sent, sent, (DeliveryState.CANCELLED,), (), (), (), ()]
    with ledger.transaction() as connection:
        for hour, way in enumerate(ways):
            at = NOON + timedelta(hours=hour)
            new = NewDelivery(
                key=f"k{hour}",
                brand="bergquell" if hour % 2 else "northloom",
                platform=Platform.X,
                account="x:bergquell",
                payload=Payload(text=f"Fresh at {hour}."),
                due_at=at,
            )
            row = deliveries.load(connection, deliveries.plan(connection, new, now=NOON))
            for state in way:
                known = {"sent_at": at} if state is DeliveryState.SENT else {}
                row = deliveries.move(connection, row, state, now=at, actor="test", **known)
    return ledger


@pytest.mark.parametrize(
    ("asked", "keys", "more"),
    [
        ({"limit": 6}, ["k4", "k5", "k6", "k7", "k3", "k2"], 2),
        ({"limit": 2}, ["k4", "k5"], 6),
        ({"limit": 2, "state": DeliveryState.SENT}, ["k2", "k1"], 1),
        ({"limit": 3, "brand": "northloom"}, ["k4", "k6", "k2"], 1),
        ({}, ["k4", "k5", "k6", "k7", "k3", "k2", "k1", "k0"], 0),
    ],
)
def test_a_list_has_what_comes_next_then_what_ended_last_and_says_how_many_more(
    hours, asked, keys, more
):
    listed = foremost(hours, **asked)

    assert (keys, more) == ([row["key"] for row in listed.rows], listed.more)


def test_a_list_reads_no_more_rows_of_each_state_than_it_may_show(hours):
    said = []
    sa.event.listen(hours.engine, "before_cursor_execute", lambda *told: said.append(told[2]))

    foremost(hours, limit=2)

    reads = [one for one in said if "deliveries.payload" in one]
    assert len(DeliveryState) == len(reads)
    assert all("LIMIT" in one for one in reads)


def test_the_table_is_whole_unless_it_is_limited_and_keeps_to_brand_and_state(hours):
    planned = deliveries_table(hours, brand="northloom", state=DeliveryState.PLANNED)
    assert 8 == len(deliveries_table(hours))
    assert ["k4", "k6"] == [row["key"] for row in planned]
    assert ["k4", "k5", "k6"] == [row["key"] for row in deliveries_table(hours, limit=3)]
