"""Brands, posts, schedules and approvals as the ledger keeps them."""

from datetime import timedelta

import pytest

from domain.errors import StateError, StoreError
from domain.events import EventType
from domain.platforms import Platform
from domain.posts import PostStatus
from domain.schedule import PlatformSchedule, ScheduleTask, Strategy
from storage.ledger import approvals, brands, events, posts, schedules
from storage.ledger.approvals import Approval, Decision


def kinds(connection):
    return [recorded.event.type for recorded in events.read_since(connection, 0)]


def test_a_brand_that_did_not_change_is_announced_once(ledger, brand, now):
    with ledger.transaction() as connection:
        first = brands.save(connection, brand, now=now)
        assert first == brands.save(connection, brand, now=now)
        changed = brand.model_copy(update={"title": "Bergquell AG"})
        assert first != brands.save(connection, changed, now=now)

        assert changed == brands.load(connection, "bergquell")
        assert [EventType.BRAND_LOADED] * 2 == kinds(connection)


def test_an_unknown_brand_is_a_clear_error(ledger):
    with ledger.reading() as connection, pytest.raises(StoreError, match=r"brands/nobody.yaml"):
        brands.load(connection, "nobody")


def test_a_post_saved_twice_under_one_key_is_one_post(ledger, post, now):
    with ledger.transaction() as connection:
        posts.save(connection, post, key="k1", actor="planner", now=now)
        again = post.model_copy(update={"id": "p2"})

        assert "p1" == posts.save(connection, again, key="k1", actor="planner", now=now)
        assert [post] == posts.find(connection, brand="bergquell")
        assert [EventType.CONTENT_GENERATED] == kinds(connection)


def test_an_edit_makes_a_version_and_the_old_one_stays(ledger, post, now):
    edited = post.model_copy(update={"version": 2, "text": "Still fresh."})
    with ledger.transaction() as connection:
        posts.save(connection, post, key="k1", actor="planner", now=now)
        posts.save(connection, edited, key="k1", actor="anna", now=now)

        assert edited == posts.load(connection, "p1")
        assert [post, edited] == posts.versions(connection, "p1")


def test_an_edit_within_a_version_is_refused(ledger, post, now):
    edited = post.model_copy(update={"text": "Still fresh."})
    with ledger.transaction() as connection:
        posts.save(connection, post, key="k1", actor="planner", now=now)

        with pytest.raises(StateError, match=r"as version 2"):
            posts.save(connection, edited, key="k1", actor="anna", now=now)


def test_a_post_moves_only_as_the_table_allows(ledger, post, now):
    with ledger.transaction() as connection:
        posts.save(connection, post, key="k1", actor="planner", now=now)
        with pytest.raises(StateError, match=r"draft may not become published"):
            posts.move(connection, "p1", PostStatus.PUBLISHED, actor="door", now=now)
        posts.move(connection, "p1", PostStatus.GENERATED, actor="writer", now=now)
        change = posts.PostMove(scheduled_for=now + timedelta(hours=1))
        moved = posts.move(
            connection, "p1", PostStatus.SCHEDULED, actor="planner", now=now, change=change
        )

        assert now + timedelta(hours=1) == moved.scheduled_for
        assert [moved] == posts.find(connection, status=PostStatus.SCHEDULED)
        assert EventType.POST_SCHEDULED == kinds(connection)[-1]


def test_posts_are_put_away_together_and_who_leaves_them_out_reads_the_others(ledger, post, now):
    with ledger.transaction() as connection:
        for name in ("p1", "p2", "p3"):
            other = post.model_copy(update={"id": name})
            posts.save(connection, other, key=name, actor="planner", now=now)

        posts.archive(connection, ["p3", "p1"], actor="policy", now=now)
        posts.archive(connection, ["p1"], actor="policy", now=now)

        away = posts.find(connection, status=PostStatus.ARCHIVED)
        assert ["p1", "p3"] == [one.id for one in away]
        left = posts.each(connection, but=PostStatus.ARCHIVED)
        assert ["p2"] == [one.id for one in left]


def test_a_schedule_comes_back_as_it_was_kept(ledger, now):
    slot = PlatformSchedule(
        platform=Platform.X,
        account="x:bergquell",
        local_time="2026-03-02T13:00",
        time_zone="Europe/Berlin",
        due_at=now,
        reasoning="the audience is awake",
        propensity=0.5,
    )
    task = ScheduleTask(
        id="s1", post_id="p1", brand="bergquell", strategy=Strategy.OPTIMAL, platforms=(slot,)
    )
    with ledger.transaction() as connection:
        schedules.save(connection, task, now=now)
        schedules.save(connection, task, now=now)

        assert [task] == schedules.load(connection, post_id="p1")


def test_the_last_decision_about_a_version_counts_and_both_are_announced(ledger, now):
    held = Approval("p1", 1, Decision.HELD, "policy", "a price", now)
    approved = Approval("p1", 1, Decision.APPROVED, "anna", "the price is right", now)
    with ledger.transaction() as connection:
        assert approvals.decision(connection, "p1", version=1) is None
        approvals.decide(connection, held)
        approvals.decide(connection, approved)

        assert approved == approvals.decision(connection, "p1", version=1)
        assert [EventType.CONTENT_HELD, EventType.CONTENT_APPROVED] == kinds(connection)
