"""Entities cross boundaries unchanged, and states move only along the one table."""

from datetime import UTC, datetime, timedelta, timezone
from inspect import getmembers, isclass

import pytest
from pydantic import ValidationError

from domain import (
    analytics,
    brand,
    community,
    compliance,
    deliveries,
    engagement,
    entity,
    errors,
    events,
    media,
    posts,
    schedule,
    trends,
    writing,
)
from domain.deliveries import DeliveryState
from domain.errors import StateError
from domain.moves import DELIVERY_MOVES, POST_MOVES, check_move
from domain.posts import PostStatus

MODULES = (
    analytics, brand, community, compliance, deliveries, engagement, events, media, posts,
    schedule, trends, writing,
)  # fmt: skip
ENTITIES = sorted(
    {
        found
        for module in MODULES
        for _, found in getmembers(module, isclass)
        if issubclass(found, entity.Entity) and found is not entity.Entity
    },
    key=lambda found: found.__name__,
)
WANTED = {
    "ContentPost", "MediaAsset", "MediaVariant", "ScheduleTask", "PlatformSchedule",
    "PublishResult", "EngagementMetrics", "SentimentAnalysis", "Campaign", "BrandVoice",
    "ComplianceCheck", "QualityScore", "TrendingTopic", "InboundMessage", "EngagementAction",
    "AnalyticsReport", "DomainEvent",
}  # fmt: skip
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_the_entities_of_the_product_are_all_there():
    assert WANTED <= {found.__name__ for found in ENTITIES}


@pytest.mark.parametrize("kind", ENTITIES, ids=lambda kind: kind.__name__)
def test_an_entity_is_frozen_versioned_and_has_a_json_schema(kind):
    schema = kind.model_json_schema()

    assert kind.model_config["frozen"] is True
    assert schema["additionalProperties"] is False
    assert schema["properties"]["schema_version"]["default"] >= 1


def test_a_document_of_a_newer_version_is_refused():
    check = compliance.ComplianceCheck(rule="length", verdict="pass").model_dump()

    with pytest.raises(ValidationError, match="schema_version"):
        compliance.ComplianceCheck.model_validate(check | {"schema_version": 2})


def test_a_field_that_came_later_is_written_only_where_it_says_something():
    class Kept(entity.Entity):
        text: str
        music: str | None = entity.later(None)
        shown_as: tuple[str, ...] = entity.later(())

    assert Kept(text="a").model_dump(mode="json") == {"schema_version": 1, "text": "a"}
    full = Kept(text="a", music="b", shown_as=("c",))
    assert Kept.model_validate(full.model_dump(mode="json")) == full


def test_an_instant_is_kept_in_utc_and_must_be_aware():
    topic = {"topic": "wool", "volume": 1, "growth": 0.0, "source": "file"}
    east = datetime(2026, 3, 2, 14, tzinfo=timezone(timedelta(hours=2)))

    assert trends.TrendingTopic(observed_at=east, **topic).observed_at == NOON
    with pytest.raises(ValidationError, match="timezone"):
        trends.TrendingTopic(observed_at=datetime(2026, 3, 2), **topic)  # noqa: DTZ001


def test_an_event_round_trips_through_json():
    event = events.DomainEvent(
        type=events.EventType.POST_PUBLISHED,
        occurred_at=NOON,
        correlation="post-1",
        actor="amsel",
        payload={"platform": "x"},
    )

    assert events.DomainEvent.model_validate_json(event.model_dump_json()) == event


def test_the_table_of_moves_names_every_state():
    assert list(POST_MOVES) == list(PostStatus)
    assert set(DELIVERY_MOVES) == set(DeliveryState)


def test_a_failed_post_is_scheduled_again_and_a_failed_delivery_is_not():
    check_move(PostStatus.FAILED, PostStatus.SCHEDULED)
    with pytest.raises(StateError, match="failed may not become due"):
        check_move(PostStatus.FAILED, DeliveryState.DUE)


def test_a_move_outside_the_table_is_refused_with_what_is_allowed():
    with pytest.raises(StateError, match="cancelled may not become sent"):
        check_move(DeliveryState.CANCELLED, DeliveryState.SENT)
    with pytest.raises(StateError, match="it may become"):
        check_move(DeliveryState.UNKNOWN, DeliveryState.WAITING)


def test_what_is_sent_never_moves_again():
    assert DELIVERY_MOVES[DeliveryState.SENT] == frozenset()


def test_every_error_of_the_product_stands_in_the_drawn_tree():
    drawn = errors.__doc__
    for name, found in getmembers(errors, isclass):
        if issubclass(found, errors.AmselError):
            assert name in drawn, name
